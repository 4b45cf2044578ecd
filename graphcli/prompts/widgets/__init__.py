"""One widget for each kind of field. Each returns a value that is read, checked or refused."""

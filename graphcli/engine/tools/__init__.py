"""Tools, the calls of them in a message, and the node that runs them."""

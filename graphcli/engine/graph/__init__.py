"""What a graph is: its structure, its channels, what its functions take and return."""

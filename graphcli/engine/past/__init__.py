"""How a thread is looked at, gone back to and rewritten."""

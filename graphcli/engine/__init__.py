"""The domain: graphs, supersteps, questions. Standard library only; no files, terminal or SQL."""

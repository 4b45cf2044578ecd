"""A reference → a graph: Python modules, YAML, names."""

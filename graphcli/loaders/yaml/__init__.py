"""Graphs in YAML: read with positions, checked as a whole, built for the engine."""

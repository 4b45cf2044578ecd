"""Run graphs that stop to ask a person."""

"""Ours beside LangGraph and beside what the machine allows: `python -m tests.benchmarks`."""

"""How a graph runs: superstep by superstep, task by task, commit by commit."""

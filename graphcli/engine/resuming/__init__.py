"""How a thread goes on: answers, verdicts, and what has changed meanwhile."""

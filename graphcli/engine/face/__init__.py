"""What a program calls: StateGraph, compiled graphs, their sync and async methods."""

"""Durable threads: SQL in plain sight, one transaction at a time."""

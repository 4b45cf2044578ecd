"""JSON Schema: hold a value against it, in bounded time, without fetching anything."""

from graphcli.schema.check import BadSchemaError, Problem, problems

__all__ = ["BadSchemaError", "Problem", "problems"]

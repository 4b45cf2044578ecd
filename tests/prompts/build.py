"""Short ways to a Question, for tables."""

from typing import Any

from graphcli.engine.resuming.question import Question
from graphcli.engine.values.model import Asked
from graphcli.prompts import recognise


def question(payload: Any = "q", schema: Any = None) -> Question:
    return recognise(Asked("id", "task", "review", 0, payload, schema, "d" * 64))


def form(required: tuple[str, ...] = (), /, **properties: Any) -> Question:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return question({"message": "Release?"}, schema)


#: What a YAML `ask:` publishes: a choice, a text that is asked only sometimes, a checked number.
RELEASE = {
    "type": "object",
    "properties": {
        "decision": {"enum": ["deploy", "abort"], "x-graphcli": {"kind": "choice"}},
        "comment": {
            "type": "string",
            "x-graphcli": {"kind": "text", "when": "decision == 'abort'"},
        },
        "share": {
            "type": "integer",
            "default": 10,
            "x-graphcli": {"kind": "integer", "validate": "value % 5 == 0"},
        },
    },
    "required": ["decision", "comment"],
    "additionalProperties": False,
}

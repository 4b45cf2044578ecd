"""MCP elicitation: a form that a server asks for, which may be declined. → ElicitResult."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphcli.dataclass import replace
from graphcli.deferred import later
from graphcli.engine.resuming.question import Field, Kind, Option
from graphcli.engine.values.model import Asked
from graphcli.prompts.habits import rest_of
from graphcli.prompts.schemas import DEFINITIONS, Schema, mapping_of, usable
from graphcli.prompts.shapes.decision import NO, YES, Found

if TYPE_CHECKING:
    from graphcli.prompts import declared
else:
    declared = later("graphcli.prompts.declared")

#: The key of the form's schema: on the wire, and as the Python types write it.
SCHEMAS = ("requestedSchema", "requested_schema")
ACTIONS = (
    Option("accept", "accept", "fill it in and send it", YES),
    Option("decline", "decline", "say no; nothing else is sent", NO),
    Option("cancel", "cancel", "leave without a yes or a no"),
)


def by_elicitation(asked: Asked) -> Found | None:
    """Return the form that an MCP server asks for, or the address that it wants to be opened."""
    payload = mapping_of(asked.payload)
    message = payload.get("message")
    if not isinstance(message, str) or not message.strip():
        return None
    if payload.get("mode") == "url" and isinstance(payload.get("url"), str):
        context = rest_of(payload, frozenset({"message", "mode"}))
        return Found(message.strip(), _form({}, {}), context)
    key = next((key for key in SCHEMAS if _is_form(payload.get(key))), "")
    if not key:
        return None
    context = rest_of(payload, frozenset({"message", "mode", key}))
    return Found(message.strip(), _form(payload[key], payload[key]), context)


def _is_form(schema: Any) -> bool:
    return isinstance(mapping_of(usable(schema)).get("properties"), Mapping)


def _form(schema: Schema, root: Schema) -> Field:
    lead = Field("action", Kind.CHOICE, "Answer", default="accept", options=ACTIONS)
    fields = [replace(f, after="action", among=("accept",)) for f in _content(schema, root)]
    return Field(kind=Kind.FORM, fields=(lead, *fields), schema=_result(schema), lead="action")


def _content(schema: Schema, root: Schema) -> list[Field]:
    if not schema:
        return []
    # The specification knows no objects inside; a server that sends some gets JSON.
    found = list(declared.fields_of(schema, root, place=("content",), depth=99))
    taken = {"action", "content"}
    named = [replace(f, name=f"content.{f.name}") if f.name in taken else f for f in found]
    return [declared.object_at(("content",), "content", schema, required=False), *named]


def _result(schema: Schema) -> dict[str, Any]:
    content = {key: item for key, item in schema.items() if key not in DEFINITIONS}
    accept = {
        "properties": {"action": {"const": "accept"}, **({"content": content} if schema else {})}
    }
    return {
        **{key: schema[key] for key in DEFINITIONS if key in schema},
        "type": "object",
        "required": ["action"],
        "oneOf": [accept, {"properties": {"action": {"enum": ["decline", "cancel"]}}}],
    }

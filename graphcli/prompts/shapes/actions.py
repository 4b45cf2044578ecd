"""LangChain's HumanInTheLoopMiddleware: `action_requests` at once, `tool_approval` per call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.resuming.question import Field, Option
from graphcli.engine.values.model import Asked
from graphcli.prompts.habits import rest_of
from graphcli.prompts.schemas import Schema, mapping_of, simplify, standalone, usable
from graphcli.prompts.shapes.decision import (
    NO,
    YES,
    Found,
    Spot,
    about,
    ask_about,
    decisions,
    list_of,
    one_of,
)

#: Where nobody said which decisions are allowed. To answer in the place of a tool is for those
#: tools alone that are made for it.
USUAL = ("approve", "edit", "reject")
OPTIONS = {
    "approve": Option("approve", "approve", "run it as it is", YES),
    "edit": Option("edit", "edit", "change its arguments, then run it"),
    "reject": Option("reject", "reject", "do not run it, and say why", NO),
    "respond": Option("respond", "respond", "answer in its place; it is not run"),
}
WAYS: Mapping[str, Mapping[str, Any]] = {
    "approve": {},
    "edit": {
        "edited_action": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "args": {"type": "object"}},
            "required": ["name", "args"],
            "additionalProperties": False,
        }
    },
    "reject": {"message": {"type": "string"}},
    "respond": {"message": {"type": "string"}},
}


def by_actions(asked: Asked) -> Found | None:
    """Return the decisions on `action_requests`, one an action, only the allowed ones."""
    payload = mapping_of(asked.payload)
    actions = payload.get("action_requests")
    if not isinstance(actions, list | tuple) or not actions or not all(map(_is_action, actions)):
        return None
    fields: list[Field] = []
    schemas: list[dict[str, Any]] = []
    context: dict[str, Any] = {}
    for index, action in enumerate(actions):
        config = _config(payload.get("review_configs"), action["name"])
        allowed = _names(config.get("allowed_decisions")) or USUAL
        spot = Spot(index + 1, ("decisions", index), action["name"])
        args_schema = usable(config.get("args_schema"))
        fields += _fields(spot, action, allowed, args_schema)
        schemas.append(_schema(allowed))
        number = index + 1 if len(actions) > 1 else 0
        context |= about(number, action["name"], action["args"], _rest(action))
    context |= rest_of(payload, frozenset({"action_requests", "review_configs"})) or {}
    form = decisions(fields, _all(schemas))
    return Found(ask_about([action["name"] for action in actions]), form, context)


def by_tool_approval(asked: Asked) -> Found | None:
    """Return the decision on one tool call; its schema, if any, says which are allowed."""
    payload = mapping_of(asked.payload)
    if payload.get("type") != "tool_approval" or not _is_action(payload):
        return None
    branches = _branches(usable(asked.schema))
    if asked.schema is not None and not branches:
        return None
    args, name = (_edited(branches.get("edit", {}), asked.schema, key) for key in ("args", "name"))
    allowed = tuple(branches) or USUAL
    fields = list(_fields(Spot(subject=payload["name"]), payload, allowed, args, name))
    form = decisions(fields, asked.schema or _schema(allowed))
    context = about(0, payload["name"], payload["args"], _rest(payload, "type"))
    return Found(ask_about([payload["name"]]), form, context)


def _is_action(item: Any) -> bool:
    return (
        isinstance(item, Mapping)
        and isinstance(item.get("name"), str)
        and isinstance(item.get("args"), Mapping)
    )


def _config(configs: Any, name: str) -> Schema:
    known = [mapping_of(item) for item in configs] if isinstance(configs, list | tuple) else []
    return next((config for config in known if config.get("action_name") == name), {})


def _names(allowed: Any) -> tuple[str, ...]:
    named = allowed if isinstance(allowed, list | tuple) else ()
    return tuple(dict.fromkeys(name for name in named if isinstance(name, str)))


def _rest(action: Mapping[str, Any], *used: str) -> Mapping[str, Any]:
    return rest_of(action, frozenset({"name", "args", *used})) or {}


def _fields(
    spot: Spot,
    action: Mapping[str, Any],
    allowed: Sequence[str],
    args_schema: Schema | None,
    name_schema: Schema | None = None,
) -> Iterator[Field]:
    yield spot.lead_field(tuple(OPTIONS.get(way) or Option(way, way) for way in allowed))
    if "edit" in allowed:
        name = spot.fixed("name", action["name"], ("edited_action", "name"), ["edit"])
        yield replace(name, schema=name_schema or {"type": "string"})
        yield from spot.edit(action["args"], ("edited_action", "args"), args_schema)
    if "reject" in allowed:
        yield spot.text("message", "Reason", ("message",), "reject", required=False)
    if "respond" in allowed:
        yield spot.text("response", "Response", ("message",), "respond", required=True)


def _schema(allowed: Sequence[str]) -> dict[str, Any]:
    ways = {way: WAYS.get(way, {}) for way in allowed}
    schema = one_of(ways)
    for branch in schema["oneOf"]:
        if branch["properties"]["type"]["const"] == "reject":
            branch["required"] = ["type"]
    return schema


def _all(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"decisions": list_of(schemas)},
        "required": ["decisions"],
        "additionalProperties": False,
    }


def _branches(schema: Any) -> dict[str, Schema]:
    """Return the object behind each decision that a schema allows, by its `type`."""
    root = mapping_of(schema)
    parts = next((root[key] for key in ("oneOf", "anyOf") if key in root), [root])
    found: dict[str, Schema] = {}
    for part in parts if isinstance(parts, list | tuple) else ():
        branch = simplify(mapping_of(part), root)[0]
        kind = simplify(mapping_of(mapping_of(branch.get("properties")).get("type")), root)[0]
        way = kind.get("const", next(iter(kind.get("enum") or ()), None))
        if isinstance(way, str):
            found[way] = branch
    return found


def _edited(branch: Schema, root: Any, key: str) -> Schema | None:
    """Return the schema of `args` or `name` in the branch that edits a call."""
    for part in ("edited_action", key):
        inner = mapping_of(mapping_of(branch.get("properties")).get(part))
        branch = simplify(inner, mapping_of(root))[0]
    return standalone(branch, mapping_of(root)) if branch else None

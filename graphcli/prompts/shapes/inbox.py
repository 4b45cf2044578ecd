"""LangGraph's HumanInterrupt, as agent inboxes take it: alone or in a list → HumanResponse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphcli.engine.resuming.question import Field, Option
from graphcli.engine.values.model import Asked
from graphcli.prompts.habits import rest_of
from graphcli.prompts.shapes.decision import (
    YES,
    Found,
    Spot,
    about,
    ask_about,
    decisions,
    list_of,
    one_of,
)

#: What `config` allows, and the response that goes with it.
ALLOWS = {
    "allow_accept": Option("accept", "accept", "do it as it is", YES),
    "allow_edit": Option("edit", "edit", "change its arguments, then do it"),
    "allow_respond": Option("response", "response", "answer it with a text"),
    "allow_ignore": Option("ignore", "ignore", "leave it; nothing is done"),
}
#: Published readers of a response look at its `args` only where these are set.
WAYS: Mapping[str, Mapping[str, Any]] = {
    "accept": {"args": {}},
    "edit": {
        "args": {
            "type": "object",
            "properties": {"action": {"type": "string"}, "args": {}},
            "required": ["action", "args"],
        }
    },
    "response": {"args": {"type": "string"}},
    "ignore": {"args": {}},
}


def by_inbox(asked: Asked) -> Found | None:
    """Return the decisions on a HumanInterrupt, or on each in a list of them."""
    listed = isinstance(asked.payload, list | tuple)
    items = list(asked.payload) if listed else [asked.payload]
    if not items or not all(map(_is_interrupt, items)):
        return None
    fields: list[Field] = []
    schemas: list[dict[str, Any]] = []
    context: dict[str, Any] = {}
    for index, item in enumerate(items):
        spot = Spot(index + 1, (index,)) if listed else Spot()
        action, args = item["action_request"]["action"], item["action_request"].get("args")
        fields += _fields(Spot(spot.number, spot.place, action), action, args, _allowed(item))
        schemas.append(one_of({way: WAYS[way] for way in _ways(item)}, ("args",)))
        rest = rest_of(item, frozenset({"action_request", "config"})) or {}
        context |= about(index + 1 if len(items) > 1 else 0, action, args, rest)
    form = decisions(fields, list_of(schemas) if listed else schemas[0])
    return Found(ask_about([item["action_request"]["action"] for item in items]), form, context)


def _is_interrupt(item: Any) -> bool:
    if not isinstance(item, Mapping) or not isinstance(item.get("action_request"), Mapping):
        return False
    return isinstance(item["action_request"].get("action"), str) and bool(_allowed(item))


def _allowed(item: Mapping[str, Any]) -> tuple[Option, ...]:
    """Return the responses that `config` allows; all of them where there is none."""
    config = item.get("config")
    if not isinstance(config, Mapping):
        return tuple(ALLOWS.values())
    return tuple(option for key, option in ALLOWS.items() if config.get(key) is True)


def _ways(item: Mapping[str, Any]) -> list[str]:
    return [option.value for option in _allowed(item)]


def _fields(spot: Spot, action: str, args: Any, allowed: Sequence[Option]) -> Iterator[Field]:
    ways = [option.value for option in allowed]
    yield spot.lead_field(tuple(allowed))
    yield spot.fixed("nothing", None, ("args",), ["accept", "ignore"])
    if "edit" in ways:
        yield spot.fixed("action", action, ("args", "action"), ["edit"])
        yield from spot.edit(args, ("args", "args"), None)
    if "response" in ways:
        yield spot.text("response", "Response", ("args",), "response", required=True)

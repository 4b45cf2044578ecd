"""The tool calls of a model: found in a conversation, one part each, and read with distrust.

A call has OpenAI's form, `{"id", "type": "function", "function": {"name", "arguments"}}`, or
LangChain's, `{"name", "args", "id", "type": "tool_call"}`. The form of a part says which kind of
message answers it: a dict or a ToolMessage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from graphcli.dataclass import dataclass
from graphcli.engine.values import langchain

_ASSISTANT = frozenset({"assistant", "ai", "AIMessageChunk"})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as it was understood; `fault` says what is wrong with its arguments.

    `objects` tells that its answer is a message of LangChain and not a dict.
    """

    id: str
    name: str
    args: dict[str, Any]
    fault: str
    objects: bool


def conversation(given: Any, key: str) -> list[Any]:
    """Return the messages in a state (a mapping or an object) or in a list of them."""
    if isinstance(given, Mapping):
        given = given.get(key)
    elif not isinstance(given, list):
        given = getattr(given, key, None)
    return given if isinstance(given, list) else []


def last_request(messages: Sequence[Any]) -> Any:
    """Return the assistant's latest message, or None."""
    kinds = ((message, _field(message, "role", "type")) for message in reversed(messages))
    return next((m for m, kind in kinds if isinstance(kind, str) and kind in _ASSISTANT), None)


def calls_in(message: Any) -> list[Any]:
    """Return the tool calls of a message as they are there; something odd counts as one call."""
    calls = _field(message, "tool_calls")
    if not calls:
        return []
    return list(calls) if isinstance(calls, (list, tuple)) else [calls]


def parts(given: Any, key: str) -> list[dict[str, Any]]:
    """Return one part for each tool call in `given`; none where there are none. Never raises.

    `given` is a state, a list of messages, a list of calls, or one call.
    """
    if isinstance(given, Mapping) and given.get("__type") == "tool_call_with_context":
        return [_part(given.get("tool_call"))]  # what LangChain's agents send
    if _is_call(given):
        return [_part(given)]
    if isinstance(given, list) and given and _is_call(given[-1]):
        return [_part(call) for call in given]
    request = last_request(conversation(given, key))
    plain = not langchain.is_message(request)
    return [_part(call, plain=plain) for call in calls_in(request)]


def read_call(part: Mapping[str, Any]) -> ToolCall:
    """Return what a part of `parts` asks for."""
    objects = part.get("type") == "tool_call" and langchain.loaded()
    function = part.get("function")
    if isinstance(function, Mapping):
        name, given = function.get("name"), function.get("arguments")
    else:
        name, given = part.get("name"), part.get("args")
    args, fault = _arguments(given)
    return ToolCall(_text(part.get("id")), _text(name), args, fault, objects)


def _field(message: Any, *names: str) -> Any:
    """The first of `names` that a message has, be it a mapping or an object."""
    found = message.get if isinstance(message, Mapping) else lambda name: _attribute(message, name)
    return next((value for name in names if (value := found(name)) is not None), None)


def _attribute(message: Any, name: str) -> Any:
    return getattr(message, name, None) if langchain.is_message(message) else None


def _is_call(given: Any) -> bool:
    if not isinstance(given, Mapping):
        return False
    if given.get("type") == "function":
        return isinstance(given.get("function"), Mapping)
    return given.get("type") == "tool_call" or (
        "name" in given and given.keys() <= {"name", "args", "id", "type"}
    )


def _part(call: Any, *, plain: bool = False) -> dict[str, Any]:
    """A call as a part; `plain` gives it OpenAI's form, because it is from a dict."""
    if not isinstance(call, Mapping):
        return _openai("", "", call)
    id_, function = call.get("id"), call.get("function")
    if isinstance(function, Mapping):
        return _openai(id_, function.get("name"), function.get("arguments"))
    name, args = call.get("name"), call.get("args")
    if plain or call.get("type") != "tool_call":
        return _openai(id_, name, args)
    return {"name": name, "args": args, "id": id_, "type": "tool_call"}


def _openai(id_: Any, name: Any, arguments: Any) -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def _arguments(given: Any) -> tuple[dict[str, Any], str]:
    """The arguments of a call, and what is wrong with them."""
    if isinstance(given, str) and given.strip():
        try:
            given = json.loads(given, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            return {}, f"they are not JSON: {error}"
    if given is None or given == "":
        return {}, ""
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        return {}, f"they are a {type(given).__name__}, not an object"
    return dict(given), ""


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""What a tool returned, or how it failed → the messages and Commands that answer its call."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, get_args

from graphcli.engine.graph.messages import REMOVE_ALL_MESSAGES
from graphcli.engine.tools.calls import ToolCall
from graphcli.engine.tools.tool import hints_of
from graphcli.engine.values import langchain
from graphcli.engine.values.model import Command
from graphcli.errors import GraphcliError, InvalidUpdateError, ToolInvocationError

Handle = bool | str | type[Exception] | tuple[type[Exception], ...] | Callable[..., str]

#: The blocks that a message's content may be a list of, as LangChain has them.
_BLOCKS = frozenset(
    {"text", "image_url", "image", "json", "search_result", "custom_tool_call_output"}
    | {"document", "file"}
)


def invalid_arguments(error: ToolInvocationError) -> str:
    """Return what a model is told of arguments that do not fit: the default of a ToolNode."""
    return f"Error: {error.message}\n{error.remedy}."


def tool_message(call: ToolCall, content: Any, *, failed: bool = False) -> Any:
    """Return the message that answers a call, in the style of the call."""
    said = {"tool_call_id": call.id, "name": call.name, "content": content}
    if call.objects:
        return langchain.tool_message(**said, status="error" if failed else "success")
    return {"role": "tool", **said}


def answers(call: ToolCall, returned: Any, key: str) -> list[Any]:
    """Return the messages and Commands in what a tool returned; anything else is a content.

    Raises:
        InvalidUpdateError: its Commands do not answer the call.
    """
    items = returned if isinstance(returned, (list, tuple)) else [returned]
    if not items or not all(isinstance(i, Command) or _is_tool_message(i) for i in items):
        return [tool_message(call, _content(returned))]
    if isinstance(returned, (list, tuple, Command)):
        _require_answer(call, items, key)
    return [_styled(call, item) for item in items]


def told(error: Exception, handle: Handle) -> str | None:
    """Return what the model is told of an error; None where it is none of the model's business.

    What graphcli itself raises ends the task: a person's no is not for the model to get around.
    """
    if isinstance(error, GraphcliError) and not isinstance(error, ToolInvocationError):
        return None
    if isinstance(handle, str):
        return handle
    if handle is False or not isinstance(error, _handled(handle)):
        return None
    if callable(handle) and not isinstance(handle, type):
        return handle(error)
    return f"Error: {error!r}\nMend your mistake and try again."


def _handled(handle: Any) -> tuple[type[Exception], ...]:
    """The errors that a setting is about: those it names, or those that a function takes."""
    if handle is True:
        return (Exception,)
    if isinstance(handle, (type, tuple)):
        return handle if isinstance(handle, tuple) else (handle,)
    first = next(iter(inspect.signature(handle).parameters), None)
    hint = hints_of("handle_tool_errors", handle).get(first or "")
    kinds = tuple(kind for kind in (get_args(hint) or (hint,)) if isinstance(kind, type))
    return kinds or (Exception,)


def _is_tool_message(item: Any) -> bool:
    if isinstance(item, Mapping):
        return item.get("role") == "tool" and "tool_call_id" in item
    return langchain.is_message(item) and item.type == "tool"


def _content(returned: Any) -> Any:
    if isinstance(returned, str):
        return returned
    if isinstance(returned, list) and returned and all(map(_is_block, returned)):
        return returned
    try:
        return json.dumps(returned, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(returned)


def _is_block(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") in _BLOCKS


def _styled(call: ToolCall, item: Any) -> Any:
    """A message in the style of the call: one of LangChain's tools answers a dict with a dict."""
    if call.objects or not langchain.is_message(item):
        return item
    return tool_message(call, item.content)


def _require_answer(call: ToolCall, items: Any, key: str) -> None:
    """Each call has one answer in the conversation: models refuse to go on without."""
    if len(items) == 1 and isinstance(items[0], Command) and _needs_none(items[0], key):
        return
    said = [message for item in items for message in _messages(item, key)]
    count = sum(_is_tool_message(m) and _call_id(m) == call.id for m in said)
    if count != 1:
        raise InvalidUpdateError(
            f"tool `{call.name}` returned {count} messages that answer its call",
            f'put one into the update of its Command: {{"{key}": [{{"role": "tool", …}}]}}',
        )


def _needs_none(command: Command[Any], key: str) -> bool:
    """Whether a Command is for the parent, only leads on, or forgets the whole conversation."""
    if command.graph is not None or command.update is None:
        return True
    said = _messages(command, key)
    return len(said) == 1 and _id(said[0]) == REMOVE_ALL_MESSAGES


def _messages(item: Any, key: str) -> list[Any]:
    """A message, or those that a Command writes."""
    if not isinstance(item, Command):
        return [item]
    said = item.update.get(key, []) if isinstance(item.update, Mapping) else []
    return said if isinstance(said, list) else [said]


def _call_id(message: Any) -> Any:
    return message["tool_call_id"] if isinstance(message, Mapping) else message.tool_call_id


def _id(message: Any) -> Any:
    return message.get("id") if isinstance(message, Mapping) else getattr(message, "id", None)

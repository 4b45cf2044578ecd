"""Conversations: the reducer that merges messages by id, and the state that uses it.

A message is a dict with `role` and `content` (OpenAI's shape) or, where LangChain is loaded, one
of its message objects. LangChain is recognised by what it has loaded, never imported.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypedDict

from graphcli.errors import InvalidUpdateError

#: The id that stands for every message in a RemoveMessage.
REMOVE_ALL_MESSAGES: Final = "__remove_all__"

#: LangChain's names for two roles that the rest of the world calls otherwise.
_ROLES: Final = {"human": "user", "ai": "assistant"}


def RemoveMessage(id: str) -> dict[str, Any]:  # noqa: N802, A002 - LangGraph's names.
    """Return the message that makes `add_messages` delete the one with `id`."""
    return {"role": "remove", "id": id, "content": ""}


def add_messages(left: Any, right: Any) -> list[Any]:
    """Merge `right` into the conversation `left`: a known id replaces, a new one is appended.

    Takes one message or a list; a text is a user's message, a pair is (role, content). A message
    without an id gets a random one. A RemoveMessage deletes.

    Raises:
        InvalidUpdateError: a message to delete is not there, or something is no message.
    """
    before, update = _messages(left), _messages(right)
    cleared = [n for n, message in enumerate(update) if _id(message) == REMOVE_ALL_MESSAGES]
    if cleared:
        return update[cleared[-1] + 1 :]
    merged = {_id(message): message for message in before}
    gone: set[str] = set()
    for message in update:
        id_ = _id(message)
        if not _removes(message):
            gone.discard(id_)
            merged[id_] = message
        elif id_ in merged:
            gone.add(id_)
        else:
            raise InvalidUpdateError(
                f"Attempting to delete a message with an ID that doesn't exist ('{id_}')"
            )
    return [message for id_, message in merged.items() if id_ not in gone]


class MessagesState(TypedDict):
    """A state with one conversation."""

    messages: Annotated[list[Any], add_messages]


def _messages(given: Any) -> list[Any]:
    several = given if isinstance(given, list) else [given]
    return [_with_id(_message(item)) for item in several]


def _message(item: Any) -> Any:
    if isinstance(item, str):
        return {"role": "user", "content": item}
    if isinstance(item, (tuple, list)) and len(item) == 2:
        return {"role": _ROLES.get(item[0], item[0]), "content": item[1]}
    if isinstance(item, Mapping) or hasattr(item, "content"):
        return item
    raise InvalidUpdateError(
        f"a {type(item).__name__} is no message",
        "give a dict with `role` and `content`, a text, or a pair (role, content)",
    )


def _with_id(message: Any) -> Any:
    if _id(message) is not None:
        return message
    if isinstance(message, Mapping):
        return {**message, "id": str(uuid.uuid4())}
    return message.model_copy(update={"id": str(uuid.uuid4())})


def _id(message: Any) -> Any:
    return message.get("id") if isinstance(message, Mapping) else message.id


def _removes(message: Any) -> bool:
    kind = message.get("role") if isinstance(message, Mapping) else message.type
    return bool(kind == "remove")

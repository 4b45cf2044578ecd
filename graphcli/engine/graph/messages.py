"""Conversations: the reducer that merges messages by id, and the state that uses it.

A message is a dict with `role` and `content` (OpenAI's shape) or, where LangChain is loaded, one
of its message objects. LangChain is recognised by what it has loaded, never imported.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from typing import Annotated, Any, Final, TypedDict

from graphcli.engine.values import langchain
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidMessageError

#: The id that stands for every message in a RemoveMessage.
REMOVE_ALL_MESSAGES: Final = "__remove_all__"

_PLAIN: Final = frozenset({dict})
_TEXT: Final = frozenset({str})
_ID_OF: Final = itemgetter("id")

#: LangChain's names for two roles that the rest of the world calls otherwise.
_ROLES: Final = {"human": "user", "ai": "assistant"}


def RemoveMessage(id: str) -> dict[str, Any]:  # noqa: N802, A002 - LangGraph's names.
    """Return the message that makes `add_messages` delete the one with `id`."""
    return {"role": "remove", "id": id, "content": ""}


def add_messages(left: Any = UNSET, right: Any = UNSET, *, format: str | None = None) -> Any:  # noqa: A002 - LangGraph's name.
    """Merge `right` into the conversation `left`: a known id replaces, a new one is appended.

    Takes one message or a list; a text is a user's message, a pair is (role, content). A message
    without an id gets a random one. A RemoveMessage deletes. Where one of them is LangChain's,
    all become LangChain's. With `format="langchain-openai"` they do, in OpenAI's shape. Called
    with a format alone, it returns the reducer.

    Raises:
        InvalidMessageError: a message to delete is not there, or something is no message.
        ValueError: the format is unknown, or LangChain is not loaded.
    """
    if left is UNSET and right is UNSET:
        return partial(add_messages, format=format)
    _check_format(format)
    merged = _merged(left, right, objects=format is not None)
    return langchain.as_openai(merged) if format else merged


def add_message_objects(left: Any, right: Any) -> list[Any]:
    """Merge like `add_messages`, into LangChain's messages: for a state that declares those."""
    return _merged(left, right, objects=True)


#: The reducers that share with the old conversation every message that they have not replaced.
MESSAGE_REDUCERS: Final = frozenset({add_messages, add_message_objects})


def reducer_for(reducer: Callable[[Any, Any], Any], hint: Any) -> Callable[[Any, Any], Any]:
    """Return `reducer`, or the one for LangChain's messages where the type `hint` names them."""
    wanted = reducer is add_messages and langchain.names_messages(hint)
    return add_message_objects if wanted else reducer


class MessagesState(TypedDict):
    """A state with one conversation."""

    messages: Annotated[list[Any], add_messages]


def _check_format(format_: str | None) -> None:
    if format_ not in (None, "langchain-openai"):
        raise ValueError(f"Unrecognized format={format_!r}; give 'langchain-openai' or none")
    if format_ and not langchain.loaded():
        raise ValueError(f"format={format_!r} needs LangChain: import langchain_core.messages")


def _merged(left: Any, right: Any, *, objects: bool) -> list[Any]:
    before, update = _listed(left), _listed(right)
    if not objects and not any(map(langchain.is_message, update)):
        update = _messages(update)
        if _only_appends(before, update):
            return [*before, *update]
    if objects or (langchain.loaded() and any(map(langchain.is_message, [*before, *update]))):
        before, update = _objects(before), _objects(update)
    before, update = _messages(before), _messages(update)
    cleared = [n for n, message in enumerate(update) if _id(message) == REMOVE_ALL_MESSAGES]
    if cleared:
        return update[cleared[-1] + 1 :]
    return _merged_by_id(before, update)


def _only_appends(before: list[Any], update: list[Any]) -> bool:
    """Whether plain new messages follow plain old ones: then nothing needs to be merged.

    Nothing here runs Python for each old message: a turn of a long conversation costs a quarter.
    """
    if not _PLAIN.issuperset(map(type, before)) or any(map(_removes, update)):
        return False
    try:
        old = set(map(_ID_OF, before))
    except (KeyError, TypeError):
        return False  # one has no id yet, or one that is none
    new = {message["id"] for message in update}
    distinct = (len(old), len(new)) == (len(before), len(update)) and old.isdisjoint(new)
    return distinct and _TEXT.issuperset(map(type, old)) and REMOVE_ALL_MESSAGES not in new


def _merged_by_id(before: list[Any], update: list[Any]) -> list[Any]:
    # Most are plain dicts: asking for the type first keeps a long conversation three times faster.
    merged = {m["id"] if type(m) is dict else _id(m): m for m in before}
    gone: set[str] = set()
    for message in update:
        id_ = _id(message)
        if not _removes(message):
            gone.discard(id_)
            merged[id_] = message
        elif id_ in merged:
            gone.add(id_)
        else:
            raise InvalidMessageError(
                f"Attempting to delete a message with an ID that doesn't exist ('{id_}')"
            )
    return [message for id_, message in merged.items() if id_ not in gone]


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _objects(given: list[Any]) -> list[Any]:
    try:
        return langchain.to_messages(given)
    except Exception as error:
        raise InvalidMessageError(
            f"LangChain makes no message of it: {error}", "give a message, or a dict like one"
        ) from error


def _messages(given: list[Any]) -> list[Any]:
    return [item if _is_plain(item) else _with_id(_message(item)) for item in given]


def _is_plain(item: Any) -> bool:
    return type(item) is dict and type(item.get("id")) is str


def _message(item: Any) -> Any:
    if isinstance(item, str):
        return {"role": "user", "content": item}
    if isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], str):
        return {"role": _ROLES.get(item[0], item[0]), "content": item[1]}
    if isinstance(item, Mapping) or langchain.is_message(item):
        return item
    raise InvalidMessageError(
        f"a {type(item).__name__} is no message",
        "give a dict with `role` and `content`, a text, or a pair (role, content)",
    )


def _with_id(message: Any) -> Any:
    id_ = _id(message)
    if isinstance(id_, (str, int)):
        return message
    if id_ is not None:
        raise InvalidMessageError(
            f"a message has an id that is a {type(id_).__name__}", "give it a text, or none"
        )
    if isinstance(message, Mapping):
        return {**message, "id": str(uuid.uuid4())}
    return message.model_copy(update={"id": str(uuid.uuid4())})


def _id(message: Any) -> Any:
    return message.get("id") if isinstance(message, Mapping) else message.id


def _removes(message: Any) -> bool:
    kind = message.get("role") if isinstance(message, Mapping) else message.type
    return bool(kind == "remove")

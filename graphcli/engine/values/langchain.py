"""LangChain's messages, recognised by what is loaded: nothing here imports it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, get_args

_MODULE = "langchain_core.messages"


def loaded() -> bool:
    """Return whether LangChain's messages have been imported."""
    return _MODULE in sys.modules


def is_message(value: object) -> bool:
    """Return whether `value` is one of LangChain's messages."""
    base = getattr(sys.modules.get(_MODULE), "BaseMessage", None)
    return base is not None and isinstance(value, base)


def names_messages(hint: Any) -> bool:
    """Return whether a type names a message class of LangChain, at any depth."""
    return any(
        isinstance(part, type) and part.__module__.split(".")[:2] == _MODULE.split(".")
        for part in _parts(hint)
    )


def to_messages(given: list[Any]) -> list[Any]:
    """Return dicts, pairs and texts as LangChain's messages, and those that are as they are.

    Raises:
        Exception: LangChain makes no message of it.
    """
    return [item if _is_whole(item) else _converted(item) for item in given]


def as_openai(messages: list[Any]) -> list[Any]:
    """Return messages with their contents in OpenAI's format, as LangChain writes it."""
    library = sys.modules[_MODULE]
    plain = library.convert_to_openai_messages(messages)
    return list(library.convert_to_messages(plain))


def tool_message(**fields: Any) -> Any:
    """Return a ToolMessage."""
    return sys.modules[_MODULE].ToolMessage(**fields)


def _is_whole(item: Any) -> bool:
    """Whether `item` is a message, and not a piece of one that is being streamed."""
    return is_message(item) and not isinstance(item, sys.modules[_MODULE].BaseMessageChunk)


def _converted(item: Any) -> Any:
    library = sys.modules[_MODULE]
    (message,) = library.convert_to_messages([item])
    return library.message_chunk_to_message(message)


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)

"""Payloads as graphs in the wild write them: which keys hold the message, options, default, text.

The payload is hostile: a key with a value of the wrong type is no habit, and is shown instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from graphcli.dataclass import dataclass
from graphcli.engine.resuming.question import Field, Kind, Option
from graphcli.engine.values.model import UNSET

MESSAGE_KEYS = (
    "question",
    "message",
    "query",
    "prompt",
    "text",
    "title",
    "description",
    "instruction",
)
OPTION_KEYS = ("options", "choices")
LABEL_KEYS = ("label", "title", "name")
HELP_KEYS = ("help", "description")

#: What a payload may write under `type` to say which kind of answer it wants.
TYPES = {
    "confirm": Kind.CONFIRM,
    "boolean": Kind.CONFIRM,
    "approval": Kind.CONFIRM,
    "text": Kind.TEXT,
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "path": Kind.PATH,
    "password": Kind.SECRET,
    "secret": Kind.SECRET,
}


@dataclass(frozen=True, slots=True)
class Habit:
    """What the habits found. `typed` tells that the payload named the kind itself."""

    message: str
    field: Field
    context: Any
    typed: bool = False


def message_of(payload: Any) -> tuple[str, frozenset[str]]:
    """Return the message in `payload` and the keys it took; a string is its own message."""
    if isinstance(payload, str):
        return payload.strip(), frozenset()
    if isinstance(payload, Mapping):
        for key in MESSAGE_KEYS:
            value = payload.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip(), frozenset({key})
    return "", frozenset()


def rest_of(payload: Any, used: frozenset[str]) -> Any:
    """Return what of `payload` is left to show once the keys `used` are spoken for, else None."""
    if isinstance(payload, Mapping):
        return {key: value for key, value in payload.items() if key not in used} or None
    return None if isinstance(payload, str) else payload


def read_habits(payload: Any) -> Habit | None:
    """Return what the habits say about `payload`, or None when it has none of them."""
    if not isinstance(payload, Mapping):
        return None
    message, used = message_of(payload)
    for find in (_by_options, _by_type, _by_long_text, _by_default):
        if found := find(payload, used):
            field, keys = found
            if not message and field.kind is Kind.LONG_TEXT:
                message = f"Edit `{next(iter(keys))}`, then send it."
            typed = find is _by_type
            return Habit(message, field, rest_of(payload, used | keys), typed)
    return Habit(message, Field(), rest_of(payload, used)) if message else None


Found = tuple[Field, frozenset[str]]


def _by_options(payload: Mapping[str, Any], _: frozenset[str]) -> Found | None:
    for key in OPTION_KEYS:
        options = read_options(payload.get(key))
        if options:
            default = payload.get("default", UNSET)
            known = any(same(default, option.value) for option in options)
            kind = Kind.CONFIRM if _two_booleans(options) else Kind.CHOICE
            used = frozenset({key, "default"}) if known else frozenset({key})
            return Field(
                kind=kind,
                options=options if kind is Kind.CHOICE else (),
                default=default if known else UNSET,
            ), used
    return None


def _by_type(payload: Mapping[str, Any], used: frozenset[str]) -> Found | None:
    name = payload.get("type")
    kind = TYPES.get(name) if isinstance(name, str) else None
    # Without a message `type` is as likely to be the name of something in the payload.
    if kind is None or not used:
        return None
    default = payload.get("default", UNSET)
    fits = default is not UNSET and _fits(kind, default)
    keys = frozenset({"type", "default"}) if fits else frozenset({"type"})
    return Field(kind=kind, default=default if fits else UNSET), keys


def _by_long_text(payload: Mapping[str, Any], used: frozenset[str]) -> Found | None:
    texts = [
        key
        for key, value in payload.items()
        if isinstance(value, str) and key not in used and _long(key)
    ]
    if len(texts) != 1:  # of two texts nobody can say which one is to be edited
        return None
    return Field(kind=Kind.LONG_TEXT, default=payload[texts[0]]), frozenset(texts)


def _by_default(payload: Mapping[str, Any], used: frozenset[str]) -> Found | None:
    if "default" not in payload or not used:
        return None
    default = payload["default"]
    kind = Kind.CONFIRM if isinstance(default, bool) else Kind.ANY
    return Field(kind=kind, default=default), frozenset({"default"})


def _long(key: str) -> bool:
    return str(key).endswith("_to_revise") or key in ("text_to_edit", "draft", "content")


def _fits(kind: Kind, default: Any) -> bool:
    if kind is Kind.CONFIRM:
        return isinstance(default, bool)
    if kind in (Kind.INTEGER, Kind.NUMBER):
        numbers = int if kind is Kind.INTEGER else (int, float)
        return isinstance(default, numbers) and not isinstance(default, bool)
    return kind is not Kind.SECRET and isinstance(default, str)


def read_options(raw: Any) -> tuple[Option, ...]:
    """Return the options in a list of scalars or of {value, label, help}; none if it is not one.

    Of two equal values the first counts.
    """
    if not isinstance(raw, list | tuple):
        return ()
    options = [_option(item) for item in raw]
    if None in options:
        return ()
    return distinct(option for option in options if option is not None)


def distinct(options: Iterable[Option]) -> tuple[Option, ...]:
    """Return the first of each options that have the same value.

    Looked up, not compared one by one: a payload may hold a hundred thousand of them.
    """
    found: dict[Any, Option] = {}
    for option in options:
        found.setdefault(_identity(option.value), option)
    return tuple(found.values())


def _identity(value: Any) -> Any:
    """Return what two JSON values share when they are the same."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return type(value), value if isinstance(value, str | bool) else label_of(value)


def _option(item: Any) -> Option | None:
    if isinstance(item, Mapping):
        label = _first_text(item, LABEL_KEYS)
        if "value" not in item and not label:
            return None
        value = item.get("value", label)
        return Option(value, label or label_of(value), _first_text(item, HELP_KEYS))
    if item is None or isinstance(item, str | int | float):
        return Option(item, label_of(item))
    return None


def _first_text(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    texts = (item.get(key) for key in keys)
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def label_of(value: Any) -> str:
    """Return how an option without a label is shown: text as it is, anything else as JSON."""
    if isinstance(value, str) and value.strip():
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # a number of thousands of digits
        return type(value).__name__


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal, where true is not 1 (in Python it is)."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _two_booleans(options: tuple[Option, ...]) -> bool:
    return {type(option.value) for option in options} == {bool} and len(options) == 2

"""A value has its kind: the right type, one of the options, inside the bounds. PURE."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite
from typing import Any

from graphcli.engine.resuming.question import Field, Kind
from graphcli.hidden import REFERENCES
from graphcli.prompts.habits import same
from graphcli.prompts.reading import (
    find_option,
    find_value,
    quoted,
    refuse,
    refuse_option,
    secret_of,
)

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
#: Deeper than people nest, shallow enough for every parser on the way to the storage.
MAX_DEPTH = 64


def needs(field: Field) -> str:
    """Return in a few words what the field takes, to be shown as the remedy."""
    if field.options:
        shown = ", ".join(quoted(option.value, 30) for option in field.options[:8])
        return f"it takes {'some' if field.kind is Kind.CHOICES else 'one'} of {shown}"
    if field.placeholder and field.kind is Kind.TEXT:
        return f"it takes a text, for example {quoted(field.placeholder)}"
    return f"it takes {NEEDS[field.kind]}"


NEEDS = {
    Kind.CONFIRM: "`true` or `false`",
    Kind.CHOICE: "one of its options",
    Kind.CHOICES: "a list of its options",
    Kind.TEXT: "a text",
    Kind.LONG_TEXT: "a text",
    Kind.INTEGER: "a whole number, for example `42`",
    Kind.NUMBER: "a number, for example `0.5`",
    Kind.DATE: "a date, for example `2026-01-31`",
    Kind.PATH: "a path",
    Kind.SECRET: REFERENCES,
    Kind.FORM: "a JSON object",
    Kind.JSON: "a JSON value",
    Kind.ANY: "a value",
}

#: The formats of texts that people type: what each is called, and one that fits.
FORMATTED = {
    "date-time": ("a date and time", "2026-01-31T12:00:00Z"),
    "email": ("an e-mail address", "name@example.org"),
    "uri": ("a URL", "https://example.org"),
}


def _confirm(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        refuse(field, f"is {quoted(value)}; it must be true or false", needs(field))
    return value


def _choice(field: Field, value: Any) -> Any:
    if find_value(field, value):
        return value
    if isinstance(value, str):
        return find_option(field, value)
    return refuse_option(field, value)


def _choices(field: Field, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        refuse(field, f"is {quoted(value)}; it must be a list", needs(field))
    chosen: list[Any] = []
    for item in value:
        checked = _choice(field, item)
        if any(same(checked, other) for other in chosen):
            refuse(field, f"has {quoted(checked)} twice", "name each option once")
        chosen.append(checked)
    _count(field, len(chosen), "option", "options")
    return chosen


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        refuse(field, f"is {quoted(value)}; it must be a text", needs(field))
    _printable(field, value)
    if not value and field.required and field.name:
        refuse(field, "must not be empty", needs(field))
    _count(field, len(value), "character", "characters")
    return value


def _integer(field: Field, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(field, f"is {quoted(value)}; it must be a whole number", needs(field))
    _bounds(field, value)
    return value


def _number(field: Field, value: Any) -> int | float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not _finite(value):
        refuse(field, f"is {quoted(value)}; it must be a number", needs(field))
    _bounds(field, value)
    return value


def _finite(value: float) -> bool:
    return isinstance(value, int) or isfinite(value)


def _date(field: Field, value: Any) -> str:
    text = _text(field, value)
    try:
        date.fromisoformat(text)
        real = re.fullmatch(_DATE, text) is not None  # Python also takes 20260131 and 2026-W05-6
    except ValueError:
        real = False
    if not real:
        refuse(field, f"is {quoted(text)}; it must be a date like 2026-01-31", needs(field))
    return text


def _path(field: Field, value: Any) -> str:
    text = _text(field, value)
    if not text or "\0" in text:
        refuse(field, f"is {quoted(text)}; it must be a path", needs(field))
    return text


def check_plain(field: Field, value: Any) -> Any:
    """Return `value` if it is JSON: finite, printable, keyed by text, and not too deep."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return value
        level = [inner for item in level for inner in _inside(field, item)]
    return refuse(field, f"is nested more than {MAX_DEPTH} levels deep")


def _inside(field: Field, item: Any) -> list[Any]:
    if isinstance(item, str):
        _printable(field, item)
    elif isinstance(item, Mapping):
        if not all(isinstance(key, str) for key in item):
            refuse(field, "has a key that is no text", "use JSON values only")
        return [*item.keys(), *item.values()]
    elif isinstance(item, list | tuple):
        return list(item)
    elif item is not None and not (isinstance(item, int | float) and _finite(item)):
        refuse(field, f"holds {quoted(item)}, which JSON cannot write", "use JSON values only")
    return []


def _printable(field: Field, text: str) -> None:
    # Bytes of the command line that are no UTF-8 arrive as lone surrogates, which nothing stores.
    try:
        text.encode()
    except UnicodeEncodeError:
        refuse(field, "holds bytes that are no text (UTF-8)", "send it in UTF-8")


def _count(field: Field, size: int, one: str, many: str) -> None:
    low, high = field.min_length, field.max_length
    if low is not None and size < low:
        refuse(field, f"has {size} {one if size == 1 else many}; it needs at least {low}")
    if high is not None and size > high:
        refuse(field, f"has {size} {one if size == 1 else many}; it may have at most {high}")


def _bounds(field: Field, value: float) -> None:
    if field.minimum is not None and value < field.minimum:
        refuse(field, f"is {quoted(value)}; it must be at least {_bound(field.minimum)}")
    if field.maximum is not None and value > field.maximum:
        refuse(field, f"is {quoted(value)}; it must be at most {_bound(field.maximum)}")


def _bound(bound: float) -> str:
    try:
        return f"{bound:g}"
    except OverflowError:  # an integer of hundreds of digits
        return "a number too long to be shown"


#: How each kind is checked; a form is the work of its fields.
KINDS: dict[Kind, Callable[[Field, Any], Any]] = {
    Kind.CONFIRM: _confirm,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.PATH: _path,
    Kind.SECRET: secret_of,
    Kind.JSON: check_plain,
    Kind.ANY: check_plain,
}

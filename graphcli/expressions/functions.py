"""The functions of the expression language: pure, named, and bounded before they compute."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from graphcli.expressions.limits import MAX_LENGTH, LimitError, check_length

#: More digits than a float has change nothing; -10**9 would compute 10**(10**9).
_MAX_DIGITS: Final = 20


def text_of(value: Any) -> str:
    """Return `value` as the text it becomes inside other text: itself, else JSON.

    Raises:
        TypeError: the value has no JSON form.
    """
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        raise TypeError("bytes have no form as text")
    # Dates, decimals, paths, ids: their text is what a person would write.
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"needs text, not {kind_of(value)}")
    return value


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise TypeError(f"needs a list, not {kind_of(value)}")
    return list(value)


def _mapping(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"needs a mapping, not {kind_of(value)}")
    return value


def kind_of(value: Any) -> str:
    """Return what a person calls the type of `value`."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "a mapping"
    known = {bool: "a boolean", int: "a number", float: "a number", str: "text"}
    known |= {list: "a list", tuple: "a list"}
    return known.get(type(value), f"a {type(value).__name__}")


def _numbers(value: Any) -> list[float]:
    items = _items(value)
    if not all(isinstance(item, int | float) for item in items):
        raise TypeError("needs a list of numbers")
    return items


def _length(value: Any) -> int:
    if not isinstance(value, str | bytes | Mapping | list | tuple | set | frozenset):
        raise TypeError(f"{kind_of(value)} has no length")
    return len(value)


def _contains(value: Any, part: Any) -> bool:
    return part in (value if isinstance(value, str | Mapping) else _items(value))


def _to_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, str | Mapping) else _items(value)


def _first(value: Any) -> Any:
    return (value if isinstance(value, str) else _items(value))[0]


def _last(value: Any) -> Any:
    return (value if isinstance(value, str) else _items(value))[-1]


def _extreme(choose: Callable[[Iterable[Any]], Any]) -> Callable[..., Any]:
    return lambda first, *rest: choose((first, *rest) if rest else _items(first))


def _round(value: Any, digits: int = 0) -> Any:
    if abs(digits) > _MAX_DIGITS:
        raise LimitError(f"rounds to at most {_MAX_DIGITS} digits")
    return round(value, digits) if digits else round(value)


def _join(value: Any, separator: str = "") -> str:
    items = _items(value)
    if not all(isinstance(item, str | int | float) for item in items):
        raise TypeError(
            "joins text and numbers only; pick the parts with a list `[x.name for x in …]`"
        )
    parts = [text_of(item) for item in items]
    check_length(sum(map(len, parts)) + len(_text(separator)) * max(0, len(parts) - 1))
    return separator.join(parts)


def _replace(value: Any, old: str, new: str) -> str:
    text = _text(value)
    check_length(len(text) + text.count(_text(old)) * max(0, len(_text(new)) - len(old)))
    return text.replace(old, new)


def _split(value: Any, separator: str | None = None) -> list[str]:
    return _text(value).split(separator, MAX_LENGTH)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)


def _on_text(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda value, *arguments: method(_text(value), *arguments)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": abs,
    "all": lambda value: all(_items(value)),
    "any": lambda value: any(_items(value)),
    "bool": bool,
    "contains": _contains,
    "endswith": _on_text(str.endswith),
    "first": _first,
    "float": float,
    "int": int,
    "items": lambda value: [list(pair) for pair in _mapping(value).items()],
    "join": _join,
    "keys": lambda value: list(_mapping(value)),
    "last": _last,
    "len": _length,
    "length": _length,
    "list": _to_list,
    "lower": _on_text(str.lower),
    "max": _extreme(max),
    "min": _extreme(min),
    "replace": _replace,
    "round": _round,
    "sorted": lambda value: sorted(_items(value)),
    "split": _split,
    "startswith": _on_text(str.startswith),
    "str": text_of,
    "strip": _on_text(str.strip),
    "sum": lambda value: sum(_numbers(value)),
    "title": _on_text(str.title),
    "tojson": _to_json,
    "trim": _on_text(str.strip),
    "upper": _on_text(str.upper),
    "values": lambda value: list(_mapping(value).values()),
}

#: Evaluated by hand, because it must see that its first argument is missing.
DEFAULT: Final = "default"

#: Each call of these is charged as this many readings of its arguments (sorting compares again).
COST: Final = {"sorted": 20}

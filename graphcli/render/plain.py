"""Any state value as plain JSON data, and that data as text which drives no terminal."""

from __future__ import annotations

import binascii
import json
import math
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from graphcli.dataclass import fields, is_dataclass
from graphcli.engine.values.standins import UNSET, Secret
from graphcli.text import safe_text

#: Deeper values are cut: Python's own JSON writer gives up near 1,000 levels, a reader long before.
MAX_DEPTH: Final = 100

#: Python refuses to write longer integers in decimal (4,300 digits); this is safely below.
_MAX_INT_BITS: Final = 14_000

_MAX_REPR: Final = 200


def to_json(value: Any) -> Any:
    """Return `value` as data that JSON can hold; never raises.

    Bytes become base64, dates ISO 8601, durations seconds, Decimal, UUID and paths text, sets
    sorted lists, enums their value, dataclasses and pydantic models objects. NaN and the
    infinities become text, since JSON has no such numbers; a secret becomes its reference in
    angle brackets; anything else, a cycle, and whatever lies deeper than `MAX_DEPTH` becomes a
    short text.
    """
    return _convert(value, ())


def dumps(plain: Any, *, terminal: bool, ascii: bool = False) -> str:  # noqa: A002 - as in json.
    """Return plain data (what `to_json` returns) as JSON: indented on a terminal, else one line.

    Characters that could drive or deceive a terminal are written as JSON escapes, always: the
    reader of a pipe is often `less`, and a JSON parser does not see the difference. With `ascii`
    all others beyond ASCII are too, for a stream that cannot encode them.
    """
    layout: dict[str, Any] = {"indent": 2} if terminal else {"separators": (",", ":")}
    text = json.dumps(plain, ensure_ascii=ascii, allow_nan=False, **layout)
    return text.translate(_ESCAPES)


class _Escapes(dict[int, str]):
    """Each character as JSON may hold it, learnt as they come."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = char if safe_text(char) == char else json.dumps(char)[1:-1]
        return self[code]


_ESCAPES: Final = _Escapes()


def _convert(value: Any, above: tuple[int, ...]) -> Any:
    try:
        if isinstance(value, Enum):
            return _convert(value.value, above)
        return _scalar(value) if _is_scalar(value) else _container(value, above)
    except Exception:  # noqa: BLE001 - hostile classes raise anywhere; a person still has to see.
        return _described(value)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, _SCALAR) or _is_of(value, "decimal", "Decimal")


_TEXTUAL: Final = datetime | date | time | timedelta | UUID | PurePath
_ODD: Final = bytearray | memoryview | Secret | BaseException
_SCALAR: Final = str | int | float | bytes | _TEXTUAL | _ODD


def _scalar(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            return str.__str__(value)
        case int():
            return int(value) if value.bit_length() <= _MAX_INT_BITS else hex(value)
        case float():
            return _number(float(value))
        case bytes() | bytearray() | memoryview():
            return binascii.b2a_base64(bytes(value), newline=False).decode("ascii")
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case BaseException():
            return f"{type(value).__name__}: {value}"
        case _:
            return str(value)


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _container(value: Any, above: tuple[int, ...]) -> Any:
    if value is UNSET:
        return None
    if id(value) in above:
        return "… (contains itself)"
    if len(above) >= MAX_DEPTH:
        return f"… (nested more than {MAX_DEPTH} levels deep)"
    above = (*above, id(value))
    if isinstance(value, Mapping):
        return _object(value.items(), above)
    if isinstance(value, list | tuple | deque):
        return [_convert(item, above) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_convert(item, above) for item in value), key=_order)
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)]
        return _object(((name, getattr(value, name)) for name in names), above)
    if _is_of(value, "pydantic", "BaseModel"):
        return _object(dict(value).items(), above)
    return _described(value)


def _object(items: Iterable[tuple[Any, Any]], above: tuple[int, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in items:
        name = _key(key)
        # 1 and "1" are two keys in Python and one in JSON: neither may hide the other.
        while name in found:
            name += f" ({type(key).__name__})"
        found[name] = _convert(value, above)
    return found


def _key(key: Any) -> str:
    plain = _convert(key, ())
    if isinstance(plain, str):
        return plain
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def _order(plain: Any) -> tuple[str, Any]:
    if isinstance(plain, int | float):
        return "", plain
    return type(plain).__name__, json.dumps(plain, sort_keys=True)


def _is_of(value: Any, module: str, name: str) -> bool:
    # Never imported here: a state that holds such a value has imported its module already.
    known = sys.modules.get(module)
    return known is not None and isinstance(value, getattr(known, name))


def _described(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a broken repr is no reason to show nothing.
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _MAX_REPR else text[:_MAX_REPR] + "…"

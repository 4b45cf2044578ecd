"""State values as bytes and back: plain data plus a closed table of tags. Never pickle.

The bytes are MessagePack. A value that MessagePack has no word for is either an extension of one
piece (`tags`) or a list that begins with an empty extension, its mark: [mark, contents…]. No
value of a user can look like one, since a user's value never becomes an extension by itself.
Reading imports nothing and calls nothing that the bytes name.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Final

import ormsgpack

from graphcli.engine.values.model import UNSET, Command, Overwrite, Send
from graphcli.errors import StorageDamagedError, UnsupportedValueError
from graphcli.storage.classes import (
    Registry,
    Unknown,
    build_dataclass,
    build_enum,
    build_model,
    class_name,
    dataclass_parts,
    enum_parts,
    is_kind,
    is_message,
    is_model,
    message_class,
    model_parts,
)
from graphcli.storage.tags import BASES, READ, WRITE
from graphcli.text import safe_line

# Marks share the numbers with the tags of `tags`; they too are the format.
TUPLE: Final = 32
SET: Final = 33
FROZENSET: Final = 34
PAIRS: Final = 35
ENUM: Final = 36
DATACLASS: Final = 37
MODEL: Final = 38
MESSAGE: Final = 39
SEND: Final = 40
OVERWRITE: Final = 41
COMMAND: Final = 42

#: Levels of lists, dicts and tagged values. ormsgpack gives up soon after.
MAX_DEPTH: Final = 250

_OPTIONS: Final = (
    ormsgpack.OPT_PASSTHROUGH_BIG_INT
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    | ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_UUID
)

_MARKS: Final = {code: ormsgpack.Ext(code, b"") for code in range(TUPLE, COMMAND + 1)}

#: How an empty extension begins in MessagePack: without it there is no mark to look for.
_MARK_BYTES: Final = b"\xc7\x00"

_COLLECTIONS: Final[dict[type, int]] = {tuple: TUPLE, set: SET, frozenset: FROZENSET}

#: What a hostile or damaged value can make Python's own constructors raise.
_BROKEN: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    OSError,
)


class _Mark(int):
    """A mark on its way back; its own type, so that no number of a user is mistaken for it."""


class Codec:
    """Turns values into bytes and back. `classes` are those that a graph declares."""

    def __init__(self, classes: Iterable[type] = ()) -> None:
        self._registry = Registry(classes)
        self.register = self._registry.register
        self._build: dict[int, Callable[..., Any]] = {
            TUPLE: tuple,
            SET: set,
            FROZENSET: frozenset,
            PAIRS: dict,
            SEND: Send,
            OVERWRITE: Overwrite,
            COMMAND: lambda parts: Command(**parts),
            ENUM: self._enum,
            DATACLASS: self._dataclass,
            MODEL: self._model,
            MESSAGE: self._message,
        }

    def encode(self, value: Any, path: str) -> bytes:
        """Return `value` as bytes; what it is part of is called `path` in an error.

        `bytearray` and `memoryview` come back as `bytes`; objects of a subclass of text, numbers,
        lists and dicts as what they are built on; everything else as the same type.

        Raises:
            UnsupportedValueError: a part of it cannot be stored.
        """
        try:
            return ormsgpack.packb(value, default=self._take_apart, option=_OPTIONS)
        except (TypeError, ValueError, RecursionError):
            # Either something rare (odd text, keys that are no text) or a mistake. Both are worth a
            # slow walk: it packs the first and names the place of the second.
            walked = self._walk(value, path, ())
        try:
            return ormsgpack.packb(walked, option=_OPTIONS)
        except (TypeError, ValueError):
            # Keys that are no text take more levels than the walk counts.
            raise _too_deep(path) from None

    def decode(self, data: bytes, where: str) -> Any:
        """Return the value in `data`; `where` names its row in an error.

        Raises:
            StorageDamagedError: `data` was not written by `encode`.
            StorageVersionError: a declared class has changed too much.
        """
        try:
            value = ormsgpack.unpackb(data, ext_hook=_read_tag)
            return self._put_together(value) if _MARK_BYTES in data else value
        except _BROKEN as error:
            raise StorageDamagedError(
                f"{where} holds bytes that are no value ({safe_line(str(error), 80)})",
                "restore the storage from a backup, or delete the thread",
            ) from None

    # Writing ------------------------------------------------------------------------------

    def _take_apart(self, value: Any) -> Any:
        """`value` as an extension, a marked list or plain; TypeError where it is none of them."""
        cls = type(value)
        if (leaf := WRITE.get(cls)) is not None:
            return ormsgpack.Ext(leaf[0], leaf[1](value))
        if (code := _COLLECTIONS.get(cls)) is not None:
            return [_MARKS[code], list(value)]
        if cls is Send:
            return [_MARKS[SEND], value.node, value.arg]
        if cls is Overwrite:
            return [_MARKS[OVERWRITE], value.value]
        if cls is Command:
            return [_MARKS[COMMAND], _given(value)]
        if cls is Unknown:
            return [_MARKS[value.tag], value.name, dict(value), *value.rest]
        if is_message(value):
            return [_MARKS[MESSAGE], cls.__name__, *model_parts(value)]
        if cls in self._registry:
            return self._object(value, cls)
        if (plain := _as_base(value)) is not value:
            return plain
        raise TypeError(cls)

    def _object(self, value: Any, cls: type) -> list[Any]:
        name = class_name(cls)
        if isinstance(value, Enum):
            return [_MARKS[ENUM], name, enum_parts(value)]
        if is_model(cls):
            return [_MARKS[MODEL], name, *model_parts(value)]
        return [_MARKS[DATACLASS], name, dataclass_parts(value)]

    def _walk(self, value: Any, path: str, above: tuple[int, ...]) -> Any:
        """`value` with everything in it taken apart, or an error with the exact place."""
        if id(value) in above:
            raise UnsupportedValueError(path, "a value that contains itself", _PLAIN)
        if len(above) > MAX_DEPTH:
            raise _too_deep(path)
        cls = type(value)
        if cls is str:
            return _text(value)
        if cls in (dict, list):
            inside = (*above, id(value))
            if cls is list:
                return [self._walk(v, f"{path}[{n}]", inside) for n, v in enumerate(value)]
            return self._walk_dict(value, path, inside)
        if value is None or cls in (bool, float, bytes, bytearray, memoryview):
            return value
        if cls is int and -(2**63) <= value < 2**64:
            return value
        return self._walk_parts(value, path, (*above, id(value)))

    def _walk_dict(self, value: dict[Any, Any], path: str, above: tuple[int, ...]) -> Any:
        if all(type(key) is str and _is_utf8(key) for key in value):
            return {k: self._walk(v, _step(path, k), above) for k, v in value.items()}
        pairs = [
            [self._walk(k, f"a key of {path}", above), self._walk(v, _step(path, k), above)]
            for k, v in value.items()
        ]
        return [_MARKS[PAIRS], pairs]

    def _walk_parts(self, value: Any, path: str, above: tuple[int, ...]) -> Any:
        if (plain := _as_base(value)) is not value:
            return self._walk(plain, path, above)
        try:
            parts = self._take_apart(value)
        except TypeError:
            raise _refusal(value, path) from None
        if type(parts) is ormsgpack.Ext:
            return parts
        mark, *contents = parts
        return [mark, *(self._walk(part, path, above) for part in contents)]

    # Reading ------------------------------------------------------------------------------

    def _put_together(self, value: Any) -> Any:
        if type(value) is dict:
            return {key: self._put_together(item) for key, item in value.items()}
        if type(value) is _Mark:
            raise ValueError("a mark out of place")
        if type(value) is not list:
            return value
        if value and type(value[0]) is _Mark:
            return self._build[value[0]](*[self._put_together(part) for part in value[1:]])
        return [self._put_together(item) for item in value]

    def _enum(self, name: str, parts: dict[str, Any]) -> Any:
        cls = self._registry.find(name)
        if cls is None or not issubclass(cls, Enum):
            return Unknown(ENUM, name, parts, [])
        return build_enum(cls, parts)

    def _dataclass(self, name: str, parts: dict[str, Any]) -> Any:
        cls = self._registry.find(name)
        if cls is None or issubclass(cls, Enum) or is_model(cls):
            return Unknown(DATACLASS, name, parts, [])
        return build_dataclass(cls, parts)

    def _model(self, name: str, fields: dict[str, Any], *rest: Any) -> Any:
        cls = self._registry.find(name)
        if cls is None or not is_model(cls):
            return Unknown(MODEL, name, fields, list(rest))
        return build_model(cls, [fields, *rest])

    def _message(self, name: str, fields: dict[str, Any], *rest: Any) -> Any:
        cls = message_class(name)
        if cls is None:
            return Unknown(MESSAGE, name, fields, list(rest))
        return build_model(cls, [fields, *rest])


_PLAIN: Final = "return plain data: text, numbers, lists and dicts"


def _read_tag(code: int, data: bytes) -> Any:
    if code in READ:
        return READ[code](data)
    if code in _MARKS and not data:
        return _Mark(code)
    raise ValueError(f"tag {code} is unknown")


def _as_base(value: Any) -> Any:
    """`value`, or what it is built on where its class only adds to text, a number, list or dict."""
    cls = type(value)
    if cls in BASES or cls is Unknown or is_kind(cls):
        return value
    base = next((each for each in cls.__mro__ if each in BASES), None)
    return value if base is None else BASES[base](value)


def _given(command: Command[Any]) -> dict[str, Any]:
    """The parts of a Command that say something."""
    parts = {name: getattr(command, name) for name in ("graph", "update", "resume", "goto")}
    return {name: part for name, part in parts.items() if part is not UNSET}


def _text(value: str) -> Any:
    """`value`, or an extension where it holds half a character, which is no UTF-8."""
    if _is_utf8(value):
        return value
    code, write = WRITE[str]
    return ormsgpack.Ext(code, write(value))


def _is_utf8(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _step(path: str, key: Any) -> str:
    if type(key) is str and key.isidentifier():
        return f"{path}.{key}"
    return f"{path}[{safe_line(repr(key), 40)}]"


def _too_deep(path: str) -> UnsupportedValueError:
    place = path if len(path) <= 80 else f"{path[:80]}…"
    return UnsupportedValueError(place, f"a value with more than {MAX_DEPTH} levels", _PLAIN)


def _refusal(value: Any, path: str) -> UnsupportedValueError:
    cls = type(value)
    if is_kind(cls):
        name = cls.__name__
        remedy = f"declare `{name}` in the state schema, or pass compile(classes=[{name}])"
        return UnsupportedValueError(path, f"an undeclared `{name}`", remedy)
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | types.MethodType):
        return UnsupportedValueError(path, "a function", _PLAIN)
    if isinstance(value, type):
        return UnsupportedValueError(path, "a class", _PLAIN)
    what = cls.__qualname__ if cls.__module__ == "builtins" else class_name(cls).replace(":", ".")
    return UnsupportedValueError(path, f"a value of type `{what}`", _PLAIN)

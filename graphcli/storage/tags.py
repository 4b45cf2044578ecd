"""Values that become one piece of tagged bytes, and back: big numbers, dates, paths, odd text."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import (
    Path,
    PosixPath,
    PurePath,
    PurePosixPath,
    PureWindowsPath,
    WindowsPath,
)
from typing import Any, Final
from uuid import UUID

import ormsgpack

from graphcli.engine.values.model import Secret

# The numbers are the format: a stored value keeps its number for ever, and none is used twice.
BIG_INT: Final = 1
TEXT: Final = 2
DATETIME: Final = 3
DATE: Final = 4
TIME: Final = 5
TIMEDELTA: Final = 6
DECIMAL: Final = 7
UUID_: Final = 8
PATH: Final = 9
SECRET: Final = 10

_MICROSECOND: Final = timedelta(microseconds=1)

#: A name in the time zone database; anything else is never looked up.
_ZONE: Final = r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*"

#: Paths of the other operating system come back as their pure kind.
_PATHS: Final[dict[str, type[PurePath]]] = {
    "PosixPath": PurePosixPath if os.name == "nt" else PosixPath,
    "WindowsPath": WindowsPath if os.name == "nt" else PureWindowsPath,
    "PurePosixPath": PurePosixPath,
    "PureWindowsPath": PureWindowsPath,
}


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _read_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _big(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _read_big(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _zone(zone: tzinfo | None, offset: timedelta | None) -> list[Any] | None:
    """`zone` as [microseconds east of UTC or None, name or None, key in the database or None]."""
    if zone is None:
        return None
    east = None if offset is None else offset // _MICROSECOND
    if type(zone) is timezone:
        fixed = zone.utcoffset(None)
        return [
            fixed // _MICROSECOND,
            None if str(zone) == str(timezone(fixed)) else str(zone),
            None,
        ]
    key = getattr(zone, "key", None)
    if type(zone).__module__ == "zoneinfo" and isinstance(key, str):
        return [east, None, key]
    raise TypeError(zone)


def _read_zone(data: list[Any] | None) -> tzinfo | None:
    if data is None:
        return None
    east, name, key = data
    if key is not None and (zone := _from_database(key)) is not None:
        return zone
    # Without its entry in the database the moment stays right: the offset of that day is kept.
    offset = timedelta(microseconds=east or 0)
    label = name if name is not None else key
    if label is None:
        return timezone(offset)
    return timezone(offset, label)


def _from_database(key: str) -> tzinfo | None:
    if not re.fullmatch(_ZONE, key):
        return None
    # Deferred: 5 ms, and only values with a named time zone need it.
    import zoneinfo

    # Looked up here because ZoneInfo would import a package by this name where no file is found.
    if not any(Path(root, key).is_file() for root in zoneinfo.TZPATH):
        return None
    return zoneinfo.ZoneInfo(key)


def _datetime(value: datetime) -> bytes:
    naive = value.replace(tzinfo=None, fold=0).isoformat()
    return ormsgpack.packb([naive, value.fold, _zone(value.tzinfo, value.utcoffset())])


def _read_datetime(data: bytes) -> datetime:
    naive, fold, zone = ormsgpack.unpackb(data)
    return datetime.fromisoformat(naive).replace(fold=fold, tzinfo=_read_zone(zone))


def _time(value: time) -> bytes:
    naive = value.replace(tzinfo=None, fold=0).isoformat()
    return ormsgpack.packb([naive, value.fold, _zone(value.tzinfo, value.utcoffset())])


def _read_time(data: bytes) -> time:
    naive, fold, zone = ormsgpack.unpackb(data)
    return time.fromisoformat(naive).replace(fold=fold, tzinfo=_read_zone(zone))


def _timedelta(value: timedelta) -> bytes:
    return ormsgpack.packb([value.days, value.seconds, value.microseconds])


def _read_timedelta(data: bytes) -> timedelta:
    days, seconds, microseconds = ormsgpack.unpackb(data)
    return timedelta(days, seconds, microseconds)


def _path(value: PurePath) -> bytes:
    return _text(f"{type(value).__name__}:{value}")


def _read_path(data: bytes) -> PurePath:
    kind, _, text = _read_text(data).partition(":")
    return _PATHS[kind](text)


#: For each type (exactly, not its subclasses) its tag and how it becomes bytes.
WRITE: Final[dict[type, tuple[int, Callable[[Any], bytes]]]] = {
    int: (BIG_INT, _big),
    str: (TEXT, _text),
    datetime: (DATETIME, _datetime),
    date: (DATE, lambda value: value.isoformat().encode()),
    time: (TIME, _time),
    timedelta: (TIMEDELTA, _timedelta),
    Decimal: (DECIMAL, lambda value: str(value).encode()),
    UUID: (UUID_, lambda value: value.bytes),
    PosixPath: (PATH, _path),
    WindowsPath: (PATH, _path),
    PurePosixPath: (PATH, _path),
    PureWindowsPath: (PATH, _path),
    Secret: (SECRET, lambda value: _text(value.reference)),
}

#: Types whose subclasses are stored as what they are built on, and how one becomes that.
BASES: Final[dict[type, Callable[[Any], Any]]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    list: list,
    dict: lambda value: dict(value.items()),
}

READ: Final[dict[int, Callable[[bytes], Any]]] = {
    BIG_INT: _read_big,
    TEXT: _read_text,
    DATETIME: _read_datetime,
    DATE: lambda data: date.fromisoformat(data.decode()),
    TIME: _read_time,
    TIMEDELTA: _read_timedelta,
    DECIMAL: lambda data: Decimal(data.decode()),
    UUID_: lambda data: UUID(bytes=data),
    PATH: _read_path,
    SECRET: lambda data: Secret(_read_text(data)),
}

"""The checksum of a row, so that a damaged one is noticed when it is read."""

from __future__ import annotations

import zlib
from typing import Any

import ormsgpack

from graphcli.errors import StorageDamagedError, UnsupportedValueError


def seal(key: tuple[Any, ...], *bodies: bytes | None) -> int:
    """Return the CRC-32 of a row: of its plain columns `key` and its encoded ones `bodies`."""
    try:
        crc = zlib.crc32(ormsgpack.packb(key))
    except TypeError:
        raise UnsupportedValueError("an id", "half a character (a lone surrogate)") from None
    for body in bodies:
        crc = zlib.crc32(body or b"", crc)
    return crc


def check_seal(where: str, crc: int, key: tuple[Any, ...], *bodies: bytes | None) -> None:
    """Compare a row with its checksum; `where` names it in the error.

    Raises:
        StorageDamagedError: the row is not as it was written.
    """
    if not intact(crc, key, *bodies):
        raise damaged(where)


def intact(crc: int, key: tuple[Any, ...], *bodies: bytes | None) -> bool:
    """Return whether a row is as it was written."""
    try:
        return seal(key, *bodies) == crc
    except (TypeError, UnsupportedValueError):
        return False


def check_thread(row: tuple[Any, ...]) -> str:
    """Compare a row of `threads` with its checksum, and return what errors call it.

    Raises:
        StorageDamagedError: the row is not as it was written.
    """
    where = f"thread `{row[1]}`"
    check_seal(where, row[11], row[:9], row[9], row[10])
    return where


def damaged(where: str) -> StorageDamagedError:
    """Return the error for a row that is missing or not as it was written."""
    return StorageDamagedError(
        f"the storage is damaged: {where} is not as it was written",
        "restore the storage from a backup, or delete the thread",
    )

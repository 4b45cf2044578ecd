"""Threads that are no longer wanted, and the space that they leave."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from graphcli.storage.values import delete_values

#: Free space is worth rewriting the file for from this many bytes on, and a quarter of the file.
_WORTH: Final = 2**20
_SHARE: Final = 4


def delete_rows(connection: sqlite3.Connection, thread: int) -> None:
    """Delete every row of a thread, by its number."""
    for table in ("answers", "questions", "progress", "checkpoints"):
        connection.execute(f"DELETE FROM {table} WHERE thread = ?", (thread,))  # noqa: S608 - constant
    delete_values(connection, thread)
    connection.execute("DELETE FROM threads WHERE n = ?", (thread,))


def reclaimable(connection: sqlite3.Connection) -> int:
    """Return how many bytes of the file hold nothing."""
    return _pragma(connection, "freelist_count") * _pragma(connection, "page_size")


def give_back(connection: sqlite3.Connection) -> int:
    """Rewrite the file without what holds nothing, if that is worth it; return the bytes gained.

    Others can read meanwhile, and wait to write.
    """
    free = reclaimable(connection)
    if free < _WORTH or free * _SHARE < size_of(connection):
        return 0
    before = size_of(connection)
    with _in_memory(connection):
        connection.execute("VACUUM")
    return before - size_of(connection)


def size_of(connection: sqlite3.Connection) -> int:
    """Return how many bytes the database has, what holds nothing included."""
    return _pragma(connection, "page_count") * _pragma(connection, "page_size")


@contextmanager
def _in_memory(connection: sqlite3.Connection) -> Iterator[None]:
    # The rewriting keeps no copy of anybody's state in a directory for temporary files.
    connection.execute("PRAGMA temp_store = MEMORY")
    try:
        yield
    finally:
        connection.execute("PRAGMA temp_store = DEFAULT")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

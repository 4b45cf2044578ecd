"""Every row against its checksum, and every row that another one counts on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from graphcli.errors import StorageDamagedError
from graphcli.storage.codec import Codec
from graphcli.storage.read import find_seq, read_saved
from graphcli.storage.records import check_seal, damaged, read_thread

#: What the rows of each table are called, and which of its columns are plain. The encoded ones
#: follow, and the checksum comes last.
_TABLES: Final = {
    "threads": ("thread row", slice(0, 9)),
    "checkpoints": ("checkpoint", slice(0, 4)),
    "channel_values": ("value", slice(0, 6)),
    "tasks": ("task", slice(0, 6)),
    "questions": ("question", slice(0, 8)),
    "answers": ("answer", slice(1, 8)),
}

#: A disk that fails damages much at once; the first places say enough.
_MOST: Final = 20


def first_damage(connection: sqlite3.Connection) -> str | None:
    """Return one place that is damaged, or None."""
    return next(damages(connection), None)


def damages(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the places that are damaged, up to twenty; pages first, for rows depend on them."""
    pages = list(_pages(connection))
    yield from pages
    if not pages:
        yield from islice(_rows(connection), _MOST)


def count_rows(connection: sqlite3.Connection) -> int:
    """Return how many rows have a checksum."""
    return sum(
        int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - constant
        for table in _TABLES
    )


def _pages(connection: sqlite3.Connection) -> Iterator[str]:
    try:
        for (said,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
            if said != "ok":
                yield str(said)
    except sqlite3.DatabaseError as error:
        yield str(error)


def _rows(connection: sqlite3.Connection) -> Iterator[str]:
    # One moment of the storage: a run that goes on must not look like damage.
    connection.execute("BEGIN")
    try:
        sealed = [place for table in _TABLES for place in _unsealed(connection, table)]
        yield from sealed
        yield from (place for place in _missing(connection) if place not in sealed)
    except sqlite3.DatabaseError as error:
        yield str(error)
    finally:
        connection.execute("ROLLBACK")


def _unsealed(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    name, plain = _TABLES[table]
    for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - constant
        where = f"{name} {'/'.join(map(str, row[: plain.stop][:4]))}"
        try:
            check_seal(where, row[-1], row[plain], *row[plain.stop : -1])
        except StorageDamagedError as error:
            yield error.message


def _missing(connection: sqlite3.Connection) -> Iterator[str]:
    """What the heads of the threads count on, and the values of all other checkpoints."""
    codec = Codec(())
    for row in connection.execute("SELECT * FROM threads").fetchall():
        try:
            _read_head(connection, codec, row)
        except StorageDamagedError as error:
            yield error.message
    yield from _missing_values(connection, codec)


def _read_head(connection: sqlite3.Connection, codec: Codec, row: tuple[Any, ...]) -> None:
    info = read_thread(codec, row)
    seq = find_seq(connection, row[0], "")
    if seq is None:
        raise damaged(f"the last checkpoint of thread `{info.id}`")
    read_saved(connection, codec, info, (row[0], "", seq))


def _missing_values(connection: sqlite3.Connection, codec: Codec) -> Iterator[str]:
    for thread, seq, packed in connection.execute("SELECT thread, seq, channels FROM checkpoints"):
        try:
            channels = codec.decode(packed, f"checkpoint {seq}")
        except StorageDamagedError:
            continue  # its checksum has told
        for name, (n, _) in channels.items():
            if n and not _is_there(connection, n):
                yield damaged(f"value {n} of channel `{name}` in thread {thread}").message


def _is_there(connection: sqlite3.Connection, n: int) -> bool:
    found = connection.execute("SELECT 1 FROM channel_values WHERE n = ?", (n,))
    return found.fetchone() is not None

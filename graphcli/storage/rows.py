"""Every row against its checksum, and every row that another one counts on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from graphcli.errors import StorageDamagedError
from graphcli.storage.codec import Codec
from graphcli.storage.read import find_seq, read_saved
from graphcli.storage.records import read_thread
from graphcli.storage.seals import check_seal, damaged
from graphcli.storage.values import THREAD_BITS, Remembered

#: What the rows of each table are called, which column names one, and which are plain, from that
#: with the thread on. The encoded ones follow, and the checksum comes last.
_TABLES: Final = {
    "threads": ("thread", 1, slice(0, 9)),
    "checkpoints": ("checkpoint", 2, slice(0, 4)),
    "channel_values": ("value", 0, slice(0, 6)),
    "progress": ("the progress of checkpoint", 2, slice(0, 4)),
    "questions": ("question", 1, slice(0, 8)),
    "answers": ("answer", 0, slice(1, 8)),
    "drafts": ("the draft of question", 1, slice(0, 3)),
}

#: A disk that fails damages much at once; the first places say enough.
_MOST: Final = 20


class Damage(NamedTuple):
    """One place that is damaged, and the id of the thread that it belongs to, if that is known."""

    says: str
    thread: str | None = None

    @property
    def what(self) -> str:
        """What is damaged, where it is said of which storage."""
        return self.says.removeprefix("the storage is damaged: ")


def damages(connection: sqlite3.Connection) -> list[Damage]:
    """Return places that are damaged, up to twenty: pages, or the rows if all pages are whole."""
    return list(_pages(connection)) or list(islice(_rows(connection), _MOST))


def count_rows(connection: sqlite3.Connection) -> int:
    """Return how many rows have a checksum."""
    return sum(
        int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - constant
        for table in _TABLES
    )


def _pages(connection: sqlite3.Connection) -> Iterator[Damage]:
    try:
        for (said,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
            if said != "ok":
                yield Damage(str(said).removeprefix("*** in database main ***\n"))
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        yield Damage(str(error))


def _rows(connection: sqlite3.Connection) -> Iterator[Damage]:
    # One moment of the storage: a run that goes on must not look like damage.
    connection.execute("BEGIN")
    try:
        ids: dict[int, str] = dict(connection.execute("SELECT n, id FROM threads").fetchall())
        changed = [each for table in _TABLES for each in _unsealed(connection, table, ids)]
        yield from changed or _missing(connection, ids)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        yield Damage(str(error))
    finally:
        connection.execute("ROLLBACK")


def _unsealed(
    connection: sqlite3.Connection, table: str, ids: Mapping[int, str]
) -> Iterator[Damage]:
    name, key, plain = _TABLES[table]
    for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - constant
        try:
            check_seal(f"{name} {row[key]}", row[-1], row[plain], *row[plain.stop : -1])
        except StorageDamagedError as error:
            thread = row[0] >> THREAD_BITS if table == "channel_values" else row[plain.start]
            yield Damage(error.message, ids.get(thread))


def _missing(connection: sqlite3.Connection, ids: Mapping[int, str]) -> Iterator[Damage]:
    """What the heads of the threads count on, and the values of all other checkpoints."""
    codec = Codec(())
    for row in connection.execute("SELECT * FROM threads").fetchall():
        try:
            _read_head(connection, codec, row)
        except StorageDamagedError as error:
            yield Damage(error.message, row[1])
    yield from _missing_values(connection, codec, ids)


def _read_head(connection: sqlite3.Connection, codec: Codec, row: tuple[Any, ...]) -> None:
    info = read_thread(codec, row)
    seq = find_seq(connection, row[0], "")
    if seq is None:
        raise damaged(f"the last checkpoint of thread `{info.id}`")
    read_saved(connection, codec, info, (row[0], "", seq), Remembered())


def _missing_values(
    connection: sqlite3.Connection, codec: Codec, ids: Mapping[int, str]
) -> Iterator[Damage]:
    for thread, seq, packed in connection.execute("SELECT thread, seq, channels FROM checkpoints"):
        channels = codec.decode(packed, f"checkpoint {seq}")
        for name, (n, _) in channels.items():
            if n and not isinstance(n, bytes) and not _is_there(connection, n):
                missing = damaged(f"value {n} of channel `{name}`")
                yield Damage(missing.message, ids.get(thread))


def _is_there(connection: sqlite3.Connection, n: int) -> bool:
    found = connection.execute("SELECT 1 FROM channel_values WHERE n = ?", (n,))
    return found.fetchone() is not None

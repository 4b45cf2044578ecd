"""What has happened on a checkpoint, in the order in which it was committed.

What began with a checkpoint is in its own row. Each later commit adds one row of `progress`: which
tasks it says have started, and how which have ended. Only the last entry may lie elsewhere: in the
row of the checkpoint that the same commit made, so that a superstep of a chain is one row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from graphcli.engine.values.model import Asked, Result
from graphcli.storage.checkpoints import Place, find_checkpoint
from graphcli.storage.codec import Codec
from graphcli.storage.records import read_result, result_parts
from graphcli.storage.seals import check_seal, damaged, seal
from graphcli.storage.values import read_row

#: An entry up to this many bytes lies in the row of the checkpoint that follows. A larger one
#: would make that row spill over to a page of its own.
CARRIED: Final = 512

_NO_ROWS: Final[Mapping[bytes, int]] = {}


def entry(
    codec: Codec,
    started: Sequence[str],
    results: Iterable[Result],
    rows: Mapping[bytes, int] = _NO_ROWS,
) -> bytes:
    """Return what one commit says: the tasks that started, then how tasks ended.

    `rows` are those of the values that the commit has written, by what is in them.

    Raises:
        UnsupportedValueError: a value cannot be stored.
    """
    return codec.encode(
        [list(started), [result_parts(codec, each, rows) for each in results]], "progress"
    )


def add_entry(connection: sqlite3.Connection, place: Place, number: int, body: bytes) -> None:
    """Write the entry `number` of a checkpoint, the first being 0."""
    key = (*place, number)
    connection.execute(
        "INSERT INTO progress VALUES (?, ?, ?, ?, ?, ?)", (*key, body, seal(key, body))
    )


def count_entries(connection: sqlite3.Connection, place: Place) -> int:
    """Return how many rows of `progress` a checkpoint has."""
    last = connection.execute(
        "SELECT max(k) FROM progress WHERE thread = ? AND ns = ? AND seq = ?", place
    ).fetchone()[0]
    return 0 if last is None else last + 1


class Progress:
    """The entries of a checkpoint, replayed: how often tasks have started, and how they ended."""

    def __init__(self) -> None:
        self.started: dict[str, int] = {}
        self._ended: dict[str, list[Any]] = {}

    def add(self, started: Iterable[str], ended: Iterable[list[Any]]) -> None:
        """Take in an entry. A task that starts again loses how it ended before."""
        for task in started:
            self.started[task] = self.started.get(task, 0) + 1
            self._ended.pop(task, None)
        for parts in ended:
            self._ended[parts[0]] = parts

    def results(
        self, connection: sqlite3.Connection, codec: Codec, asked: Mapping[str, Asked]
    ) -> dict[str, Result]:
        """Return how the tasks ended; `asked` has the questions of the checkpoint by id."""
        row = partial(read_row, connection, codec)
        return {task: read_result(codec, parts, asked, row) for task, parts in self._ended.items()}

    def has_failed(self, task: str) -> bool:
        """Return whether a task failed, and has not started again since."""
        return task in self._ended and self._ended[task][2] == "failed"


def progress_at(
    connection: sqlite3.Connection, codec: Codec, place: Place, begun: Iterable[str] = ()
) -> Progress:
    """Return what has happened at `place`, where the tasks `begun` began with the checkpoint.

    Raises:
        StorageDamagedError: an entry is missing or not as it was written.
    """
    progress = Progress()
    progress.add(begun, ())
    where = f"the progress of checkpoint {place[2]}"
    for body in _entries(connection, codec, place, where):
        progress.add(*codec.decode(body, where))
    return progress


def _entries(
    connection: sqlite3.Connection, codec: Codec, place: Place, where: str
) -> Iterator[bytes]:
    rows = connection.execute(
        "SELECT * FROM progress WHERE thread = ? AND ns = ? AND seq = ? ORDER BY k", place
    ).fetchall()
    for number, row in enumerate(rows):
        check_seal(where, row[5], row[:4], row[4])
        if row[3] != number:
            raise damaged(where)
        yield row[4]
    following = find_checkpoint(connection, codec, (*place[:2], place[2] + 1))
    if following is not None and following.carried is not None:
        yield following.carried

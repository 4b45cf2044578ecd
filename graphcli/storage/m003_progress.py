"""The third layout: what happens on a checkpoint, an entry for each commit, instead of its tasks.

A row of `tasks` was written again whenever its task started or ended, and lay on another page than
the checkpoint. Now a superstep's row says it all: from here on the body of a row of `checkpoints`
may have two more parts (the tasks that began with it, and the last entry of the one before it),
and its `channels` hold small values themselves. Rows of before stay as they are, those of
`answers` in a table with fewer pages to write.
"""

from __future__ import annotations

import sqlite3
from itertools import groupby
from typing import Any, Final

import ormsgpack

from graphcli.storage.seals import intact, seal

STATEMENTS: Final = (
    # `body` is which tasks have started, and how which have ended. Entries only ever follow one
    # another: `k` counts them from 0.
    """CREATE TABLE progress (
        thread INTEGER NOT NULL,
        ns TEXT NOT NULL,
        seq INTEGER NOT NULL,
        k INTEGER NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (thread, ns, seq, k)) WITHOUT ROWID""",
    # The journal as before, but a new answer is a page of it and one of its index: its number
    # follows the highest without a row elsewhere that keeps that, and an answer has the place of
    # its question, so one index leads to both.
    """CREATE TABLE journal (
        n INTEGER PRIMARY KEY,
        thread INTEGER NOT NULL,
        ns TEXT NOT NULL,
        seq INTEGER NOT NULL,
        question TEXT NOT NULL,
        task TEXT NOT NULL,
        position INTEGER NOT NULL,
        status TEXT NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL)""",
    "INSERT INTO journal SELECT * FROM answers ORDER BY n",
    "DROP TABLE answers",
    "ALTER TABLE journal RENAME TO answers",
    "CREATE INDEX answers_by_question ON answers (thread, ns, seq, question)",
)


def bring_over(connection: sqlite3.Connection) -> None:
    """Make one entry of the tasks of each checkpoint. What was damaged stays so."""
    rows = connection.execute("SELECT * FROM tasks ORDER BY thread, ns, seq, task")
    connection.executemany(
        "INSERT INTO progress VALUES (?, ?, ?, 0, ?, ?)",
        (_entry(place, list(tasks)) for place, tasks in groupby(rows, lambda row: row[:3])),
    )
    connection.execute("DROP TABLE tasks")


def _entry(place: tuple[int, str, int], tasks: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The row of an entry without its `k`, for all that `tasks` says of the checkpoint."""
    whole = [row for row in tasks if intact(row[7], row[:6], row[6])]
    started = [row[3] for row in whole for _ in range(row[4])]
    ended = [[row[3], *ormsgpack.unpackb(row[6])] for row in whole if row[6] is not None]
    body = ormsgpack.packb([started, ended])
    crc = seal((*place, 0), body)
    return (*place, body, crc if len(whole) == len(tasks) else crc ^ 1)

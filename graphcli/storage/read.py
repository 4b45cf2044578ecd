"""Threads and checkpoints as they were saved. Everything here runs inside a read transaction."""

from __future__ import annotations

import sqlite3
from typing import Any, Final, Literal

from graphcli.dataclass import dataclass
from graphcli.engine.values.checkpointer import Saved, ThreadInfo
from graphcli.engine.values.model import Answer, Status
from graphcli.storage.checkpoints import (
    CheckpointRow,
    Place,
    find_checkpoint,
    read_checkpoint,
)
from graphcli.storage.codec import Codec
from graphcli.storage.overview import list_query
from graphcli.storage.progress import progress_at
from graphcli.storage.questions import answers_at, open_answer, questions_at
from graphcli.storage.records import read_thread
from graphcli.storage.seals import damaged
from graphcli.storage.values import Remembered, ValueReader

#: What leads from a thread's id to its row.
_INDEX: Final = "the index of thread ids"

#: What the index has beside an id that it has not, each with what the row of that number holds.
_NEIGHBOURS: Final = """
    SELECT id, (SELECT t.id FROM threads AS t WHERE t.n = below.n)
        FROM (SELECT id, n FROM threads WHERE id < ? ORDER BY id DESC LIMIT 1) AS below
    UNION ALL
    SELECT id, (SELECT t.id FROM threads AS t WHERE t.n = above.n)
        FROM (SELECT id, n FROM threads WHERE id > ? ORDER BY id LIMIT 1) AS above"""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One answer of a thread's journal, in the order in which they were given.

    `status` is `accepted`, `replaced` by a later one after its task failed, or `void` because
    the node asked something else when it ran again. It is `settled` for a verdict on an uncertain
    task: `answer.question` is the task's id, and the value has the verdict, with its update.
    """

    node: str
    ns: str
    status: Literal["accepted", "replaced", "void", "settled"]
    answer: Answer


def find_thread(
    connection: sqlite3.Connection, codec: Codec, id_: str
) -> tuple[int, ThreadInfo] | None:
    """Return a thread's number and what is known of it; None if there is none.

    Raises:
        StorageDamagedError: the row, or the index that leads to it, is not as it was written.
    """
    row = connection.execute("SELECT * FROM threads WHERE id = ?", (id_,)).fetchone()
    if row is None:
        _check_neighbours(connection, id_)
        return None
    if row[1] != id_:
        raise damaged(_INDEX)
    return row[0], read_thread(codec, row)


def _check_neighbours(connection: sqlite3.Connection, id_: str) -> None:
    """Raise StorageDamagedError if the index names beside `id_` what its table does not hold.

    SQLite believes an index. A thread whose entry is damaged would be hidden, and could begin
    again; its entry is where the thread was looked for, so only what lies there has to be seen.
    """
    for name, held in connection.execute(_NEIGHBOURS, (id_, id_)).fetchall():
        if held != name:
            raise damaged(_INDEX)


def refuse_hidden(connection: sqlite3.Connection, id_: str) -> None:
    """Look for a thread without the index, row by row: some 13 ms for 100,000 threads.

    Raises:
        StorageDamagedError: it is there, and the index does not lead to it.
    """
    row = connection.execute("SELECT 1 FROM threads NOT INDEXED WHERE id = ?", (id_,)).fetchone()
    if row is not None:
        raise damaged(_INDEX)


def find_seq(
    connection: sqlite3.Connection,
    thread: int,
    ns: str,
    checkpoint: str | None = None,
    below: int | None = None,
) -> int | None:
    """Return the `seq` of a checkpoint by its id, or of the newest one (under `below`)."""
    if checkpoint is not None:
        # A scan of one thread, because an index of ids would be written by every superstep.
        found = connection.execute(
            "SELECT seq FROM checkpoints WHERE thread = ? AND ns = ? AND id = ?",
            (thread, ns, checkpoint),
        ).fetchone()
    else:
        found = connection.execute(
            "SELECT max(seq) FROM checkpoints WHERE thread = ? AND ns = ? AND seq < ?",
            (thread, ns, 2**62 if below is None else below),
        ).fetchone()
    return None if found is None else found[0]


def read_saved(
    connection: sqlite3.Connection,
    codec: Codec,
    info: ThreadInfo,
    place: Place,
    remembered: Remembered,
) -> Saved:
    """Return the checkpoint at `place` with all that happened on it."""
    row = find_checkpoint(connection, codec, place)
    if row is None:
        raise damaged(f"checkpoint {place[2]}")
    values = _values(row, codec, ValueReader(connection, codec, info.uid, remembered))
    checkpoint = read_checkpoint(codec, row, values)
    order = {task.id: number for number, task in enumerate(checkpoint.tasks)}
    questions = questions_at(connection, codec, place)
    questions.sort(key=lambda told: order.get(told[1].task, -1))
    progress = progress_at(connection, codec, place, row.begun)
    return Saved(
        info,
        place[1],
        checkpoint,
        progress.started,
        progress.results(connection, codec, {asked.id: asked for _, asked in questions}),
        tuple(asked for status, asked in questions if status == "open"),
        answers_at(connection, codec, place),
        tuple(asked for status, asked in questions if status != "void"),
    )


def _values(row: CheckpointRow, codec: Codec, reader: ValueReader) -> dict[str, Any]:
    """What the channels of a checkpoint hold: small values lie in its row."""
    return {
        name: codec.decode(at, row.where) if isinstance(at, bytes) else reader.read(at, name)
        for name, (at, _) in row.channels.items()
        if at
    }


def list_threads(
    connection: sqlite3.Connection,
    codec: Codec,
    status: Status | None,
    graph: str | None,
    limit: int,
    before: int | None,
    after: int | None = None,
) -> list[ThreadInfo]:
    """Return threads, the last changed first; see `Storage.threads`."""
    sql, values = list_query(status, graph, limit, before, after)
    return [read_thread(codec, row) for row in connection.execute(sql, values).fetchall()]


def match_ids(connection: sqlite3.Connection, prefix: str, limit: int) -> list[str]:
    """Return the ids that begin with `prefix`, in order, the exact one first."""
    found = connection.execute(
        "SELECT id FROM threads WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (prefix, prefix + "\U0010ffff", limit),
    )
    return [row[0] for row in found.fetchall()]


def read_journal(connection: sqlite3.Connection, codec: Codec, thread: int) -> list[JournalEntry]:
    """Return every answer that a thread was ever given."""
    rows = connection.execute("SELECT * FROM answers WHERE thread = ? ORDER BY n", (thread,))
    entries = []
    for row in rows.fetchall():
        node, answer = open_answer(codec, row)
        entries.append(JournalEntry(node, row[2], row[7], answer))
    return entries

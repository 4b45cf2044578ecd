"""Rows of `checkpoints`: a thread between two supersteps, and what lies beside it.

A superstep of a chain writes one such row and nothing else, unless it wrote a list or a large
value: small values are in it, the tasks that start with it, and how those before it ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphcli.engine.values.model import START, UNSET, Checkpoint, Task
from graphcli.storage.codec import Codec
from graphcli.storage.seals import check_seal, seal

#: (thread's number, ns, seq): the key of a checkpoint.
Place = tuple[int, str, int]


class CheckpointRow(NamedTuple):
    """A row of `checkpoints`, opened: `channels` has, for each channel, where its value is.

    That is the number of its row, 0 for none, or the value itself, encoded; and what
    `Checkpoint.changed` said, if anything. `begun` are the tasks that started with the checkpoint,
    `carried` is the last entry of the progress of the one before it.
    """

    seq: int
    id: str
    channels: dict[str, tuple[int | bytes, int | None]]
    record: list[Any]
    begun: Sequence[str] = ()
    carried: bytes | None = None

    @property
    def where(self) -> str:
        """What errors call it."""
        return f"checkpoint {self.seq}"


def checkpoint_body(
    codec: Codec, checkpoint: Checkpoint, begun: Sequence[str], carried: bytes | None
) -> bytes:
    """Return everything of a checkpoint but its key and its channels, with what lies beside it."""
    metadata, joins = checkpoint.metadata, checkpoint.joins
    record = [
        checkpoint.step,
        checkpoint.source,
        checkpoint.parent,
        checkpoint.created_at,
        [_task_parts(codec, task) for task in checkpoint.tasks],
        {name: sorted(sources) for name, sources in joins.items()} if joins else {},
        sorted(checkpoint.deferred),
        codec.encode(dict(metadata), "metadata") if metadata else None,
        list(begun),
        carried,
    ]
    return codec.encode(record, "checkpoint")


def put_checkpoint(
    connection: sqlite3.Connection, place: Place, id_: str, packed: bytes, body: bytes
) -> None:
    """Write the row of a checkpoint, `packed` being its channels, in place of the one there was."""
    key = (*place, id_)
    connection.execute(
        "REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*key, packed, body, seal(key, packed, body)),
    )


def find_checkpoint(
    connection: sqlite3.Connection, codec: Codec, place: Place
) -> CheckpointRow | None:
    """Return the row of the checkpoint at `place`, None if there is none.

    Raises:
        StorageDamagedError: it is not as it was written.
    """
    row = connection.execute(
        "SELECT * FROM checkpoints WHERE thread = ? AND ns = ? AND seq = ?", place
    ).fetchone()
    return None if row is None else open_checkpoint(codec, row)


def open_checkpoint(codec: Codec, row: tuple[Any, ...]) -> CheckpointRow:
    """Return a row of `checkpoints`, checked against its checksum.

    Raises:
        StorageDamagedError: it is not as it was written.
    """
    where = f"checkpoint {row[2]}"
    check_seal(where, row[6], row[:4], row[4], row[5])
    channels = {name: (at, keep) for name, (at, keep) in codec.decode(row[4], where).items()}
    record = codec.decode(row[5], where)
    # Rows of before layout 3 end here: their tasks were brought over as progress.
    return CheckpointRow(row[2], row[3], channels, record[:8], *record[8:])


def read_checkpoint(codec: Codec, row: CheckpointRow, values: Mapping[str, Any]) -> Checkpoint:
    """Return the checkpoint in `row`; `values` are what its channels hold."""
    step, source, parent, created_at, tasks, joins, deferred, metadata = row.record
    return Checkpoint(
        id=row.id,
        seq=row.seq,
        step=step,
        source=source,
        values=values,
        tasks=tuple(_read_task(codec, parts, row.where) for parts in tasks),
        parent=parent,
        joins={name: frozenset(sources) for name, sources in joins.items()},
        deferred=frozenset(deferred),
        changed={name: keep for name, (_, keep) in row.channels.items() if keep is not None},
        created_at=created_at,
        metadata={} if metadata is None else codec.decode(metadata, row.where),
    )


def _task_parts(codec: Codec, task: Task) -> list[Any]:
    given = None
    if task.input is not UNSET:
        place = "input" if task.node == START else f"input of {task.node}"
        given = codec.encode(task.input, place)
    return [task.id, task.node, *task.path, task.on_crash, given]


def _read_task(codec: Codec, parts: list[Any], where: str) -> Task:
    id_, node, kind, order, on_crash, given = parts
    value = UNSET if given is None else codec.decode(given, where)
    return Task(id_, node, (kind, order), value, on_crash)

"""A commit as rows: one transaction, or nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from graphcli.engine.checkpointer import Commit, ThreadInfo
from graphcli.engine.model import Checkpoint, Result
from graphcli.errors import ConflictError, NotFoundError, ThreadExistsError
from graphcli.storage.codec import Codec
from graphcli.storage.questions import (
    answer_question,
    ask,
    count_open,
    void_question,
    withdraw,
)
from graphcli.storage.read import read_channels
from graphcli.storage.records import (
    ThreadRow,
    checkpoint_body,
    failure_body,
    read_thread_body,
    result_body,
    seal_thread,
    thread_body,
    thread_row,
)
from graphcli.storage.seals import seal
from graphcli.storage.values import ValueWriter


class Head(NamedTuple):
    """The newest checkpoint of (thread, ns), so that the next commit need not read it again.

    `channels` has the row of each channel's value.
    """

    uid: str
    seq: int
    id: str
    channels: Mapping[str, int]


class CommitWriter:
    """Makes one commit true, inside a transaction that is alone in writing.

    `known` is what an earlier commit left of the head, if anything; `at` is the time. After
    `write`, `head` is the new head.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        codec: Codec,
        commit: Commit,
        at: str,
        known: Head | None,
    ) -> None:
        self._connection = connection
        self._codec = codec
        self._commit = commit
        self._at = at
        self.head = known
        self._asked = False

    def write(self) -> None:
        """Write every part of the commit in the order in which it happened.

        Raises:
            ConflictError: an answer came too late, or somebody else moved the thread.
            NotFoundError: the thread or a question is unknown.
            ThreadExistsError: a new thread's id is taken.
            UnsupportedValueError: a value cannot be stored.
        """
        commit = self._commit
        row, newest = self._thread()
        self._n = row[0]
        for answer in commit.answers:
            answer_question(self._connection, self._codec, self._n, answer)
        for question in commit.void:
            void_question(self._connection, self._n, question)
        if commit.amended is not None:
            self._amend(row[2], commit.amended)
        if commit.checkpoints:
            self._put_checkpoints(row[2])
        for task in commit.started:
            self._put_started(task)
        for result in commit.results:
            self._put_result(commit.at, result)
        for result in commit.kept:
            self._put_result(commit.checkpoints[-1].seq, result)
        open_ = self._settle_questions(row[6])
        self._put_thread(row, newest, open_)

    # The thread ---------------------------------------------------------------------------

    def _thread(self) -> tuple[ThreadRow, int]:
        """The thread's row, made if it is new, and the newest `seq` of all threads."""
        found = self._connection.execute(
            "SELECT *, (SELECT max(seq) FROM threads) FROM threads WHERE id = ?",
            (self._commit.thread,),
        ).fetchone()
        if self._commit.new is None:
            if found is None:
                raise NotFoundError(
                    f"there is no thread `{self._commit.thread}`", "see them: graphcli list"
                )
            return found[:11], found[12]
        if found is not None:
            raise ThreadExistsError(self._commit.thread, found[4])
        return self._new_thread(self._commit.new)

    def _new_thread(self, info: ThreadInfo) -> tuple[ThreadRow, int]:
        n, newest = self._connection.execute(
            # One query each: SQLite looks up a lone maximum, and scans the table for two.
            "SELECT coalesce((SELECT max(n) FROM threads), 0) + 1,"
            " coalesce((SELECT max(seq) FROM threads), 0)"
        ).fetchone()
        info = replace(
            info,
            id=self._commit.thread,
            uid=info.uid or os.urandom(8).hex(),
            created_at=info.created_at or self._at,
            seq=newest + 1,
            open=0,
        )
        row = thread_row(self._codec, n, info)
        self._connection.execute(
            "INSERT INTO threads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, seal_thread(row)),
        )
        return row, newest + 1

    def _put_thread(self, row: ThreadRow, newest: int, open_: int) -> None:
        status = self._commit.status.value
        failure = failure_body(self._codec, self._commit.failure)
        body = self._body(row)
        # The newest thread stays the newest: its place is written only when another changed since.
        seq = row[5] if row[5] == newest else newest + 1
        new: ThreadRow = (*row[:4], status, seq, open_, row[7], self._at, body, failure)
        if new[4:6] != row[4:6]:
            # A statement of its own, because naming an indexed column rewrites its four indexes.
            self._connection.execute(
                "UPDATE threads SET status = ?, seq = ? WHERE n = ?", (status, seq, row[0])
            )
        self._connection.execute(
            "UPDATE threads SET open = ?, updated_at = ?, body = ?, failure = ?, crc = ?"
            " WHERE n = ?",
            (open_, self._at, body, failure, seal_thread(new), row[0]),
        )

    def _body(self, row: ThreadRow) -> bytes:
        """What the thread's row says of the graph: as it was, or with its new fingerprint."""
        if self._commit.fingerprint is None:
            return row[9]
        reference, _ = read_thread_body(self._codec, row[9], f"thread `{row[1]}`")
        return thread_body(self._codec, reference, self._commit.fingerprint)

    # Checkpoints --------------------------------------------------------------------------

    def _put_checkpoints(self, uid: str) -> None:
        head = self._current_head(uid)
        for checkpoint in self._commit.checkpoints:
            head = self._put_checkpoint(uid, head, checkpoint)
        self.head = head

    def _current_head(self, uid: str) -> Head | None:
        """The head as it is in the database: what we remember of it may be another one's past."""
        found = self._connection.execute(
            "SELECT seq, id FROM checkpoints WHERE thread = ? AND ns = ? ORDER BY seq DESC LIMIT 1",
            (self._n, self._commit.ns),
        ).fetchone()
        if found is None:
            return None
        if self.head is not None and self.head[:3] == (uid, *found):
            return self.head
        place = (self._n, self._commit.ns, found[0])
        channels = read_channels(self._connection, self._codec, place)
        rows = {name: n for name, (n, _) in channels.items() if n}
        return Head(uid, found[0], found[1], rows)

    def _put_checkpoint(self, uid: str, head: Head | None, checkpoint: Checkpoint) -> Head:
        if head is not None and checkpoint.seq <= head.seq:
            raise self._moved_on(head)
        # A fork leaves the head's line: what it holds is known by its values alone.
        follows = head is not None and checkpoint.parent == head.id
        before = head.channels if head is not None and follows else {}
        writer = ValueWriter(self._connection, self._codec, self._n)
        rows = writer.write(before, checkpoint)
        self._insert_checkpoint(checkpoint, rows)
        return Head(uid, checkpoint.seq, checkpoint.id, rows)

    def _amend(self, uid: str, checkpoint: Checkpoint) -> None:
        """Write the head anew, as what it has become."""
        head = self._current_head(uid)
        if head is None or head.id != checkpoint.id:
            raise self._moved_on(head)
        writer = ValueWriter(self._connection, self._codec, self._n)
        rows = writer.write(head.channels, checkpoint)
        self._insert_checkpoint(checkpoint, rows)
        self.head = Head(uid, checkpoint.seq, checkpoint.id, rows)

    def _moved_on(self, head: Head | None) -> ConflictError:
        return ConflictError(
            f"thread `{self._commit.thread}` has moved on: another run saved checkpoint "
            f"{head.seq if head else 0} of it",
            f"look at it: graphcli inspect {self._commit.thread}",
        )

    def _insert_checkpoint(self, checkpoint: Checkpoint, rows: Mapping[str, int]) -> None:
        changed = checkpoint.changed
        channels = {name: (n, changed.get(name)) for name, n in rows.items()}
        # A channel may be gone and yet be told as changed: 0 is no row.
        channels |= {name: (0, keep) for name, keep in changed.items() if name not in rows}
        packed = self._codec.encode({k: list(v) for k, v in channels.items()}, "channels")
        body = checkpoint_body(self._codec, checkpoint)
        key = (self._n, self._commit.ns, checkpoint.seq, checkpoint.id)
        self._connection.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*key, packed, body, seal(key, packed, body)),
        )

    # Tasks --------------------------------------------------------------------------------

    def _put_result(self, seq: int, result: Result) -> None:
        if result.asked is not None:
            place = (self._n, self._commit.ns, seq)
            ask(self._connection, self._codec, place, result.asked)
            self._asked = True
        body = result_body(self._codec, result)
        started = self._started(seq, result.task)
        self._put_task(seq, result.task, started, result.outcome == "failed", body)

    def _put_started(self, task: str) -> None:
        """Count an attempt; it takes the place of how the one before it ended."""
        checkpoints = self._commit.checkpoints
        seq = checkpoints[-1].seq if checkpoints else self._commit.at
        # Nothing can have started yet at a checkpoint that this very commit brings.
        before = 0 if checkpoints else self._started(seq, task)
        self._put_task(seq, task, before + 1, False, None)

    def _started(self, seq: int, task: str) -> int:
        found = self._connection.execute(
            "SELECT started FROM tasks WHERE thread = ? AND ns = ? AND seq = ? AND task = ?",
            (self._n, self._commit.ns, seq, task),
        ).fetchone()
        return found[0] if found else 0

    def _put_task(
        self, seq: int, task: str, started: int, failed: bool, body: bytes | None
    ) -> None:
        key = (self._n, self._commit.ns, seq, task, started, int(failed))
        self._connection.execute(
            "INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*key, body, seal(key, body)),
        )

    # Questions ----------------------------------------------------------------------------

    def _settle_questions(self, open_: int) -> int:
        """Close the questions that this commit leaves behind; return how many are open now."""
        commit = self._commit
        if not open_ and not self._asked:
            return 0
        if commit.withdrawn:
            withdraw(self._connection, self._n)
        elif commit.checkpoints:
            withdraw(self._connection, self._n, commit.ns, commit.checkpoints[-1].seq)
        return count_open(self._connection, self._n)

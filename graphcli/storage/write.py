"""A commit as rows: one transaction, or nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphcli.dataclass import replace
from graphcli.engine.values.checkpointer import Commit, ThreadInfo
from graphcli.engine.values.model import Checkpoint, Result, Status
from graphcli.errors import ConflictError, NotFoundError, ThreadExistsError
from graphcli.storage.checkpoints import checkpoint_body, find_checkpoint, put_checkpoint
from graphcli.storage.codec import Codec
from graphcli.storage.known import Head, Known, Line, Written
from graphcli.storage.progress import CARRIED, add_entry, count_entries, entry
from graphcli.storage.questions import (
    answer_question,
    ask,
    count_open,
    settle_task,
    void_question,
    withdraw,
)
from graphcli.storage.records import (
    ThreadRow,
    failure_body,
    read_thread_body,
    seal_thread,
    thread_body,
    thread_row,
)
from graphcli.storage.values import ValueWriter

#: So much of a time is the second that it is in.
_SECOND: Final = 19


class CommitWriter:
    """Makes one commit true, inside a transaction that is alone in writing.

    `known` is what earlier commits have left; `write` brings it up to date. `at` is the time.
    """

    def __init__(
        self, connection: sqlite3.Connection, codec: Codec, commit: Commit, at: str, known: Known
    ) -> None:
        self._connection = connection
        self._codec = codec
        self._commit = commit
        self._at = at
        self._known = known
        self._key = (commit.thread, commit.ns)
        self._left: Head | None = None
        self._said: bytes | None = None
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
        self._line = self._thread() if commit.new is None else self._new_thread(commit.new)
        self._n = self._line.row[0]
        if commit.answers or commit.settled or commit.void:
            self._take_told()
        if commit.amended is not None:
            self._amend(commit.amended)
        if commit.checkpoints:
            self._move_on(commit.checkpoints)
        elif commit.started or commit.results:
            self._add(commit.at, commit.started, commit.results)
        self._put_thread(self._line.row, self._settle_questions(self._line.row[6]))
        self._known.limit()

    def _take_told(self) -> None:
        commit = self._commit
        for answer in commit.answers:
            answer_question(self._connection, self._codec, self._n, answer)
        for doubted, verdict in commit.settled:
            place = (self._n, doubted.ns, commit.at)
            settle_task(self._connection, self._codec, place, doubted, verdict)
        for question in commit.void:
            void_question(self._connection, self._n, question)

    # The thread ---------------------------------------------------------------------------

    def _thread(self) -> Line:
        known = self._known.lines.get(self._commit.thread)
        if known is not None:
            return known
        found = self._connection.execute(
            "SELECT *, (SELECT max(seq) FROM threads) FROM threads WHERE id = ?",
            (self._commit.thread,),
        ).fetchone()
        if found is None:
            raise NotFoundError(
                f"there is no thread `{self._commit.thread}`", "see them: graphcli list"
            )
        self._known.newest = found[12]
        return Line(found[:11])

    def _new_thread(self, info: ThreadInfo) -> Line:
        """What will be the row of a new thread."""
        status, n, newest = self._connection.execute(
            # One query each: SQLite looks up a lone maximum, and scans the table for two.
            "SELECT (SELECT status FROM threads WHERE id = ?),"
            " coalesce((SELECT max(n) FROM threads), 0) + 1,"
            " coalesce((SELECT max(seq) FROM threads), 0)",
            (self._commit.thread,),
        ).fetchone()
        if status is not None:
            raise ThreadExistsError(self._commit.thread, status)
        self._known.newest = newest
        info = replace(
            info,
            id=self._commit.thread,
            uid=info.uid or os.urandom(8).hex(),
            created_at=info.created_at or self._at,
            seq=-1,  # none yet: `_put_thread` gives it the next one
            open=0,
        )
        return Line(thread_row(self._codec, n, info), values=0)

    def _put_thread(self, row: ThreadRow, open_: int) -> None:
        status = self._commit.status.value
        if self._commit.new is None and self._is_told(row, status, open_):
            self._known.lines[self._commit.thread] = self._line
            return
        failure = failure_body(self._codec, self._commit.failure)
        body = self._body(row)
        # The newest thread stays the newest: its place is written only when another changed since.
        seq = row[5] if row[5] == self._known.newest else self._known.newest + 1
        new: ThreadRow = (*row[:4], status, seq, open_, row[7], self._at, body, failure)
        if self._commit.new is not None:
            self._connection.execute(
                "INSERT INTO threads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*new, seal_thread(new)),
            )
        else:
            self._update_thread(row, new)
        self._known.newest = seq
        self._known.lines[self._commit.thread] = Line(new, self._line.values)

    def _is_told(self, row: ThreadRow, status: str, open_: int) -> bool:
        """Whether the row says all but that a running thread ran on in the second that it names.

        So a superstep leaves the row as it is, and the five indexes that it is in.
        """
        commit = self._commit
        if not status == row[4] == Status.RUNNING.value or open_ != row[6]:
            return False
        if commit.failure is not None or row[10] is not None or commit.fingerprint is not None:
            return False
        return row[8][:_SECOND] == self._at[:_SECOND]

    def _update_thread(self, row: ThreadRow, new: ThreadRow) -> None:
        # Naming an indexed column rewrites every index that it is in: the status is in two, the
        # place in three. So one that stays is not named; a page of each costs as much as a row.
        named: dict[str, str | int] = {"status": new[4]} if new[4] != row[4] else {}
        if new[5] != row[5]:
            named["seq"] = new[5]
        columns = "".join(f"{name} = ?, " for name in named)
        self._connection.execute(
            f"UPDATE threads SET {columns}open = ?, updated_at = ?, body = ?, failure = ?, crc = ?"  # noqa: S608 - constants
            " WHERE n = ?",
            (*named.values(), new[6], *new[8:], seal_thread(new), row[0]),
        )

    def _body(self, row: ThreadRow) -> bytes:
        """What the thread's row says of the graph: as it was, or with its new fingerprint."""
        if self._commit.fingerprint is None:
            return row[9]
        reference, _ = read_thread_body(self._codec, row[9], f"thread `{row[1]}`")
        return thread_body(self._codec, reference, self._commit.fingerprint)

    # Checkpoints --------------------------------------------------------------------------

    def _head(self) -> Head | None:
        known = self._known.heads.get(self._key)
        if known is not None or self._commit.new is not None:
            return known
        found = self._connection.execute(
            "SELECT seq, id FROM checkpoints WHERE thread = ? AND ns = ? ORDER BY seq DESC LIMIT 1",
            (self._n, self._commit.ns),
        ).fetchone()
        if found is None:
            return None
        row = find_checkpoint(self._connection, self._codec, (self._n, self._commit.ns, found[0]))
        places = {name: at for name, (at, _) in row.channels.items() if at} if row else {}
        known_as = {n: at if isinstance(at, bytes) else Written(at) for n, at in places.items()}
        return Head(found[0], found[1], known_as, None)

    def _move_on(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Write new checkpoints, and what was said of the head before them and of the last."""
        commit, self._left = self._commit, self._head()
        last = checkpoints[-1]
        for each in checkpoints:
            self._put_checkpoint(each, commit.started if each is last else ())
        self._ask(commit.at, commit.results)
        if self._said is not None:
            self._add_entry(commit.at, self._said)
        if commit.kept:
            self._add(last.seq, (), commit.kept)

    def _put_checkpoint(self, checkpoint: Checkpoint, begun: Sequence[str]) -> None:
        head, commit = self._head(), self._commit
        if head is not None and checkpoint.seq <= head.seq:
            raise self._moved_on(head)
        # A fork leaves the head's line: what it holds is known by its values alone.
        follows = head is not None and checkpoint.parent == head.id
        values = ValueWriter(self._connection, self._codec, self._line)
        places = values.write(head.channels if head is not None and follows else {}, checkpoint)
        carried = None
        if commit.results and checkpoint is commit.checkpoints[0]:
            carried = self._carried(checkpoint, values.written)
        self._write_checkpoint(checkpoint, places, begun, carried)
        self._known.heads[self._key] = Head(checkpoint.seq, checkpoint.id, places, 0)

    def _carried(self, first: Checkpoint, rows: Mapping[bytes, int]) -> bytes | None:
        """What is said last of the head so far, if it fits into the row of what follows that."""
        at, before = self._commit.at, self._left
        said = entry(self._codec, (), self._commit.results, rows)
        left = None if before is None else (before.seq, before.seq + 1, before.id)
        if left == (at, first.seq, first.parent) and len(said) <= CARRIED:
            return said
        self._said = said
        return None

    def _amend(self, checkpoint: Checkpoint) -> None:
        """Write the head anew, as what it has become; what lies beside it in its row stays."""
        head = self._head()
        if head is None or head.id != checkpoint.id:
            raise self._moved_on(head)
        row = find_checkpoint(self._connection, self._codec, (self._n, self._commit.ns, head.seq))
        begun, carried = (row.begun, row.carried) if row else ((), None)
        values = ValueWriter(self._connection, self._codec, self._line)
        head.channels = values.write(head.channels, checkpoint)
        self._write_checkpoint(checkpoint, head.channels, begun, carried)
        self._known.heads[self._key] = head

    def _moved_on(self, head: Head | None) -> ConflictError:
        return ConflictError(
            f"thread `{self._commit.thread}` has moved on: another run saved checkpoint "
            f"{head.seq if head else 0} of it",
            f"look at it: graphcli inspect {self._commit.thread}",
        )

    def _write_checkpoint(
        self,
        checkpoint: Checkpoint,
        places: Mapping[str, Written | bytes],
        begun: Sequence[str],
        carried: bytes | None,
    ) -> None:
        """Write the row of a checkpoint, whose values are at `places`."""
        changed = checkpoint.changed
        channels: dict[str, list[Any]] = {
            name: [at if type(at) is bytes else at[0], changed.get(name)]
            for name, at in places.items()
        }
        # A channel may be gone and yet be told as changed: 0 is no row.
        channels |= {name: [0, keep] for name, keep in changed.items() if name not in places}
        packed = self._codec.encode(channels, "channels")
        body = checkpoint_body(self._codec, checkpoint, begun, carried)
        place = (self._n, self._commit.ns, checkpoint.seq)
        put_checkpoint(self._connection, place, checkpoint.id, packed, body)

    # Progress -----------------------------------------------------------------------------

    def _add(self, seq: int, started: Sequence[str], results: Sequence[Result]) -> None:
        """Add to what has happened on the checkpoint `seq`."""
        self._ask(seq, results)
        self._add_entry(seq, entry(self._codec, started, results))

    def _add_entry(self, seq: int, body: bytes) -> None:
        place = (self._n, self._commit.ns, seq)
        heads = (self._known.heads.get(self._key), self._left)
        head = next((each for each in heads if each is not None and each.seq == seq), None)
        if head is None or head.entries is None:
            number = count_entries(self._connection, place)
        else:
            number = head.entries
        add_entry(self._connection, place, number, body)
        if head is not None:
            head.entries = number + 1

    def _ask(self, seq: int, results: Sequence[Result]) -> None:
        for result in results:
            if result.asked is not None:
                place = (self._n, self._commit.ns, seq)
                ask(self._connection, self._codec, place, result.asked)
                self._asked = True

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

"""Questions and the journal of answers: who answers first wins, and nothing is forgotten.

A question is `open`, `answered`, `void` (its answer no longer fits what the node asks) or
`withdrawn` (the thread moved on). An answer in the journal is `accepted`, `replaced` or `void`;
`settled` is what a person said of an uncertain task, under the task's id.
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from graphcli.engine.graph.place import is_inside
from graphcli.engine.values.checkpointer import no_longer_asked
from graphcli.engine.values.model import Answer, Asked, Task
from graphcli.errors import AlreadyAnsweredError, NotFoundError, QuestionChangedError
from graphcli.storage.codec import Codec
from graphcli.storage.progress import progress_at
from graphcli.storage.records import answer_body, question_body, read_answer, read_question
from graphcli.storage.seals import check_seal, seal


class QuestionRow(NamedTuple):
    """A row of `questions`, without its thread."""

    id: str
    ns: str
    seq: int
    task: str
    position: int
    status: str
    digest: str
    body: bytes
    crc: int

    def seal(self, thread: int) -> int:
        """Return the checksum that belongs to the row."""
        return seal((thread, *self[:7]), self.body)


_COLUMNS = "id, ns, seq, task, position, status, digest, body, crc"

#: An answer lies where its question does.
_ACCEPTED = (
    "SELECT * FROM answers WHERE thread = ? AND ns = ? AND seq = ? AND question = ?"
    " AND status = 'accepted'"
)


def answer_question(
    connection: sqlite3.Connection, codec: Codec, thread: int, answer: Answer
) -> None:
    """Accept `answer` if its question is open and unchanged.

    Also if its task failed with the answer that this one says it replaces.

    Raises:
        NotFoundError: this thread never asked it.
        AlreadyAnsweredError: another answer was accepted before.
        QuestionChangedError: the digest differs, or the question is no longer asked.
    """
    row = _find(connection, thread, answer.question)
    asked = open_question(codec, thread, row)
    if row.status == "answered":
        before = _accepted(connection, codec, thread, row)
        progress = progress_at(connection, codec, (thread, row.ns, row.seq))
        if not progress.has_failed(row.task) or answer.replaces != before.at:
            raise AlreadyAnsweredError(row.id, before.by, before.how, before.at)
    if row.status not in ("open", "answered"):
        raise no_longer_asked(row.id, row.status, answer.digest, row.digest)
    if row.digest != answer.digest:
        raise QuestionChangedError(row.id, answer.digest, row.digest)
    _close_answers(connection, (thread, row.ns, row.seq, row.id), "replaced")
    _set_status(connection, thread, row, "answered")
    key = (thread, row.ns, row.seq, row.id, row.task, row.position, "accepted")
    _journal(connection, codec, key, answer, asked.node)


def settle_task(
    connection: sqlite3.Connection,
    codec: Codec,
    place: tuple[int, str, int],
    task: Task,
    verdict: Answer,
) -> None:
    """Journal what somebody said of a task at `place` (thread, ns, seq) that may have run."""
    _journal(connection, codec, (*place, task.id, task.id, 0, "settled"), verdict, task.node)


def void_question(connection: sqlite3.Connection, thread: int, question: str) -> None:
    """Mark a question and its accepted answer as void.

    Raises:
        NotFoundError: this thread never asked it.
    """
    row = _find(connection, thread, question)
    _set_status(connection, thread, row, "void")
    _close_answers(connection, (thread, row.ns, row.seq, question), "void")


def ask(
    connection: sqlite3.Connection, codec: Codec, place: tuple[int, str, int], asked: Asked
) -> None:
    """Open a question at `place` (thread, ns, seq). Asked again, its old answer becomes void."""
    thread, ns, seq = place
    key = (asked.id, ns, seq, asked.task, asked.index, "open", asked.digest)
    row = QuestionRow(*key, question_body(codec, asked), 0)
    # Where it was asked before, which is another place once a new head has taken it along.
    before = connection.execute(
        "SELECT thread, ns, seq FROM questions WHERE thread = ? AND id = ?", (thread, asked.id)
    ).fetchall()
    connection.execute(
        "INSERT OR REPLACE INTO questions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (thread, *row[:8], row.seal(thread)),
    )
    for each in {place, *before}:
        _close_answers(connection, (*each, asked.id), "void")


def withdraw(
    connection: sqlite3.Connection, thread: int, ns: str | None = None, before: int = 0
) -> None:
    """Close the open questions of a thread: all, or those that a head at `before` leaves behind.

    A head of `ns` leaves behind those of its older checkpoints and of the subgraphs in them.
    """
    open_ = connection.execute(
        f"SELECT {_COLUMNS} FROM questions WHERE thread = ? AND status = 'open'",  # noqa: S608 - constant
        (thread,),
    ).fetchall()
    for row in map(QuestionRow._make, open_):
        if ns is None or (row.seq < before if row.ns == ns else is_inside(row.ns, ns)):
            _set_status(connection, thread, row, "withdrawn")


def count_open(connection: sqlite3.Connection, thread: int) -> int:
    """Return how many questions of a thread wait for an answer."""
    found = connection.execute(
        "SELECT count(*) FROM questions WHERE thread = ? AND status = 'open'", (thread,)
    ).fetchone()
    return int(found[0])


def questions_at(
    connection: sqlite3.Connection, codec: Codec, place: tuple[int, str, int]
) -> list[tuple[str, Asked]]:
    """Return the questions of a checkpoint with their status, in task and question order."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM questions WHERE thread = ? AND ns = ? AND seq = ?"  # noqa: S608 - constant
        " ORDER BY task, position",
        place,
    )
    rows = map(QuestionRow._make, found.fetchall())
    return [(row.status, open_question(codec, place[0], row)) for row in rows]


def open_questions(connection: sqlite3.Connection, codec: Codec, thread: int) -> tuple[Asked, ...]:
    """Return every question of a thread that waits for an answer."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM questions WHERE thread = ? AND status = 'open'"  # noqa: S608 - constant
        " ORDER BY ns, seq, task, position",
        (thread,),
    )
    rows = map(QuestionRow._make, found.fetchall())
    return tuple(open_question(codec, thread, row) for row in rows)


def closed_questions(
    connection: sqlite3.Connection, codec: Codec, thread: int
) -> list[tuple[str, Asked]]:
    """Return the questions that nobody answered and nobody can any more, each with its status."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM questions WHERE thread = ?"  # noqa: S608 - constant
        " AND status IN ('withdrawn', 'void')"
        " AND id NOT IN (SELECT question FROM answers WHERE thread = ?)"
        " ORDER BY seq, ns, task, position",
        (thread, thread),
    )
    rows = map(QuestionRow._make, found.fetchall())
    return [(row.status, open_question(codec, thread, row)) for row in rows]


def asked_at_head(
    connection: sqlite3.Connection, codec: Codec, thread: int, ns: str
) -> tuple[Asked, ...]:
    """Return the questions that the last checkpoint of `ns` asked, answered ones included."""
    head = connection.execute(
        "SELECT max(seq) FROM checkpoints WHERE thread = ? AND ns = ?", (thread, ns)
    ).fetchone()
    told = questions_at(connection, codec, (thread, ns, head[0]))
    return tuple(asked for status, asked in told if status in ("open", "answered"))


def open_question(codec: Codec, thread: int, row: QuestionRow) -> Asked:
    """Return the question in `row`, checked against its checksum."""
    where = f"question {row.id}"
    check_seal(where, row.crc, (thread, *row[:7]), row.body)
    return read_question(codec, row[:7], row.body, where)


def answers_at(
    connection: sqlite3.Connection, codec: Codec, place: tuple[int, str, int]
) -> dict[str, tuple[Answer, ...]]:
    """Return what the tasks of a checkpoint were told, in the order of their questions."""
    # All of them, so that an answer whose status is damaged is noticed, not passed over.
    found = connection.execute(
        "SELECT * FROM answers WHERE thread = ? AND ns = ? AND seq = ? ORDER BY task, position",
        place,
    )
    told: dict[str, tuple[Answer, ...]] = {}
    for row in found.fetchall():
        answer = open_answer(codec, row)[1]
        if row[7] == "accepted":
            told[row[5]] = (*told.get(row[5], ()), answer)
    return told


def open_answer(codec: Codec, row: tuple[Any, ...]) -> tuple[str, Answer]:
    """Return the answer in a row of `answers`, and the node that asked."""
    where = f"answer {row[0]} to question {row[4]}"
    check_seal(where, row[9], row[1:8], row[8])
    return read_answer(codec, row[4], row[8], where)


def _find(connection: sqlite3.Connection, thread: int, question: str) -> QuestionRow:
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM questions WHERE thread = ? AND id = ?",  # noqa: S608 - constant
        (thread, question),
    ).fetchone()
    if found is None:
        raise NotFoundError(f"there is no question {question}", "see the open ones: graphcli inbox")
    return QuestionRow._make(found)


def _accepted(
    connection: sqlite3.Connection, codec: Codec, thread: int, row: QuestionRow
) -> Answer:
    found = connection.execute(_ACCEPTED, (thread, row.ns, row.seq, row.id)).fetchone()
    return open_answer(codec, found)[1] if found else Answer(row.id, row.digest, None)


def _set_status(connection: sqlite3.Connection, thread: int, row: QuestionRow, status: str) -> None:
    row = row._replace(status=status)
    connection.execute(
        "UPDATE questions SET status = ?, crc = ? WHERE thread = ? AND id = ?",
        (status, row.seal(thread), thread, row.id),
    )


def _journal(
    connection: sqlite3.Connection,
    codec: Codec,
    key: tuple[int, str, int, str, str, int, str],
    answer: Answer,
    node: str,
) -> None:
    body = answer_body(codec, answer, node)
    connection.execute(
        "INSERT INTO answers VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*key, body, seal(key, body)),
    )


def _close_answers(
    connection: sqlite3.Connection, question: tuple[int, str, int, str], status: str
) -> None:
    """Give the accepted answer to a question, if there is one, another status in the journal.

    `question` is its place, and its id.
    """
    for row in connection.execute(_ACCEPTED, question).fetchall():
        connection.execute(
            "UPDATE answers SET status = ?, crc = ? WHERE n = ?",
            (status, seal((*row[1:7], status), row[8]), row[0]),
        )

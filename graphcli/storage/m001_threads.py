"""The first layout: threads, checkpoints, channel values, tasks, questions, answers.

`crc` seals a row: CRC-32 over everything else in it, so that a damaged row is noticed when it is
read. Tables without rowid lie in the order of their key: what is read together lies together,
and a superstep touches one page of each.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    # One row for the storage itself: its own id, and when it was made.
    "CREATE TABLE storage (id TEXT NOT NULL, created_at TEXT NOT NULL)",
    """CREATE TABLE threads (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        uid TEXT NOT NULL,
        graph TEXT NOT NULL,
        status TEXT NOT NULL,
        seq INTEGER NOT NULL UNIQUE,
        open INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        body BLOB NOT NULL,
        failure BLOB,
        crc INTEGER NOT NULL)""",
    "CREATE INDEX threads_by_status ON threads (status, seq)",
    "CREATE INDEX threads_by_graph ON threads (graph, seq)",
    "CREATE INDEX threads_by_graph_and_status ON threads (graph, status, seq)",
    # `channels` maps each channel to the row of its value, and to what `Checkpoint.changed` said.
    """CREATE TABLE checkpoints (
        thread INTEGER NOT NULL,
        ns TEXT NOT NULL,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        channels BLOB NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (thread, ns, seq)) WITHOUT ROWID""",
    # A value is `body`, or the first `keep` items of the row `prev` followed by those of `body`.
    # `n` begins with the thread's number, so a thread's values lie together. `items` counts a
    # list's items (-1: no list), `size` estimates the bytes of the whole value, `cost` adds up
    # what has to be read for it.
    """CREATE TABLE channel_values (
        n INTEGER PRIMARY KEY,
        prev INTEGER NOT NULL,
        keep INTEGER NOT NULL,
        items INTEGER NOT NULL,
        size INTEGER NOT NULL,
        cost INTEGER NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL)""",
    """CREATE TABLE tasks (
        thread INTEGER NOT NULL,
        ns TEXT NOT NULL,
        seq INTEGER NOT NULL,
        task TEXT NOT NULL,
        started INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        result BLOB,
        crc INTEGER NOT NULL,
        PRIMARY KEY (thread, ns, seq, task)) WITHOUT ROWID""",
    """CREATE TABLE questions (
        thread INTEGER NOT NULL,
        id TEXT NOT NULL,
        ns TEXT NOT NULL,
        seq INTEGER NOT NULL,
        task TEXT NOT NULL,
        position INTEGER NOT NULL,
        status TEXT NOT NULL,
        digest TEXT NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (thread, id)) WITHOUT ROWID""",
    "CREATE INDEX questions_by_checkpoint ON questions (thread, ns, seq)",
    "CREATE INDEX questions_open ON questions (thread) WHERE status = 'open'",
    # The journal: no row ever leaves it while its thread exists.
    """CREATE TABLE answers (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        thread INTEGER NOT NULL,
        ns TEXT NOT NULL,
        seq INTEGER NOT NULL,
        question TEXT NOT NULL,
        task TEXT NOT NULL,
        position INTEGER NOT NULL,
        status TEXT NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL)""",
    "CREATE INDEX answers_by_checkpoint ON answers (thread, ns, seq)",
    "CREATE INDEX answers_by_question ON answers (thread, question)",
)

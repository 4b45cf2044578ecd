"""Drafts of answers: kept beside their question while it is open, and never longer."""

from __future__ import annotations

import sqlite3
from typing import Any

from graphcli.storage.codec import Codec
from graphcli.storage.seals import check_seal, seal


def keep_draft(
    connection: sqlite3.Connection,
    codec: Codec,
    key: tuple[int, str, str],
    value: Any,
) -> None:
    """Keep `value` for the question `key` (thread, id, digest) if it is open, else forget it.

    None keeps nothing. What was kept before is replaced.

    Raises:
        UnsupportedValueError: the value cannot be stored.
    """
    thread, question, digest = key
    connection.execute("DELETE FROM drafts WHERE thread = ? AND question = ?", key[:2])
    open_ = connection.execute(
        "SELECT 1 FROM questions WHERE thread = ? AND id = ? AND digest = ? AND status = 'open'",
        key,
    ).fetchone()
    if value is None or open_ is None:
        return
    body = codec.encode(value, "draft")
    row = (thread, question, digest, body, seal(key, body))
    connection.execute("INSERT INTO drafts VALUES (?, ?, ?, ?, ?)", row)


def read_draft(connection: sqlite3.Connection, codec: Codec, key: tuple[int, str, str]) -> Any:
    """Return what was kept for the question `key` (thread, id, digest), None for nothing."""
    found = connection.execute(
        "SELECT body, crc FROM drafts WHERE thread = ? AND question = ? AND digest = ?", key
    ).fetchone()
    if found is None:
        return None
    where = f"the draft of question {key[1]}"
    check_seal(where, found[1], key, found[0])
    return codec.decode(found[0], where)

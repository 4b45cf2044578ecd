"""The second layout: what a person has filled in of an open question and not sent yet.

A draft lives as long as its question is open: answered, void, withdrawn or deleted, it is gone in
the same transaction, whoever did it.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE drafts (
        thread INTEGER NOT NULL,
        question TEXT NOT NULL,
        digest TEXT NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (thread, question)) WITHOUT ROWID""",
    """CREATE TRIGGER drafts_of_closed AFTER UPDATE OF status ON questions
        WHEN new.status <> 'open'
        BEGIN DELETE FROM drafts WHERE thread = new.thread AND question = new.id; END""",
    """CREATE TRIGGER drafts_of_deleted AFTER DELETE ON questions
        BEGIN DELETE FROM drafts WHERE thread = old.thread AND question = old.id; END""",
)

"""A draft lives as long as its question is open, whoever closes it and however."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.errors import StorageDamagedError
from graphcli.storage import Storage, examine, open_storage
from tests.contract.build import answer, asked, checkpoint, waiting

DRAFT = {"values": {"decision": "deploy", "share": 10}, "typed": {"comment": "half"}}
KEY = ("release", "q1", "d1")

ENDS: dict[str, Callable[[Storage], None]] = {
    "answered": lambda s: s.commit(Commit("release", 0, answers=(answer("q1"),))),
    "void": lambda s: s.commit(Commit("release", 0, void=("q1",))),
    "cancelled": lambda s: s.commit(Commit("release", 0, withdrawn=True, status=Status.CANCELLED)),
    "left behind": lambda s: s.commit(Commit("release", 0, checkpoints=(checkpoint(1),))),
    "deleted": lambda s: s.delete("release"),
}


def rows(storage: Storage) -> int:
    with closing(sqlite3.connect(storage.path)) as connection:
        return int(connection.execute("SELECT count(*) FROM drafts").fetchone()[0])


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = open_storage(tmp_path)
    waiting(storage, asked("q1", "t1"), asked("q2", "t2"))
    storage.keep_draft(*KEY, DRAFT)
    return storage


def test_a_draft_is_kept_replaced_and_forgotten(storage: Storage) -> None:
    with open_storage(storage.path) as again:
        assert again.draft(*KEY) == DRAFT
    assert storage.draft("release", "q1", "d2") is None, "the question is another one by now"
    storage.keep_draft(*KEY, {"typed": {}})
    assert storage.draft(*KEY) == {"typed": {}}
    storage.keep_draft(*KEY, None)
    assert rows(storage) == 0


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_with_its_question(storage: Storage, end: str) -> None:
    storage.keep_draft("release", "q2", "d1", DRAFT)
    ENDS[end](storage)
    assert storage.draft(*KEY) is None
    assert rows(storage) == (1 if end in ("answered", "void") else 0)
    if end != "deleted":
        storage.keep_draft(*KEY, DRAFT)  # by somebody who did not know
        assert storage.draft(*KEY) is None


def test_without_its_triggers_it_would_stay(storage: Storage) -> None:
    # The control of the test above.
    with closing(sqlite3.connect(storage.path)) as connection:
        connection.execute("DROP TRIGGER drafts_of_closed")
        connection.execute("DROP TRIGGER drafts_of_deleted")
    for end in ("answered", "cancelled", "deleted"):
        ENDS[end](storage)
        assert rows(storage) == 1


def test_nothing_is_kept_of_a_question_that_is_not_asked(storage: Storage) -> None:
    for key in (("release", "q9", "d1"), ("release", "q2", "d9"), ("other", "q1", "d1")):
        storage.keep_draft(*key, DRAFT)
        assert storage.draft(*key) is None
    with open_storage(storage.path.with_name("none.db"), create=False) as nothing:
        assert nothing.draft(*KEY) is None


def test_a_damaged_draft_is_told(storage: Storage) -> None:
    with closing(sqlite3.connect(storage.path)) as connection:
        connection.execute("UPDATE drafts SET body = x'00'")
        connection.commit()
    with pytest.raises(StorageDamagedError, match="the draft of question q1"):
        storage.draft(*KEY)
    damaged = [check.says for check in examine(storage.path) if check.state == "damaged"]
    assert damaged == ["thread `release`: the draft of question q1 is not as it was written"]

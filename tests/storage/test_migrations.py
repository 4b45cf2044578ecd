"""Layouts move forward, each in one transaction, and never under a run's feet."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from graphcli.errors import StorageLockedError
from graphcli.storage import open_storage
from graphcli.storage.claims import Claims
from graphcli.storage.migrations import MIGRATIONS, Migration, bring_up, version_of
from graphcli.storage.sqlite import connect
from tests.contract.build import begin, load

NEXT = (*MIGRATIONS, Migration("m003_more", ("ALTER TABLE storage ADD COLUMN more TEXT",)))
BROKEN = (
    *NEXT,
    Migration("m004_broken", ("CREATE TABLE half (n INTEGER)", "INSERT INTO nowhere VALUES (1)")),
)


def now() -> str:
    return "then"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with open_storage(tmp_path) as storage:
        begin(storage, "release", n=1)
    return storage.path


def claims_of(path: Path) -> Claims:
    return Claims(path.with_name(f"{path.name}.claims"), now)


def test_each_step_is_recorded(old: Path) -> None:
    with closing(connect(old)) as connection:
        bring_up(connection, old, claims_of(old), now, NEXT)
        assert version_of(connection) == 3
        found = connection.execute("SELECT version, name FROM migrations").fetchall()
        assert found == [(1, "m001_threads"), (2, "m002_drafts"), (3, "m003_more")]
        bring_up(connection, old, claims_of(old), now, NEXT)  # and only once


def test_a_step_that_fails_leaves_the_one_before(old: Path) -> None:
    with closing(connect(old)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            bring_up(connection, old, claims_of(old), now, BROKEN)
        assert version_of(connection) == 3
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'")
        assert tables.fetchall() == []


def test_a_run_that_holds_a_thread_stops_it(old: Path) -> None:
    with closing(connect(old)) as connection, open_storage(old) as storage:
        with (
            storage.claim("release"),
            pytest.raises(StorageLockedError, match=r"process .* runs one of its threads"),
        ):
            bring_up(connection, old, claims_of(old), now, NEXT)
        assert version_of(connection) == 2
        bring_up(connection, old, claims_of(old), now, NEXT)
        assert version_of(connection) == 3


def test_the_released_layouts_never_change(old: Path) -> None:
    # A storage of the first release must be opened by every later one: the text is the format.
    with closing(connect(old)) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = {row[0] for row in found.fetchall()}
    tables = {"migrations", "storage", "threads", "checkpoints", "channel_values", "tasks"}
    assert names - {"sqlite_sequence"} == tables | {"questions", "answers", "drafts"}
    with open_storage(old) as storage:
        assert load(storage).checkpoint.values == {"n": 1}
        assert len(storage.id) == 32

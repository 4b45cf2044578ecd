"""Layouts move forward, each in one transaction, and never under a run's feet."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.errors import StorageDamagedError, StorageLockedError
from graphcli.storage import Storage, m003_progress, open_storage
from graphcli.storage.claims import Claims
from graphcli.storage.health import examine
from graphcli.storage.location import APPLICATION_ID, make_file
from graphcli.storage.migrations import MIGRATIONS, Migration, bring_up, version_of
from graphcli.storage.rows import damages
from graphcli.storage.sqlite import connect
from tests.contract.build import answer, begin, checkpoint, done, load

NEXT = (*MIGRATIONS, Migration("m004_more", ("ALTER TABLE storage ADD COLUMN more TEXT",)))
BROKEN = (
    *NEXT,
    Migration("m005_broken", ("CREATE TABLE half (n INTEGER)", "INSERT INTO nowhere VALUES (1)")),
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
        assert version_of(connection) == 4
        found = connection.execute("SELECT version, name FROM migrations").fetchall()
        names = ["m001_threads", "m002_drafts", "m003_progress", "m004_more"]
        assert found == list(enumerate(names, 1))
        bring_up(connection, old, claims_of(old), now, NEXT)  # and only once


def test_a_step_that_fails_leaves_the_one_before(old: Path) -> None:
    with closing(connect(old)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            bring_up(connection, old, claims_of(old), now, BROKEN)
        assert version_of(connection) == 4
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'")
        assert tables.fetchall() == []


def test_a_run_that_holds_a_thread_stops_it(old: Path) -> None:
    with closing(connect(old)) as connection, open_storage(old) as storage:
        with (
            storage.claim("release"),
            pytest.raises(StorageLockedError, match=r"process .* runs one of its threads"),
        ):
            bring_up(connection, old, claims_of(old), now, NEXT)
        assert version_of(connection) == 3
        bring_up(connection, old, claims_of(old), now, NEXT)
        assert version_of(connection) == 4


def test_the_released_layouts_never_change(old: Path) -> None:
    # A storage of the first release must be opened by every later one: the text is the format.
    with closing(connect(old)) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = {row[0] for row in found.fetchall()}
    tables = {"migrations", "storage", "threads", "checkpoints", "channel_values", "progress"}
    assert names - {"sqlite_sequence"} == tables | {"questions", "answers", "drafts"}
    with open_storage(old) as storage:
        assert load(storage).checkpoint.values == {"n": 1}
        assert len(storage.id) == 32


# From older layouts -----------------------------------------------------------------------

HERE = Path(__file__).parent

#: What a program of layout 2 told of the storage in `layout2.sql`, which it wrote.
TOLD = (HERE / "layout2.txt").read_text().splitlines()


def made_by_an_older_program(path: Path, layout: int) -> None:
    make_file(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((HERE / "layout2.sql").read_text())
        if layout == 1:
            connection.executescript(
                "DROP TRIGGER drafts_of_closed; DROP TRIGGER drafts_of_deleted; DROP TABLE drafts;"
                "DELETE FROM migrations WHERE version = 2"
            )
        connection.execute(f"PRAGMA user_version = {layout}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")


def told(storage: Storage) -> list[str]:
    """Everything of every thread, as text."""
    lines = []
    for id_, ns in (("chain", ""), ("asks", ""), ("dead", ""), ("dead", "sub:t1")):
        lines += [repr(saved) for saved in storage.history(id_, ns)]
        lines.append(repr((storage.journal(id_), storage.closed(id_), storage.questions(id_))))
    return [*lines, repr(storage.draft("asks", "q2", "d1"))]


@pytest.fixture(params=[1, 2])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "threads.db"
    made_by_an_older_program(path, request.param)
    return path


def expected(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        first = version_of(connection) == 1
    return [*TOLD[:-1], "None"] if first else TOLD


def test_all_that_an_older_program_wrote_is_there(older: Path) -> None:
    wanted, before = expected(older), older.read_bytes()
    with open_storage(older, reading=True) as storage:  # by a copy in memory
        assert told(storage) == wanted
    assert older.read_bytes() == before
    with open_storage(older) as storage:
        assert told(storage) == wanted
    with closing(connect(older)) as connection:
        assert version_of(connection) == len(MIGRATIONS)
        assert damages(connection) == []
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_doctor_finds_it_well_and_changes_nothing(older: Path) -> None:
    before = older.read_bytes()
    found = {each.name: each.state for each in examine(older)}
    assert (found["layout"], found["rows"]) == ("note", "ok")
    assert older.read_bytes() == before


def test_its_threads_go_on(older: Path) -> None:
    with open_storage(older) as storage:
        storage.commit(Commit("chain", 3, started=("t2",), results=(done("t2"),)))
        saved = load(storage, "chain")
        assert (saved.started, set(saved.results)) == ({"t2": 2}, {"t1", "t2"})
        grown = ["a", "F", "G"]
        following = checkpoint(4, {"log": grown, "n": 3}, "t9", changed={"log": 2, "n": 0})
        storage.commit(Commit("chain", 3, checkpoints=(following,), started=("t9",)))
        assert load(storage, "chain").checkpoint.values == {"log": grown, "n": 3}
        # Its task failed with the first answer, so a second one may take its place.
        second = replace(answer("q1", "second"), replaces=answer("q1").at)
        storage.commit(Commit("asks", 0, answers=(second,), started=("t1",)))
        assert load(storage, "asks").answers["t1"] == (replace(second, replaces=None),)
        assert load(storage, "asks").started["t1"] == 3
        amended = checkpoint(0, {"note": "newer"}, "t1", changed={"note": 0})
        storage.commit(Commit("asks", 0, amended=amended))
        assert load(storage, "asks").started["t1"] == 3


def test_what_was_damaged_before_is_damaged_after(older: Path) -> None:
    with closing(sqlite3.connect(older)) as connection:
        connection.execute("UPDATE tasks SET started = 1 << 60 WHERE task = 's1'")
        connection.execute("UPDATE channel_values SET keep = 9 WHERE n = 1 << 32 | 1")
        connection.commit()
    with open_storage(older) as storage:
        with pytest.raises(StorageDamagedError, match="the progress of checkpoint 0"):
            list(storage.history("dead", "sub:t1"))
        assert told_of(storage, "dead") == [TOLD[7]]
    with closing(connect(older)) as connection:
        assert [each.thread for each in damages(connection)] == ["chain", "dead"]


def told_of(storage: Storage, id_: str) -> list[str]:
    return [repr(saved) for saved in storage.history(id_)]


#: What a migration would forget, and how its rows of tasks look then: started, failed, result.
FORGOTTEN = {
    "what ended": "UPDATE tasks SET result = NULL",
    "what started": "UPDATE tasks SET started = 0",
}


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_control_something_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    path = tmp_path / "threads.db"
    made_by_an_older_program(path, 2)
    monkeypatch.setattr(m003_progress, "intact", lambda *_: True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(FORGOTTEN[forgotten])
        connection.commit()
    with open_storage(path) as storage:
        assert told(storage) != TOLD

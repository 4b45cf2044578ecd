"""What has happened on a checkpoint: an entry a commit, and the last one beside what follows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphcli.engine.values.checkpointer import Commit, Saved
from graphcli.engine.values.model import Overwrite, Result, Status
from graphcli.errors import StorageDamagedError
from graphcli.storage import Storage, open_storage, progress, values
from tests.contract.build import begin, checkpoint, done, failed, load

LONG = "x" * 200


def rows(storage: Storage) -> list[int]:
    """How many rows there are of checkpoints, progress and values."""
    with closing(sqlite3.connect(storage.path)) as connection:
        return [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("checkpoints", "progress", "channel_values")
        ]


def first(storage: Storage) -> Saved:
    """The checkpoint that was the first one, as another process loads it."""
    with open_storage(storage.path) as other:
        saved = other.load("release", "", "0000c")
    assert saved is not None
    return saved


def superstep(storage: Storage, *results: Result, **given: Any) -> None:
    point = checkpoint(1, {"n": 1, **given}, "t2", changed=dict.fromkeys(("n", *given), 0))
    ended = Commit("release", 0, checkpoints=(point,), results=results, started=("t2",))
    storage.commit(ended)


def test_a_superstep_is_one_row(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(storage, "release", "t1", n=0)
    superstep(storage, done("t1", ("n", 1)))
    assert rows(storage) == [2, 0, 0]
    assert (first(storage).started, load(storage).started) == ({"t1": 1}, {"t2": 1})
    assert first(storage).results == {"t1": done("t1", ("n", 1))}
    monkeypatch.setattr(progress, "find_checkpoint", lambda *_: None)  # the control
    assert first(storage).results == {}


def test_a_large_result_is_an_entry_of_its_own(storage: Storage) -> None:
    begin(storage, "release", "t1", n=0)
    ended = done("t1", ("n", Overwrite("y" * 2000)), ("m", "x" * 2000))
    superstep(storage, ended, n="y" * 2000)
    assert rows(storage) == [2, 1, 1]
    assert first(storage).results == {"t1": ended}


def test_any_number_of_results_is_one_entry(storage: Storage) -> None:
    tasks = [f"t{n}" for n in range(300)]
    begin(storage, "release", *tasks)
    ended = tuple(done(task, ("log", [task])) for task in tasks)
    storage.commit(Commit("release", 0, results=ended[:200], started=tuple(tasks[200:])))
    storage.commit(Commit("release", 0, results=ended[200:]))
    assert rows(storage)[1] == 2
    assert load(storage).results == {each.task: each for each in ended}
    assert set(load(storage).started.values()) == {1, 2}


def test_entries_of_several_processes_follow_one_another(storage: Storage) -> None:
    begin(storage, "release", "t1", "t2")
    with open_storage(storage.path) as other:
        for number, keeper in enumerate((other, storage, storage, other, storage)):
            result = (failed if number % 2 else done)("t1")
            keeper.commit(Commit("release", 0, results=(result,)))
            keeper.commit(Commit("release", 0, started=("t2",)))
    assert load(storage).results == {"t1": done("t1")}
    assert load(storage).started == {"t1": 1, "t2": 6}


def test_what_a_fork_leaves_keeps_what_happened_on_it(storage: Storage) -> None:
    begin(storage, "release", "t1", n=0)
    superstep(storage, done("t1"))
    fork = checkpoint(2, {"n": 5}, "t1", parent=0, changed={"n": 0})
    kept = done("t1", ("n", 5))
    forked = Commit("release", 1, checkpoints=(fork,), results=(failed("t2"),), kept=(kept,))
    storage.commit(replace(forked, status=Status.STOPPED))
    seen = {saved.checkpoint.seq: saved.results for saved in storage.history("release")}
    assert seen == {0: {"t1": done("t1")}, 1: {"t2": failed("t2")}, 2: {"t1": kept}}


def test_what_was_written_to_a_channel_is_not_written_twice(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(storage, "release", "t1", log=[])
    ended = done("t1", ("log", [LONG]), ("note", LONG))
    superstep(storage, ended, log=[LONG], note=LONG)
    assert first(storage).results == {"t1": ended}
    with closing(sqlite3.connect(storage.path)) as connection:
        bodies = [row[0] for row in connection.execute("SELECT body FROM checkpoints")]
        assert not any(LONG.encode() in body for body in bodies)
        connection.execute(
            "DELETE FROM channel_values WHERE n = (SELECT max(n) FROM channel_values)"
        )
        connection.commit()
    with pytest.raises(StorageDamagedError, match="value 4294967299 is not as it was written"):
        first(storage)


def test_small_values_lie_in_the_checkpoint(storage: Storage) -> None:
    begin(storage, "release", n=1, text="x" * 60, long="x" * 80, log=["a"])
    assert rows(storage)[2] == 2
    many = {f"c{n:02}": f"{n:050}" for n in range(30)}
    point = checkpoint(1, {"n": 2, **many}, changed=dict.fromkeys(("n", *many), 0))
    storage.commit(Commit("release", 0, checkpoints=(point,)))
    inside = values._ROOM // 52
    assert rows(storage)[2] == 2 + len(many) - inside
    point = checkpoint(2, {"n": "x" * 100, **many}, changed={"n": 0})
    storage.commit(Commit("release", 1, checkpoints=(point,)))
    found = [saved.checkpoint.values for saved in storage.history("release")]
    assert found[:2] == [{"n": "x" * 100, **many}, {"n": 2, **many}]


def chain(storage: Storage) -> int:
    """How many rows the newest list is read from."""
    with closing(sqlite3.connect(storage.path)) as connection:
        newest = connection.execute("SELECT max(n) FROM channel_values").fetchone()
        return len(connection.execute(values._CHAIN, newest).fetchall())


def grow(storage: Storage, count: int, size: int) -> None:
    """Let a list grow by one item a commit, written by two processes in turn."""
    begin(storage, "release", log=["first"])
    items: list[Any] = ["first"]
    with open_storage(storage.path) as other:
        for seq in range(1, count + 1):
            items = [*items, f"{seq:{size}}"]
            point = checkpoint(seq, {"log": items}, changed={"log": seq})
            keeper = other if seq // 5 % 2 else storage
            keeper.commit(Commit("release", seq - 1, checkpoints=(point,), durable=False))
        assert load(other).checkpoint.values == {"log": items}


def test_a_list_that_grew_in_small_steps_is_read_from_few_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size, most in (
        (350, 40),
        (3000, 401),
    ):  # large items cost more than their rows: as they are
        with open_storage(tmp_path / str(size)) as storage:
            grow(storage, 400, size)
            assert chain(storage) <= most
            assert written(storage) < 2.1 * size * 400
    monkeypatch.setattr(values, "_SHORT", 10**9)  # the control
    with open_storage(tmp_path / "control") as storage:
        grow(storage, 400, 350)
        assert chain(storage) > 100


def written(storage: Storage) -> int:
    with closing(sqlite3.connect(storage.path)) as connection:
        found = connection.execute("SELECT sum(length(body)) FROM channel_values").fetchone()
        return int(found[0])

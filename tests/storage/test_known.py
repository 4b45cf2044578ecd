"""What a commit does not read again: never believed once somebody else has written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graphcli import END, START, StateGraph
from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status, Task
from graphcli.errors import ConflictError, GraphcliError, NotFoundError, UnsupportedValueError
from graphcli.storage import open_storage
from graphcli.storage.known import Known
from graphcli.storage.store import Storage
from tests.contract.build import begin, checkpoint, done, load


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Storage]:
    with open_storage(tmp_path / "threads.db") as storage:
        yield storage


@pytest.fixture
def there(here: Storage) -> Iterator[Storage]:
    """The same file as another process has it: by a connection of its own."""
    with open_storage(here.path) as storage:
        yield storage


def moved_on_there(here: Storage, there: Storage) -> None:
    begin(here, "release", "t0", log=["a"])
    theirs = checkpoint(1, {"log": ["b"]}, "t1", changed={"log": 0})
    there.commit(Commit("release", 0, checkpoints=(theirs,)))
    late = checkpoint(1, {"log": ["a", "c"]}, "t1", changed={"log": 1})
    with pytest.raises(ConflictError, match="another run saved checkpoint 1 of it"):
        here.commit(Commit("release", 0, checkpoints=(late,)))
    assert load(here).checkpoint.values == {"log": ["b"]}


def started_there(here: Storage, there: Storage) -> None:
    begin(here, "release", "t0")
    there.commit(Commit("release", 0, started=("t0",)))
    here.commit(Commit("release", 0, started=("t0",)))
    assert load(here).started == {"t0": 3}


def values_written_there(here: Storage, there: Storage) -> None:
    begin(here, "release", "t0", log=["a"])
    there.commit(Commit("release", 0, ns="in:t0", checkpoints=(checkpoint(0, {"x": ["theirs"]}),)))
    grown = checkpoint(1, {"log": ["a", "b"]}, changed={"log": 1})
    here.commit(Commit("release", 0, checkpoints=(grown,)))
    assert load(here).checkpoint.values == {"log": ["a", "b"]}
    assert load(here, ns="in:t0").checkpoint.values == {"x": ["theirs"]}


def changed_last_there(here: Storage, there: Storage) -> None:
    begin(here, "first")
    begin(there, "second")
    here.commit(Commit("first", 0, status=Status.STOPPED))
    assert [info.id for info in here.threads()] == ["first", "second"]


def deleted_there(here: Storage, there: Storage) -> None:
    begin(here, "release", "t0")
    there.delete("release")
    with pytest.raises(NotFoundError):
        here.commit(Commit("release", 0, results=(done("t0"),)))


def deleted_and_begun_here(here: Storage, there: Storage) -> None:
    begin(here, "release", "t0", log=["old"])
    here.delete("release")
    begin(here, "release", "t0", log=["new"])
    grown = checkpoint(1, {"log": ["new", "more"]}, changed={"log": 1})
    here.commit(Commit("release", 0, checkpoints=(grown,)))
    assert load(here).checkpoint.values == {"log": ["new", "more"]}


def refused_halfway(here: Storage, there: Storage) -> None:
    begin(here, "release", "t0", log=["a"])
    following = checkpoint(1, {"log": ["a", "b"]}, "t1", changed={"log": 1})
    unfit = done("t1", ("log", lambda: None))
    with pytest.raises(UnsupportedValueError):
        here.commit(Commit("release", 0, checkpoints=(following,), kept=(unfit,)))
    here.commit(Commit("release", 0, checkpoints=(following,), started=("t1",)))
    assert load(here).checkpoint.values == {"log": ["a", "b"]}
    assert load(here).started == {"t1": 1}


CASES: list[Callable[[Storage, Storage], None]] = [
    moved_on_there,
    started_there,
    values_written_there,
    changed_last_there,
    deleted_there,
    deleted_and_begun_here,
    refused_halfway,
]


@pytest.mark.parametrize("case", CASES)
def test_what_was_written_meanwhile_counts(
    case: Callable[[Storage, Storage], None], here: Storage, there: Storage
) -> None:
    case(here, there)


@pytest.mark.parametrize("case", CASES)
def test_control_what_is_known_is_believed_forever(
    case: Callable[[Storage, Storage], None],
    here: Storage,
    there: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def always(self: Storage, _stamp: Any) -> Known:
        return self._known

    monkeypatch.setattr(Storage, "_known_at", always)
    with pytest.raises((AssertionError, GraphcliError, sqlite3.Error, pytest.fail.Exception)):
        case(here, there)


def test_a_superstep_reads_nothing_but_whether_somebody_else_has_written(
    here: Storage,
) -> None:
    seen: list[str] = []
    graph = StateGraph(dict[str, int]).add_node("more", lambda state: {"n": state["n"] + 1})
    graph.add_edge(START, "more").add_conditional_edges(
        "more", lambda state: "more" if state["n"] < 5 else END, ["more", END]
    )
    run = graph.compile(checkpointer=here)
    here._now = lambda: "in one second"
    assert here._database is not None
    with here._database.use() as connection:
        connection.set_trace_callback(seen.append)
        run.invoke({"n": 0}, {"configurable": {"thread_id": "count"}})
        connection.set_trace_callback(None)
    begun = [number for number, statement in enumerate(seen) if statement.startswith("BEGIN IMM")]
    superstep = seen[begun[2] : begun[3]]
    assert [" ".join(statement.split()[:3]) for statement in superstep] == [
        "BEGIN IMMEDIATE",
        "PRAGMA data_version",
        "REPLACE INTO checkpoints",
        "COMMIT",
    ]


def test_a_value_of_the_engine_cannot_be_changed() -> None:
    task = Task("id", "node", ("pull", "node"))
    task.id = "another"  # type: ignore[misc]  # the control: mypy says so, or that this is unused
    assert hash(task) == hash(Task("another", "node", ("pull", "node")))

"""The questions of a thread's head, whether somebody has answered them or not."""

from __future__ import annotations

from pathlib import Path

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.storage import open_storage
from tests.contract.build import answer, asked, asks, checkpoint, done, failed, waiting


def test_answered_questions_of_the_head_are_among_them(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        waiting(storage, asked("q1", "t1"), asked("q2", "t2"))
        storage.commit(Commit("release", 0, answers=(answer("q1"),), started=("t1",)))
        storage.commit(Commit("release", 0, results=(failed("t1"),), status=Status.FAILED))
        assert [one.id for one in storage.asked("release")] == ["q1", "q2"]
        assert [one.id for one in storage.questions("release")] == ["q2"]


def test_those_of_older_checkpoints_are_not(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        waiting(storage, asked("q1", "t1"))
        storage.commit(Commit("release", 0, answers=(answer("q1"),), started=("t1",)))
        following = checkpoint(1, {}, "t2")
        storage.commit(Commit("release", 0, results=(done("t1"),), checkpoints=(following,)))
        storage.commit(
            Commit("release", 1, results=(asks(asked("q2", "t2")),), status=Status.WAITING)
        )
        assert [one.id for one in storage.asked("release")] == ["q2"]


def test_an_unknown_thread_or_an_empty_place_has_none(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        assert storage.asked("nobody") == ()
    with open_storage(tmp_path / "nowhere.db", create=False) as storage:
        assert storage.asked("nobody") == ()


def test_questions_come_in_the_order_of_their_tasks(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        waiting(storage, asked("q1", "t9"), asked("q2", "t1"))
        saved = storage.load("release")
        assert saved is not None
        assert [one.id for one in saved.questions] == ["q1", "q2"]


def test_the_answer_to_one_that_is_asked_again_further_on_no_longer_holds(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        again = asked("q1", "t1")
        waiting(storage, again)
        storage.commit(Commit("release", 0, answers=(answer("q1"),), started=("t1",)))
        head = checkpoint(1, {}, "t1")
        storage.commit(
            Commit("release", 0, checkpoints=(head,), kept=(asks(again),), status=Status.WAITING)
        )
        assert [entry.status for entry in storage.journal("release")] == ["void"]
        assert [one.id for one in storage.questions("release")] == ["q1"]

"""What the engine may rely on, whatever keeps its threads."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from graphcli.engine.values.checkpointer import Checkpointer, Commit
from graphcli.engine.values.model import UNSET, Failure, Result, Send, Status, Task
from graphcli.errors import (
    AlreadyAnsweredError,
    ConflictError,
    NotFoundError,
    QuestionChangedError,
    ThreadExistsError,
    ThreadHeldError,
)
from tests.contract.build import (
    answer,
    asked,
    asks,
    begin,
    checkpoint,
    done,
    failed,
    load,
    task,
    thread,
    waiting,
)


def test_an_unknown_thread_is_none(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "release")
    assert checkpointer.load("other") is None
    assert checkpointer.load("release", "other") is None
    assert checkpointer.load("release", "", "other") is None
    assert list(checkpointer.history("other")) == []


def test_a_checkpoint_comes_back_as_it_was(checkpointer: Checkpointer) -> None:
    first = checkpoint(
        0,
        {"text": "a", "items": [1, (2, {3})], "none": None},
        joins={"a+b:c": frozenset({"a"})},
        deferred=frozenset({"late", "later"}),
        changed={"items": 0, "gone": 3},
        metadata={"who": ("ada",)},
    )
    tasks = (
        task("t1", input=UNSET),
        task("t2", input=None, on_crash="rerun"),
        Task("t3", "worker", ("push", 0), {"n": 1}),
    )
    first = replace(first, tasks=tasks)
    checkpointer.commit(Commit("release", 0, new=thread(), checkpoints=(first,)))
    saved = load(checkpointer)
    assert saved.checkpoint == first
    assert saved.checkpoint.tasks[0].input is UNSET
    assert saved.ns == ""


def test_a_thread_comes_back_with_its_status_and_failure(checkpointer: Checkpointer) -> None:
    new = thread(reference="g.py:graph", fingerprint={"a": "1", "b": "2"})
    failure = Failure("ValueError", "no", "trace", "invalid_update")
    checkpointer.commit(
        Commit(
            "release",
            0,
            new=new,
            checkpoints=(checkpoint(0),),
            status=Status.FAILED,
            failure=failure,
        )
    )
    info = load(checkpointer).thread
    assert (info.id, info.uid, info.graph) == ("release", "uid-release", "release")
    assert (info.reference, info.fingerprint) == ("g.py:graph", {"a": "1", "b": "2"})
    assert (info.status, info.failure, info.open) == (Status.FAILED, failure, 0)
    checkpointer.commit(Commit("release", 0, status=Status.RUNNING))
    assert load(checkpointer).thread.failure is None


def test_a_fingerprint_stays_until_another_one_comes(checkpointer: Checkpointer) -> None:
    new = thread(reference="g.py:graph", fingerprint={"node:a": "1"})
    checkpointer.commit(Commit("release", 0, new=new, checkpoints=(checkpoint(0),)))
    checkpointer.commit(Commit("release", 0, status=Status.WAITING))
    assert load(checkpointer).thread.fingerprint == {"node:a": "1"}
    checkpointer.commit(Commit("release", 0, fingerprint={"node:b": "2"}))
    info = load(checkpointer).thread
    assert (info.fingerprint, info.reference) == ({"node:b": "2"}, "g.py:graph")


def test_a_thread_begins_once(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "release", "t1", n=1)
    with pytest.raises(ThreadExistsError) as caught:
        begin(checkpointer, "release", "t2", n=2)
    assert caught.value.status == "running"
    assert load(checkpointer).checkpoint.values == {"n": 1}


def test_seq_orders_threads_by_their_last_change(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "a")
    begin(checkpointer, "b")
    assert load(checkpointer, "a").thread.seq < load(checkpointer, "b").thread.seq
    checkpointer.commit(Commit("a", 0, status=Status.STOPPED))
    assert load(checkpointer, "a").thread.seq > load(checkpointer, "b").thread.seq


def test_results_and_attempts_belong_to_their_checkpoint(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "release", "t1", "t2")
    one = Result("t1", "node", "done", (("x", 1), ("x", (2,))), ("end", Send("w", {"k": (1,)})))
    checkpointer.commit(Commit("release", 0, results=(one,)))
    assert load(checkpointer).results == {"t1": one}
    assert load(checkpointer).started == {"t1": 1, "t2": 1}
    checkpointer.commit(
        Commit(
            "release",
            0,
            results=(failed("t2"),),
            checkpoints=(checkpoint(1, None, "t3", "t4"),),
            started=("t3",),
        )
    )
    assert load(checkpointer).started == {"t3": 1}
    assert load(checkpointer).results == {}
    before = checkpointer.load("release", "", "0000c")
    assert before is not None
    assert before.results == {"t1": one, "t2": failed("t2")}


def test_a_task_that_starts_again_loses_its_result(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "release", "t1")
    checkpointer.commit(Commit("release", 0, results=(failed("t1"),), status=Status.FAILED))
    assert load(checkpointer).results["t1"] == failed("t1")
    checkpointer.commit(Commit("release", 0, started=("t1",)))
    assert load(checkpointer).results == {}
    assert load(checkpointer).started == {"t1": 2}


def test_a_task_that_began_and_ended_in_one_commit_has_its_result(
    checkpointer: Checkpointer,
) -> None:
    first = replace(checkpoint(0), tasks=(task("t1"),))
    ended = Commit("release", 0, new=thread(), checkpoints=(first,), started=("t1",))
    checkpointer.commit(replace(ended, results=(done("t1"),)))
    saved = load(checkpointer)
    assert (saved.started, saved.results) == ({"t1": 1}, {"t1": done("t1")})


def test_a_later_result_takes_the_place_of_an_earlier_one(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    assert load(checkpointer).results["t1"] == asks(asked("q1", "t1"))
    checkpointer.commit(Commit("release", 0, results=(done("t1", ("x", 1)),)))
    assert load(checkpointer).results == {"t1": done("t1", ("x", 1))}


def test_history_is_newest_first_and_pages(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "release", n=0)
    for seq in range(1, 6):
        checkpointer.commit(
            Commit("release", seq - 1, checkpoints=(checkpoint(seq, {"n": seq}, changed={"n": 0}),))
        )
    values = [saved.checkpoint.values["n"] for saved in checkpointer.history("release")]
    assert values == [5, 4, 3, 2, 1, 0]
    some = checkpointer.history("release", before="0004c", limit=2)
    assert [saved.checkpoint.seq for saved in some] == [3, 2]
    assert list(checkpointer.history("release", limit=0)) == []


def test_several_checkpoints_can_come_at_once(checkpointer: Checkpointer) -> None:
    both = (checkpoint(0, {"n": [1]}), checkpoint(1, {"n": [1, 2]}, "t1", changed={"n": 1}))
    checkpointer.commit(Commit("release", 0, new=thread(), checkpoints=both, started=("t1",)))
    assert load(checkpointer).checkpoint == both[1]
    assert load(checkpointer).started == {"t1": 1}
    assert [saved.checkpoint for saved in checkpointer.history("release")] == [both[1], both[0]]


def test_a_namespace_has_its_own_line(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "release", "t1", n=1)
    inner = checkpoint(0, {"n": 2}, "s1", line="s")
    checkpointer.commit(Commit("release", 0, "sub:t1", checkpoints=(inner,), started=("s1",)))
    assert load(checkpointer).checkpoint.values == {"n": 1}
    saved = load(checkpointer, ns="sub:t1")
    assert (saved.ns, saved.checkpoint, saved.started) == ("sub:t1", inner, {"s1": 1})


def test_a_channel_can_go_away(checkpointer: Checkpointer) -> None:
    begin(checkpointer, "release", a=1, b=[1])
    checkpointer.commit(Commit("release", 0, checkpoints=(checkpoint(1, {"b": [1]}),)))
    assert load(checkpointer).checkpoint.values == {"b": [1]}
    checkpointer.commit(
        Commit("release", 1, checkpoints=(checkpoint(2, {"a": 2, "b": [1]}, changed={"a": 0}),))
    )
    assert load(checkpointer).checkpoint.values == {"a": 2, "b": [1]}


# Questions --------------------------------------------------------------------------------


def test_a_question_waits_and_is_answered(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"), asked("q2", "t2"))
    saved = load(checkpointer)
    assert saved.questions == (asked("q1", "t1"), asked("q2", "t2"))
    assert (saved.thread.status, saved.thread.open) == (Status.WAITING, 2)
    checkpointer.commit(Commit("release", 0, answers=(answer("q1", {"yes": ()}),)))
    saved = load(checkpointer)
    assert saved.questions == (asked("q2", "t2"),)
    assert saved.answers == {"t1": (answer("q1", {"yes": ()}),)}
    assert saved.thread.open == 1


@pytest.mark.parametrize("value", [None, {}, [], "", 0, False, float("inf")])
def test_every_value_is_an_answer(checkpointer: Checkpointer, value: object) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    checkpointer.commit(Commit("release", 0, answers=(answer("q1", value),)))
    assert load(checkpointer).answers["t1"][0].value == value


def test_answers_come_in_the_order_of_their_questions(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q0", "t1"))
    checkpointer.commit(Commit("release", 0, answers=(answer("q0", "zero"),), started=("t1",)))
    checkpointer.commit(Commit("release", 0, results=(asks(asked("aa", "t1", 1)),)))
    checkpointer.commit(Commit("release", 0, answers=(answer("aa", "one"),)))
    assert load(checkpointer).answers == {"t1": (answer("q0", "zero"), answer("aa", "one"))}


def test_one_accepted_answer(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    checkpointer.commit(Commit("release", 0, answers=(answer("q1", "first", by="ada"),)))
    with pytest.raises(AlreadyAnsweredError) as caught:
        checkpointer.commit(Commit("release", 0, answers=(answer("q1", "second", by="bob"),)))
    assert (caught.value.by, caught.value.how) == ("ada", "flag")
    assert caught.value.at == "2026-01-02T00:00:00+00:00"
    assert load(checkpointer).answers["t1"][0].value == "first"


def test_a_refused_answer_keeps_nothing_of_its_commit(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"), asked("q2", "t2"))
    before = load(checkpointer)
    for late, error in (
        (answer("q2", digest="other"), QuestionChangedError),
        (answer("q9"), NotFoundError),
    ):
        with pytest.raises(error):
            checkpointer.commit(
                Commit(
                    "release",
                    0,
                    answers=(answer("q1"), late),
                    results=(done("t1"),),
                    started=("t1",),
                    status=Status.RUNNING,
                )
            )
        assert load(checkpointer) == before


def test_a_changed_question_tells_both_digests(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1", digest="d1"))
    with pytest.raises(QuestionChangedError) as caught:
        checkpointer.commit(Commit("release", 0, answers=(answer("q1", digest="d2"),)))
    assert (caught.value.expected, caught.value.actual) == ("d2", "d1")


def test_a_question_belongs_to_its_thread(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"), id_="a")
    begin(checkpointer, "b")
    with pytest.raises(NotFoundError):
        checkpointer.commit(Commit("b", 0, answers=(answer("q1"),)))
    assert load(checkpointer, "a").questions == (asked("q1", "t1"),)


def test_after_a_failure_a_new_answer_replaces_the_old(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    checkpointer.commit(Commit("release", 0, answers=(answer("q1", "first"),), started=("t1",)))
    checkpointer.commit(Commit("release", 0, results=(failed("t1"),), status=Status.FAILED))
    assert load(checkpointer).answers == {"t1": (answer("q1", "first"),)}
    other = replace(answer("q1", "x", digest="other"), replaces=answer("q1", "first").at)
    with pytest.raises(QuestionChangedError):
        checkpointer.commit(Commit("release", 0, answers=(other,)))
    for knows in (None, "another time"):  # of no answer, or of one that was replaced since
        late = replace(answer("q1", "late"), replaces=knows)
        with pytest.raises(AlreadyAnsweredError):
            checkpointer.commit(Commit("release", 0, answers=(late,)))
    second = replace(answer("q1", "second"), replaces=answer("q1", "first").at)
    checkpointer.commit(Commit("release", 0, answers=(second,)))
    assert load(checkpointer).answers["t1"][0].value == "second"
    checkpointer.commit(Commit("release", 0, started=("t1",)))
    with pytest.raises(AlreadyAnsweredError):
        checkpointer.commit(Commit("release", 0, answers=(answer("q1", "third"),)))


def test_a_node_that_asks_something_else_voids_the_answer(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1", digest="d1"))
    checkpointer.commit(Commit("release", 0, answers=(answer("q1"),), started=("t1",)))
    again = asked("q1", "t1", digest="d2", payload="Deploy to production?")
    checkpointer.commit(
        Commit("release", 0, results=(asks(again),), void=("q1",), status=Status.WAITING)
    )
    saved = load(checkpointer)
    assert (saved.questions, saved.answers) == ((again,), {})
    with pytest.raises(QuestionChangedError):
        checkpointer.commit(Commit("release", 0, answers=(answer("q1", digest="d1"),)))
    checkpointer.commit(Commit("release", 0, answers=(answer("q1", digest="d2"),)))
    assert load(checkpointer).answers == {"t1": (answer("q1", digest="d2"),)}


def test_an_answered_question_that_is_asked_anew_is_open(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    checkpointer.commit(Commit("release", 0, answers=(answer("q1"),), started=("t1",)))
    checkpointer.commit(Commit("release", 0, results=(asks(asked("q1", "t1")),)))
    assert load(checkpointer).questions == (asked("q1", "t1"),)
    assert load(checkpointer).answers == {}


def test_a_void_question_takes_no_answer(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    checkpointer.commit(Commit("release", 0, answers=(answer("q1"),)))
    checkpointer.commit(Commit("release", 0, void=("q1",)))
    assert load(checkpointer).answers == {}
    with pytest.raises(ConflictError):
        checkpointer.commit(Commit("release", 0, answers=(answer("q1"),)))


def test_an_open_question_that_is_not_asked_any_more_is_closed(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"), asked("q2", "t2"))
    checkpointer.commit(Commit("release", 0, void=("q1",), results=(done("t1"),)))
    saved = load(checkpointer)
    assert (saved.questions, saved.thread.open) == ((asked("q2", "t2"),), 1)
    with pytest.raises(QuestionChangedError):
        checkpointer.commit(Commit("release", 0, answers=(answer("q1"),)))


def test_an_amended_head_takes_the_place_of_what_it_was(checkpointer: Checkpointer) -> None:
    first = checkpoint(0, {"log": ["a"], "note": "old"}, "t0")
    head = checkpoint(1, {"log": ["a", "b"], "note": "old"}, "t1", changed={"log": 1})
    checkpointer.commit(Commit("release", 0, new=thread(), checkpoints=(first, head)))
    checkpointer.commit(Commit("release", 1, results=(asks(asked("q1", "t1")),)))
    amended = checkpoint(
        1, {"log": ["a", "b", "c"], "note": "new"}, "t1", "t2", changed={"log": 1, "note": 0}
    )
    checkpointer.commit(
        Commit("release", 1, amended=amended, answers=(answer("q1"),), started=("t1", "t2"))
    )
    saved = load(checkpointer)
    assert saved.checkpoint == amended
    assert saved.answers == {"t1": (answer("q1"),)}
    assert saved.started == {"t1": 1, "t2": 1}
    after = checkpoint(2, {"log": ["a", "b", "c", "d"], "note": "new"}, changed={"log": 3})
    checkpointer.commit(Commit("release", 1, checkpoints=(after,)))
    found = [saved.checkpoint for saved in checkpointer.history("release")]
    assert found == [after, amended, first]


def test_what_is_kept_belongs_to_the_new_head(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    kept = (done("u1", ("log", ["x"])), asks(asked("q2", "u2")))
    head = checkpoint(1, {}, "u1", "u2", "u3")
    checkpointer.commit(Commit("release", 0, checkpoints=(head,), kept=kept, status=Status.WAITING))
    saved = load(checkpointer)
    assert saved.results == {"u1": kept[0], "u2": kept[1]}
    assert saved.questions == (asked("q2", "u2"),)
    assert saved.thread.open == 1
    checkpointer.commit(Commit("release", 1, answers=(answer("q2"),)))
    assert load(checkpointer).answers == {"u2": (answer("q2"),)}


def test_a_checkpoint_tells_what_was_asked_on_it(checkpointer: Checkpointer) -> None:
    open_, told, gone = asked("q1", "t1"), asked("q2", "t2"), asked("q3", "t3")
    waiting(checkpointer, open_, told, gone)
    checkpointer.commit(Commit("release", 0, answers=(answer("q2"),), void=("q3",)))
    assert load(checkpointer).asked == (open_, told)
    checkpointer.commit(Commit("release", 0, checkpoints=(checkpoint(1),)))  # withdraws q1
    old = checkpointer.load("release", "", "0000c")
    assert old is not None
    assert (old.asked, old.questions) == ((open_, told), ())


def test_withdrawn_closes_every_question(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"), asked("q2", "t2"))
    checkpointer.commit(Commit("release", 0, withdrawn=True, status=Status.CANCELLED))
    saved = load(checkpointer)
    assert (saved.questions, saved.thread.open) == ((), 0)
    with pytest.raises(QuestionChangedError):
        checkpointer.commit(Commit("release", 0, answers=(answer("q1"),)))


def test_a_head_that_moves_on_withdraws_what_it_leaves(checkpointer: Checkpointer) -> None:
    waiting(checkpointer, asked("q1", "t1"))
    checkpointer.commit(Commit("release", 0, checkpoints=(checkpoint(1, None, "t2"),)))
    assert load(checkpointer).thread.open == 0
    before = checkpointer.load("release", "", "0000c")
    assert before is not None
    assert before.questions == ()
    with pytest.raises(QuestionChangedError):
        checkpointer.commit(Commit("release", 1, answers=(answer("q1"),)))


# Claims -----------------------------------------------------------------------------------


def test_one_claim_at_a_time(checkpointer: Checkpointer) -> None:
    assert checkpointer.holder("release") is None
    with checkpointer.claim("release"):
        assert checkpointer.holder("release")
        with pytest.raises(ThreadHeldError), checkpointer.claim("release"):
            pass
        with checkpointer.claim("other"):
            pass
        assert checkpointer.holder("release")
    assert checkpointer.holder("release") is None
    with checkpointer.claim("release"):
        pass


def test_of_many_threads_one_gets_the_claim(checkpointer: Checkpointer) -> None:
    together, last = threading.Barrier(8), threading.Barrier(8)
    held: list[int] = []

    def run(number: int) -> None:
        together.wait()
        try:
            with checkpointer.claim("release"):
                held.append(number)
                last.wait()
        except ThreadHeldError:
            last.wait()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(held) == 1

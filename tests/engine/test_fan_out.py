"""Many tasks in one superstep: who runs them, what is on record, what is left of them."""

import operator
import threading
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, InMemorySaver, Send, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.crew import Crew
from graphcli.engine.running.events import CustomEvent
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import standing_of, uncertain_tasks
from graphcli.engine.running.workers import DEFAULT_WORKERS, Workers
from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from tests.engine.helpers import Log, WatchingSaver, last, on, saved

#: More than any of these has to wait, in seconds.
PATIENCE = 10


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def fan(work: Callable[..., Any], count: int, **kept: Any) -> CompiledGraph:
    """Return a graph that sends the numbers up to `count` to `work`."""
    builder = StateGraph(State).add_node("work", work)
    builder.add_conditional_edges(START, lambda state: [Send("work", n) for n in range(count)])
    return builder.compile(**kept)


def meeting(count: int) -> Callable[[int], State]:
    """Return a node that ends once `count` of it are at work."""
    here = threading.Barrier(count)

    def work(number: int) -> State:
        here.wait(PATIENCE)
        return {"log": [number]}

    return work


def test_as_many_tasks_as_there_are_workers_are_at_work_at_once() -> None:
    graph = fan(meeting(DEFAULT_WORKERS), 2 * DEFAULT_WORKERS)
    assert graph.invoke({}) == {"log": list(range(2 * DEFAULT_WORKERS))}


def test_a_worker_that_called_nobody_would_work_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # The control of the test above: only who submits calls somebody, and only the first time.
    real = Workers._call
    calls: list[Workers[Any]] = []

    def once(self: Workers[Any]) -> None:
        if self not in calls:
            calls.append(self)
            real(self)

    monkeypatch.setattr(Workers, "_call", once)
    monkeypatch.setattr("tests.engine.test_fan_out.PATIENCE", 0.1)
    with pytest.raises(threading.BrokenBarrierError):
        fan(meeting(2), 2).invoke({})


def start_threads(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let the system start so many more threads, and then none."""
    start, left = threading.Thread.start, ["one"] * count

    def refusing(self: threading.Thread) -> None:
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refusing)


def test_where_no_more_threads_can_be_started_those_that_are_do_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_threads(monkeypatch, 1)
    assert fan(lambda number: {"log": [number]}, 100).invoke({}) == {"log": list(range(100))}


def test_where_no_thread_can_be_started_nothing_is_in_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saver = InMemorySaver()
    graph = fan(lambda number: {"log": [number]}, 3, checkpointer=saver)
    start_threads(monkeypatch, 0)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        graph.invoke({}, on("t"))
    monkeypatch.undo()
    assert standing_of(saved(saver), saver).status is Status.STOPPED
    assert graph.invoke(None, on("t")) == {"log": [0, 1, 2]}


def test_what_ends_while_a_commit_is_written_shares_the_next_one() -> None:
    ended = threading.Semaphore(0)

    class Slow(WatchingSaver):
        def commit(self, commit: Commit) -> None:
            if any(result.node == "work" for result in commit.results):
                for _ in range(7 - len(seen)):  # all but the one that waits for this commit
                    assert ended.acquire(timeout=PATIENCE)
                seen.extend(commit.results)
                kept.set()
            super().commit(commit)

    def work(number: int) -> State:
        if number == 7:
            assert kept.wait(PATIENCE)
        ended.release()
        return {"log": [number]}

    seen: list[Any] = []
    kept, saver = threading.Event(), Slow()
    fan(work, 8, checkpointer=saver).invoke({}, on("t"))
    sizes = [len(commit.results) for commit in saver.commits]
    assert len(sizes) <= 5, sizes  # START, what came first, what came meanwhile, the last one
    assert sum(sizes) == 1 + 8


def left_with_one_at_work(why: type[BaseException]) -> tuple[Log, InMemorySaver, CompiledGraph]:
    """Leave a run of three tasks of which all hold a worker, and one has begun."""
    ran, saver, go = Log(), InMemorySaver(), threading.Event()

    def work(number: int, writer: Any) -> State:
        ran(str(number))
        writer("at work")
        assert go.wait(PATIENCE)
        return {"log": [number]}

    def rest(self: Crew) -> Any:
        go.set()
        return real(self)

    real = Crew.rest
    graph = fan(work, 3)
    with pytest.MonkeyPatch.context() as patch:
        start_threads(patch, 1)
        patch.setattr(Crew, "rest", rest)
        events: Any = graph.start("t", {}, saver, RunOptions())
        while not isinstance(next(events), CustomEvent):
            pass
        with pytest.raises(why):
            events.throw(why)
    go.set()
    return ran, saver, graph


def test_what_nobody_has_begun_with_is_not_in_doubt() -> None:
    ran, saver, graph = left_with_one_at_work(KeyboardInterrupt)
    assert [task.input for task in uncertain_tasks(saved(saver))] == [0]
    ended = last(graph.go_on("t", saver, RunOptions(), settle=[Settle("rerun")]))
    assert (ended.values, ran.taken()) == ({"log": [0, 1, 2]}, ["0", "0", "1", "2"])


def test_what_nobody_has_begun_with_does_not_begin_any_more() -> None:
    ran, saver, graph = left_with_one_at_work(GeneratorExit)
    assert (standing_of(saved(saver), saver).status, ran.taken()) == (Status.STOPPED, ["0"])
    assert last(graph.go_on("t", saver, RunOptions())).values == {"log": [0, 1, 2]}
    assert ran.taken() == ["1", "2"]


def test_without_a_look_at_who_has_begun_all_would_be_in_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The control of the tests above.
    monkeypatch.setattr(Crew, "drop", lambda self: None)
    _, saver, _ = left_with_one_at_work(KeyboardInterrupt)
    assert [task.input for task in uncertain_tasks(saved(saver))] == [0, 1, 2]


def test_questions_of_many_tasks_are_answered_in_any_order_and_in_several_sittings() -> None:
    saver = InMemorySaver()
    graph = fan(lambda number: {"log": [interrupt(number)]}, 100, checkpointer=saver)
    asked = graph.invoke({}, on("t"))["__interrupt__"]
    assert [each.value for each in asked] == list(range(100))
    for part in (asked[60:][::-1], asked[:60]):
        told = graph.invoke(Command(resume={each.id: -each.value for each in part}), on("t"))
    assert told == {"log": [-number for number in range(100)]}


def test_a_stream_that_never_ends_keeps_no_result_off_the_record() -> None:
    kept = threading.Event()

    def work(number: int, writer: Any) -> State:
        while number and not kept.is_set():
            writer("and on")
        return {"log": [number]}

    saver = WatchingSaver()
    saver.notice = lambda result: kept.set() if result.node == "work" else None
    graph = fan(work, 2, checkpointer=saver)
    assert set(graph.stream({}, on("t"), stream_mode="custom")) <= {"and on"}
    assert saved(saver).checkpoint.values == {"log": [0, 1]}

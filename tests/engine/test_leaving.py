"""Leaving a run early: break, close, Ctrl-C. The thread can always go on."""

import asyncio
import operator
import threading
from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, InMemorySaver, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.events import CustomEvent, Event, RunEnded
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import uncertain_tasks
from graphcli.engine.values.model import Status
from graphcli.errors import StorageError, ThreadHeldError
from tests.engine.helpers import AT_ONCE, Log, WatchingSaver, answer, last, on, saved


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def mixed(saver: InMemorySaver | None = None) -> CompiledGraph:
    """Return a graph with all that a run can yield at: custom events, retries, siblings."""
    failures = [OSError("once")]

    def first(state: State, writer: Any) -> State:
        writer("half way")
        return {"log": ["first"]}

    def second(state: State) -> State:
        if failures:
            raise failures.pop()
        return {"log": ["second"]}

    async def beside(state: State) -> State:
        await asyncio.sleep(0)
        return {"log": ["beside"]}

    builder = StateGraph(State).add_node(first).add_node(second, retry_policy=AT_ONCE)
    builder.add_node(beside, on_crash="rerun").add_node("also", lambda s: {"log": ["also"]})
    builder.add_node("ask", lambda s: {"log": [interrupt("?")]})
    builder.add_edge(START, "first").add_edge("first", "second")
    builder.add_edge("second", "beside").add_edge("second", "also")
    builder.add_edge(["beside", "also"], "ask")
    return builder.compile(checkpointer=saver)


ALL = ["first", "second", "also", "beside"]
EVENTS = 19


def test_there_is_a_place_to_leave_at_each_event() -> None:
    events = list(mixed().start("t", {}, InMemorySaver(), RunOptions()))

    assert len(events) == EVENTS
    assert isinstance(events[-1], RunEnded)
    assert events[-1].values == {"log": ALL}


@pytest.mark.parametrize("count", range(1, EVENTS + 1))
@pytest.mark.parametrize("durability", ["sync", "exit"])
def test_left_after_any_event_the_thread_goes_on(count: int, durability: Any) -> None:
    saver = InMemorySaver()
    graph = mixed(saver)
    options = RunOptions(durability=durability)
    events = graph.start("t", {}, saver, options)
    for _ in range(count):
        next(events)
    events.close()  # type: ignore[attr-defined]  # every run is a generator.

    assert saver.holder("t") is None
    assert saved(saver).thread.status in (Status.STOPPED, Status.WAITING)
    ended = last(graph.go_on("t", saver, options))
    assert (ended.status, ended.values) == (Status.WAITING, {"log": ALL})


@pytest.mark.parametrize("count", range(1, 8))
def test_left_after_any_event_of_a_resume_the_answer_is_kept(count: int) -> None:
    saver, told = InMemorySaver(), Log()
    builder = StateGraph(State).add_node("ask", lambda state: told(interrupt("?")))
    builder.add_node("next", lambda state: {"log": ["next"]})
    graph = builder.add_edge(START, "ask").add_edge("ask", "next").compile()
    last(graph.start("t", {}, saver, RunOptions()))
    given = answer(saved(saver).questions[0], "so")

    events = graph.go_on("t", saver, RunOptions(), [given])
    for _ in range(count):
        next(events)
    events.close()  # type: ignore[attr-defined]  # every run is a generator.

    if saved(saver).thread.status is not Status.FINISHED:
        assert saved(saver).thread.status is Status.STOPPED
        last(graph.go_on("t", saver, RunOptions()))
    assert (saved(saver).checkpoint.values, told.taken()) == ({"log": ["next"]}, ["so"])


@pytest.mark.parametrize(
    ("node", "status"),
    [
        (lambda state: None, Status.FINISHED),
        (lambda state: 1 / 0, Status.FAILED),
        (lambda state: interrupt("?"), Status.WAITING),
    ],
)
def test_left_at_its_very_end_a_thread_is_what_it_is(node: Any, status: Status) -> None:
    saver = InMemorySaver()
    graph = StateGraph(State).add_node("node", node).add_edge(START, "node").compile()
    events = graph.start("t", {}, saver, RunOptions())
    while not isinstance(next(events), RunEnded):
        pass
    events.close()  # type: ignore[attr-defined]  # every run is a generator.

    assert saved(saver).thread.status is status
    assert saver.holder("t") is None


def test_breaking_out_of_stream_leaves_a_thread_that_goes_on() -> None:
    saver = InMemorySaver()
    graph = mixed(saver)
    for chunk in graph.stream({}, on("t"), stream_mode="updates"):
        assert chunk == {"first": {"log": ["first"]}}
        break

    assert saved(saver).thread.status is Status.STOPPED
    assert graph.invoke(None, on("t"))["log"] == ALL


def test_a_stream_that_fails_lets_go_of_the_thread() -> None:
    def fail(state: State) -> None:
        raise OSError("down")

    saver = InMemorySaver()
    builder = StateGraph(State).add_node("node", fail).add_edge(START, "node")
    graph = builder.compile(checkpointer=saver)

    with pytest.raises(OSError, match="down"):
        list(graph.stream({}, on("t")))
    assert saver.holder("t") is None


def stopping(*, how: str, on_crash: Any, saver: InMemorySaver, also: bool) -> CompiledGraph:
    """Return a graph whose node is stopped by Ctrl-C the first time it runs."""
    lives = [True]

    def work(state: State) -> State:
        if lives:
            lives.clear()
            raise KeyboardInterrupt
        return {"log": ["worked"]}

    async def async_work(state: State) -> State:
        return work(state)

    builder = StateGraph(State)
    builder.add_node("work", work if how == "sync" else async_work, on_crash=on_crash)
    builder.add_edge(START, "work")
    if also:
        builder.add_node("also", lambda s: {"log": ["also"]}, on_crash="rerun")
        builder.add_edge(START, "also")
    return builder.compile(checkpointer=saver)


@pytest.mark.parametrize("also", [False, True])
@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("on_crash", ["ask", "rerun"])
def test_ctrl_c_in_a_node_leaves_it_uncertain_unless_it_may_run_again(
    how: str, on_crash: Any, *, also: bool
) -> None:
    saver = InMemorySaver()
    graph = stopping(how=how, on_crash=on_crash, saver=saver, also=also)

    with pytest.raises(KeyboardInterrupt):
        graph.invoke({}, on("t"))

    asks = on_crash == "ask"
    assert saver.holder("t") is None
    assert saved(saver).thread.status is (Status.UNCERTAIN if asks else Status.STOPPED)
    settle = [Settle("rerun")] if asks else []
    ended = last(graph.go_on("t", saver, RunOptions(), settle=settle))
    assert ended.values == {"log": ["also", "worked"] if also else ["worked"]}


class SignalledError(KeyboardInterrupt):
    """What a signal handler raises."""


def test_what_a_signal_raises_comes_out_as_it_is() -> None:
    def work(state: State) -> None:
        raise SignalledError("SIGTERM")

    builder = StateGraph(State).add_node("work", work).add_edge(START, "work")
    with pytest.raises(SignalledError, match="SIGTERM"):
        builder.compile().invoke({})


def test_ctrl_c_between_two_attempts_is_not_uncertain() -> None:
    saver = InMemorySaver()

    def work(state: State) -> None:
        raise OSError("down")

    builder = StateGraph(State).add_node("work", work, retry_policy=AT_ONCE)
    graph = builder.add_edge(START, "work").compile()
    events = graph.start("t", {}, saver, RunOptions())
    assert [type(next(events)).__name__ for _ in range(5)][-1] == "TaskRetried"
    events.close()  # type: ignore[attr-defined]  # every run is a generator.

    assert saved(saver).thread.status is Status.STOPPED


def test_a_thread_is_driven_by_one_run_at_a_time() -> None:
    inside, go = threading.Event(), threading.Event()

    def work(state: State) -> State:
        inside.set()
        assert go.wait(10)
        return {"log": ["worked"]}

    saver = InMemorySaver()
    builder = StateGraph(State).add_node("work", work).add_edge(START, "work")
    graph = builder.compile(checkpointer=saver)
    first = threading.Thread(target=graph.invoke, args=({}, on("t")))
    first.start()
    assert inside.wait(10)

    with pytest.raises(ThreadHeldError, match="`t` is being run by another run"):
        graph.invoke({}, on("t"))
    assert graph.get_state(on("t")).next == ("work",)
    go.set()
    first.join()
    assert graph.get_state(on("t")).values == {"log": ["worked"]}


def test_a_storage_that_fails_waits_for_the_siblings_and_says_so() -> None:
    broken, slow_ended = threading.Event(), threading.Event()

    class Failing(WatchingSaver):
        def commit(self, commit: Any) -> None:
            if commit.results:
                broken.set()
                raise StorageError("the disk is full")
            super().commit(commit)

    def slow(state: State) -> None:
        assert broken.wait(10)
        slow_ended.set()

    saver = Failing()
    builder = StateGraph(State).add_node("slow", slow).add_node("quick", lambda s: None)
    builder.add_edge(START, "slow").add_edge(START, "quick")

    with pytest.raises(StorageError, match="the disk is full"):
        builder.compile(checkpointer=saver).invoke({}, on("t"))
    assert slow_ended.is_set()
    assert saver.holder("t") is None


def test_what_a_node_writes_after_its_end_is_not_heard() -> None:
    ended, written = threading.Event(), threading.Event()

    def first(state: State, writer: Any) -> None:
        def later() -> None:
            assert ended.wait(10)
            writer("too late")
            written.set()

        threading.Thread(target=later).start()
        writer("in time")

    def second(state: State) -> None:
        ended.set()
        assert written.wait(10)

    builder = StateGraph(State).add_node(first).add_node(second)
    builder.add_edge(START, "first").add_edge("first", "second")
    events: Iterator[Event] = builder.compile().start("t", {}, InMemorySaver(), RunOptions())

    assert [e.value for e in events if isinstance(e, CustomEvent)] == ["in time"]


def test_a_stream_writer_is_heard_while_its_node_runs() -> None:
    heard = threading.Event()

    def node(state: State, writer: Any) -> None:
        writer("now")
        assert heard.wait(10)

    builder = StateGraph(State).add_node(node).add_edge(START, "node")
    for chunk in builder.compile().stream({}, stream_mode="custom"):
        assert chunk == "now"
        heard.set()
    assert heard.is_set()


def test_a_task_that_never_began_is_not_in_doubt_beside_one_that_is() -> None:
    ran, saver, lives = Log(), InMemorySaver(), [True]
    stopped = threading.Event()

    def doomed(state: State) -> State:
        ran("doomed")
        if lives:
            lives.clear()
            stopped.set()
            raise KeyboardInterrupt
        return {"log": ["doomed"]}

    def other(state: State) -> State:
        ran("other")
        return {"log": ["other"]}

    builder = StateGraph(State).add_node("a", doomed).add_node("b", other)
    graph = builder.add_edge(START, "a").add_edge(START, "b").compile(checkpointer=saver)
    events = graph.start("t", {}, saver, RunOptions())
    while getattr(next(events), "node", "") != "b":  # `a` has begun, `b` is about to
        pass
    assert stopped.wait(10)
    events.close()  # type: ignore[attr-defined]  # every run is a generator.

    assert ran.taken() == ["doomed"]
    assert [task.node for task in uncertain_tasks(saved(saver))] == ["a"]
    assert last(graph.go_on("t", saver, RunOptions(), settle=[Settle("done")])).values == {
        "log": ["other"]
    }


def test_a_thread_that_was_left_after_a_node_says_what_follows() -> None:
    graph = mixed(InMemorySaver())
    for _ in graph.stream({}, on("t"), stream_mode="updates"):
        break

    assert graph.get_state(on("t")).next == ("second",)

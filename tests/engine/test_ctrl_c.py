"""Ctrl-C at every single line of the engine: what has run is never run again unasked."""

import gc
import operator
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, TypedDict

import pytest

import graphcli.engine
from graphcli import START, InMemorySaver, Send, StateGraph
from graphcli.engine.face import memory
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import standing_of, uncertain_tasks
from graphcli.engine.values.model import Status
from tests.engine.helpers import Log, last, saved

ENGINE = str(Path(graphcli.engine.__file__).parent)

#: One in so many of the lines is tried; GRAPHCLI_SWEEP=1 tries each by hand.
STEP = 1 if os.environ.get("GRAPHCLI_SWEEP") else 6
#: A commit is atomic in every storage; the one in memory is so only as long as nobody looks inside.
ATOMIC = memory.__file__


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


class InterruptAt:
    """Raises KeyboardInterrupt at the n-th line that this thread runs inside the engine.

    `places` are the lines that were run.
    """

    def __init__(self, line: int) -> None:
        self.left = line
        self.places: list[tuple[str, int]] = []
        self._before = sys.gettrace()

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, _arg: Any) -> Any:
        file = frame.f_code.co_filename
        if file == ATOMIC or _called_by(frame) == ATOMIC:
            return None
        if event == "line" and file.startswith(ENGINE):
            self.left -= 1
            self.places.append((file, frame.f_lineno))
            if self.left == 0:
                raise KeyboardInterrupt
        return self._trace


def _called_by(frame: FrameType) -> str:
    return "" if frame.f_back is None else frame.f_back.f_code.co_filename


def node(ran: Log, name: str) -> Callable[[State], State]:
    def run(state: State) -> State:
        ran(name)
        return {"log": [name]}

    return run


def chain(ran: Log) -> CompiledGraph:
    builder = StateGraph(State).add_node("a", node(ran, "a")).add_node("b", node(ran, "b"))
    return builder.add_edge(START, "a").add_edge("a", "b").compile()


def fan(ran: Log) -> CompiledGraph:
    def work(name: str) -> State:
        ran(name)
        return {"log": [name]}

    builder = StateGraph(State).add_node("work", work)
    builder.add_conditional_edges(START, lambda state: [Send("work", name) for name in "ab"])
    return builder.compile()


def invoked(ran: Log) -> CompiledGraph:
    """Return a graph that invokes a chain in the thread that drives it."""
    inner = chain(ran)
    builder = StateGraph(State).add_node("child", lambda s: inner.invoke({}), on_crash="rerun")
    return builder.add_edge(START, "child").compile()


def as_node(ran: Log) -> CompiledGraph:
    """Return a graph with a chain as its node, in a worker thread."""
    return StateGraph(State).add_node("child", chain(ran)).add_edge(START, "child").compile()


def fan_inside(ran: Log) -> CompiledGraph:
    """Return a graph that invokes one whose two tasks run in worker threads."""
    child = StateGraph(State).add_node("a", node(ran, "a")).add_node("b", node(ran, "b"))
    inner = child.add_edge(START, "a").add_edge(START, "b").compile()
    builder = StateGraph(State).add_node("child", lambda s: inner.invoke({}), on_crash="rerun")
    return builder.add_edge(START, "child").compile()


def asynchronous(ran: Log) -> CompiledGraph:
    """Return a graph whose async node awaits a graph of async nodes."""

    def awaiting(name: str) -> Any:
        async def run(state: State) -> State:
            return node(ran, name)(state)

        return run

    builder = StateGraph(State).add_node("a", awaiting("a")).add_node("b", awaiting("b"))
    inner = builder.add_edge(START, "a").add_edge("a", "b").compile()

    async def child(state: State) -> Any:
        return await inner.ainvoke({})

    outer = StateGraph(State).add_node(child, on_crash="rerun").add_edge(START, "child")
    return outer.compile()


def interrupted_at(line: int, graph: CompiledGraph, saver: InMemorySaver) -> InterruptAt:
    """Run `graph`, and interrupt it at `line` if it lives that long."""
    assert graph.fingerprint  # made once a graph and before anything is saved: thousands of lines
    at = InterruptAt(line)
    with suppress(KeyboardInterrupt), at:
        last(graph.start("t", {}, saver, RunOptions()))
    return at


def at_rest() -> None:
    """Wait until no worker of a run that was left has anything left to do."""
    for thread in threading.enumerate():
        while thread.name in ("graphcli-task", "graphcli-loop") and _at_work(thread):
            time.sleep(0)


def _at_work(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code.co_name not in ("_work", "select")


# A task that was made and not begun is a coroutine that nobody awaited; Python says so.
@pytest.mark.filterwarnings("ignore:coroutine 'TaskRunner.run' was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("make", [chain, fan])
def test_ctrl_c_anywhere_never_runs_a_finished_task_again(
    make: Callable[[Log], CompiledGraph],
) -> None:
    line = 0
    seen = set()
    while True:
        line += 1
        ran, saver = Log(), InMemorySaver()
        graph = make(ran)
        if interrupted_at(line, graph, saver).left > 0:
            break
        if saver.load("t") is None:  # before anything had begun
            assert ran.taken() == []
            continue
        status = standing_of(saved(saver), saver).status
        seen.add(status)
        if status is Status.UNCERTAIN:
            assert uncertain_tasks(saved(saver)), f"nothing to settle at line {line}"
            continue
        if status is not Status.FINISHED:
            last(graph.go_on("t", saver, RunOptions()))
        assert sorted(ran.taken()) == ["a", "b"], f"lost or repeated at line {line}"
        assert saved(saver).checkpoint.values == {"log": ["a", "b"]}

    gc.collect()  # what was never awaited says so now, where it is expected
    assert line > 100
    assert seen == {Status.UNCERTAIN, Status.STOPPED, Status.FINISHED}


def worth_trying(make: Callable[[Log], CompiledGraph]) -> list[int]:
    """One in STEP of the first and last times that a line of the engine is run, as numbers."""
    places = interrupted_at(0, make(Log()), InMemorySaver()).places
    first = {place: n for n, place in reversed(list(enumerate(places, 1)))}
    return sorted({*first.values(), *{place: n for n, place in enumerate(places, 1)}.values()})[
        ::STEP
    ]


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("make", [invoked, as_node, fan_inside, asynchronous])
def test_ctrl_c_in_or_around_a_subgraph_never_runs_a_finished_task_again(
    make: Callable[[Log], CompiledGraph],
) -> None:
    seen = set()
    for line in worth_trying(make):
        ran, saver = Log(), InMemorySaver()
        graph = make(ran)
        interrupted_at(line, graph, saver)
        at_rest()
        if saver.load("t") is None:
            assert ran.taken() == []
            continue
        before = standing_of(saved(saver), saver)
        seen.add(before.status)
        doubted = _settled(graph, saver)
        assert saved(saver).checkpoint.values == {"log": ["a", "b"]}, f"lost at line {line}"
        again = Counter(ran.taken()) - Counter(["a", "b"])
        assert again <= Counter(doubted), f"{again} ran again, unasked, at line {line}"

    gc.collect()
    assert seen >= {Status.STOPPED, Status.FINISHED}


def _settled(graph: CompiledGraph, saver: InMemorySaver) -> list[str]:
    """Go on until the thread is finished; return the tasks that were uncertain and run again."""
    doubted: list[str] = []
    for _ in range(4):
        standing = standing_of(saved(saver), saver)
        if standing.status is Status.FINISHED:
            return doubted
        assert (standing.status is Status.UNCERTAIN) == bool(standing.uncertain)
        doubted += [task.node for task in standing.uncertain]
        settle = [Settle("rerun", task.id) for task in standing.uncertain]
        last(graph.go_on("t", saver, RunOptions(), settle=settle))
    raise AssertionError("the thread is stranded")

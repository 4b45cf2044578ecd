"""Ctrl-C at every single line of the engine: what has run is never run again unasked."""

import operator
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, TypedDict

import pytest

import graphcli.engine
from graphcli import START, InMemorySaver, Send, StateGraph
from graphcli.engine import memory
from graphcli.engine.compiled import CompiledGraph
from graphcli.engine.model import Status
from graphcli.engine.protocol import RunOptions
from graphcli.engine.standing import standing_of, uncertain_tasks
from tests.engine.helpers import Log, last, saved

ENGINE = str(Path(graphcli.engine.__file__).parent)

#: A commit is atomic in every storage; the one in memory is so only as long as nobody looks inside.
ATOMIC = memory.__file__


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


class InterruptAt:
    """Raises KeyboardInterrupt at the n-th line that this thread runs inside the engine."""

    def __init__(self, line: int) -> None:
        self.left = line
        self._before = sys.gettrace()

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, _arg: Any) -> Any:
        file = frame.f_code.co_filename
        if file == ATOMIC:
            return None
        if event == "line" and file.startswith(ENGINE):
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self._trace


def chain(ran: Log) -> CompiledGraph:
    def node(name: str) -> Callable[[State], State]:
        def run(state: State) -> State:
            ran(name)
            return {"log": [name]}

        return run

    builder = StateGraph(State).add_node("a", node("a")).add_node("b", node("b"))
    return builder.add_edge(START, "a").add_edge("a", "b").compile()


def fan(ran: Log) -> CompiledGraph:
    def work(name: str) -> State:
        ran(name)
        return {"log": [name]}

    builder = StateGraph(State).add_node("work", work)
    builder.add_conditional_edges(START, lambda state: [Send("work", name) for name in "ab"])
    return builder.compile()


def interrupted_at(line: int, graph: CompiledGraph, saver: InMemorySaver) -> bool:
    """Run `graph`; return whether it lived to be interrupted at `line`."""
    try:
        with InterruptAt(line):
            last(graph.start("t", {}, saver, RunOptions()))
    except KeyboardInterrupt:
        return True
    return False


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
        if not interrupted_at(line, graph, saver):
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

    assert line > 100
    assert seen == {Status.UNCERTAIN, Status.STOPPED, Status.FINISHED}

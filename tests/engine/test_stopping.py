"""A run that is asked to stop begins nothing more, and keeps what comes to its end."""

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, InMemorySaver, Send, StateGraph
from graphcli.engine.face import subgraph
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.events import TaskRetried, TaskStarted
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.values.model import Status
from tests.engine.helpers import AT_ONCE, Log, last


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


def step(ran: Log, name: str) -> Callable[[Any], State]:
    def run(state: Any) -> State:
        ran(name)
        return {"log": [name]}

    return run


def chain(ran: Log, *names: str, **kept: Any) -> CompiledGraph:
    return (
        StateGraph(State)
        .add_sequence([(n, step(ran, n)) for n in names])
        .add_edge(START, names[0])
        .compile(**kept)
    )


def fan(ran: Log) -> CompiledGraph:
    builder = StateGraph(State).add_node("work", lambda name: step(ran, name)({}))
    builder.add_conditional_edges(START, lambda state: [Send("work", n) for n in "abcde"])
    return builder.compile()


def with_inside(ran: Log, child: Any, **how: Any) -> CompiledGraph:
    builder = StateGraph(State).add_node("child", child, **how).add_node("last", step(ran, "last"))
    return builder.add_edge(START, "child").add_edge("child", "last").compile()


def as_node(ran: Log) -> CompiledGraph:
    return with_inside(ran, chain(ran, "a", "b"))


def called(ran: Log, **how: Any) -> CompiledGraph:
    def child(state: State) -> Any:
        ran("child")
        return chain(ran, "a", "b").invoke({})

    return with_inside(ran, child, **how)


def called_that_may_run_again(ran: Log) -> CompiledGraph:
    return called(ran, on_crash="rerun")


def keeps_nothing(ran: Log) -> CompiledGraph:
    return with_inside(ran, chain(ran, "a", "b", checkpointer=False))


def stopped_after_a(graph: CompiledGraph, ran: Log, saver: InMemorySaver) -> list[str]:
    """Run until `a` has run, and what was at work has come to its end."""
    options = RunOptions(stopping=lambda: "a" in ran.names, max_concurrency=2)
    assert last(graph.start("t", {}, saver, options)).status is Status.STOPPED
    return sorted(ran.taken())


@pytest.mark.parametrize(
    ("make", "before", "after"),
    [
        (lambda ran: chain(ran, "a", "b"), ["a"], ["b"]),
        (fan, ["a", "b"], ["c", "d", "e"]),
        (as_node, ["a"], ["b", "last"]),
        # Run again from their start they would do again, unasked, what they have done.
        (called, ["a", "b", "child"], ["last"]),
        (called_that_may_run_again, ["a", "child"], ["b", "child", "last"]),
        (keeps_nothing, ["a", "b"], ["last"]),
    ],
)
def test_nothing_more_begins_and_nothing_runs_again(
    make: Callable[[Log], CompiledGraph], before: list[str], after: list[str]
) -> None:
    ran, saver = Log(), InMemorySaver()
    graph = make(ran)
    assert stopped_after_a(graph, ran, saver) == before
    told = list(graph.go_on("t", saver, RunOptions()))
    ended: Any = told[-1]
    assert (ended.status, sorted(ran.taken())) == (Status.FINISHED, after)
    # Who has not begun does not begin for the second time; but for what had paused.
    again = {e.node for e in told if isinstance(e, TaskStarted) and e.attempt > 1}
    assert again <= {"child"}
    assert ended.values["log"] == sorted({*before, *after} - {"child"})


def test_a_function_that_is_stopped_inside_would_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lent = subgraph.lent
    weak = lambda seat, own: lent(seat._replace(scope=Whole(seat.scope)), own)  # noqa: E731
    monkeypatch.setattr(subgraph, "lent", weak)
    ran, saver = Log(), InMemorySaver()
    graph = called(ran)
    assert stopped_after_a(graph, ran, saver) == ["a", "child"]
    last(graph.go_on("t", saver, RunOptions()))
    assert "child" in ran.taken()


class Whole:
    """The scope of a task, as if a graph were its node."""

    whole = True

    def __init__(self, scope: Any) -> None:
        self._scope = scope

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scope, name)


def test_a_task_that_fails_meanwhile_is_not_tried_again() -> None:
    ran = Log()

    def fails(state: State) -> State:
        ran("a")
        raise OSError("once more")

    builder = StateGraph(State).add_node("fails", fails, retry_policy=AT_ONCE)
    graph = builder.add_edge(START, "fails").compile()
    options = RunOptions(stopping=lambda: bool(ran.names))
    told = list(graph.start("t", {}, InMemorySaver(), options))
    ended: Any = told[-1]
    assert (ended.status, ran.taken()) == (Status.FAILED, ["a"])
    assert not any(isinstance(event, TaskRetried) for event in told)
    last(graph.start("t", {}, InMemorySaver(), RunOptions()))
    assert ran.taken() == ["a"] * 3

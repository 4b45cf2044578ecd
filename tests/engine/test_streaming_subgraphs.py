"""What `stream` tells of graphs that run inside the tasks of others."""

import operator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, CompiledGraph, InMemorySaver, StateGraph, interrupt
from tests.engine.helpers import on


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


class Inner(TypedDict, total=False):
    said: Annotated[list[Any], operator.add]


def inner() -> CompiledGraph:
    """i1 → i2, which asks; its state shares no key with the graph around it."""
    builder = StateGraph(Inner).add_node("i1", lambda state: {"said": ["i1"]})
    builder.add_node("i2", lambda state: {"said": [interrupt("i2?")]})
    return builder.add_edge(START, "i1").add_edge("i1", "i2").compile()


def called(**compile_: Any) -> CompiledGraph:
    """A node `n` that calls the inner graph, beside a node `m`."""
    sub = inner()
    builder = StateGraph(State).add_node("n", lambda state: {"log": sub.invoke({})["said"]})
    builder.add_node("m", lambda state: {"log": ["m"]})
    builder.add_edge(START, "n").add_edge(START, "m")
    return builder.compile(checkpointer=InMemorySaver(), **compile_)


def tasks(graph: CompiledGraph, value: Any) -> set[str]:
    """What the tasks of a run got or wrote, with the node in whose task they ran."""
    told = set()
    for path, chunk in graph.stream(value, on("t"), stream_mode="tasks", subgraphs=True):
        said = chunk["input"] if "input" in chunk else (chunk["result"], chunk["interrupts"])
        place = "/".join([*(each.partition(":")[0] for each in path), chunk["name"]])
        told.add(f"{place} {said}")
    return told


def test_the_tasks_of_a_graph_that_a_function_calls_are_told_with_their_own_state() -> None:
    graph = called()
    first = tasks(graph, {})
    question = {"value": "i2?", "id": graph_question(graph), "response_schema": None}
    assert first == {
        "n {'log': []}",
        "m {'log': []}",
        "n/i1 {'said': []}",
        "n/i1 ({'said': ['i1']}, [])",
        "n/i2 {'said': ['i1']}",
        f"n/i2 ({{}}, {[question]})",
        f"n ({{}}, {[question]})",
        "m ({'log': ['m']}, [])",
    }
    assert tasks(graph, Command(resume="so")) == {
        "n {'log': []}",
        "n/i2 {'said': ['i1']}",
        "n/i2 ({'said': ['so']}, [])",
        "n ({'log': ['i1', 'so']}, [])",
    }


def graph_question(graph: CompiledGraph) -> str:
    """The id of the one open question, as going on without an answer tells it."""
    asked: str = graph.invoke(None, on("t"))["__interrupt__"][0].id
    return asked


@pytest.mark.parametrize("subgraphs", [False, True])
def test_the_task_around_a_question_tells_it_in_the_updates(subgraphs: bool) -> None:
    chunks = list(called().stream({}, on("t"), stream_mode="updates", subgraphs=subgraphs))
    places = [path for path, chunk in chunks if "__interrupt__" in chunk] if subgraphs else chunks
    if subgraphs:
        assert sorted(len(path) for path in places) == [0, 1]
    else:
        asked = [chunk["__interrupt__"] for chunk in chunks if "__interrupt__" in chunk]
        assert [[each.value for each in questions] for questions in asked] == [["i2?"]]


def test_the_values_of_a_run_that_stops_halfway_are_told() -> None:
    sub = inner_stopping()
    builder = StateGraph(State).add_node("n", sub).add_node("m", lambda state: {"log": ["m"]})
    builder.add_edge(START, "n").add_edge(START, "m")
    graph = builder.compile(checkpointer=InMemorySaver())

    assert list(graph.stream({"log": ["in"]}, on("t"), stream_mode="values")) == [
        {"log": ["in"]},
        {"log": ["in", "m"]},
    ]


def inner_stopping() -> CompiledGraph:
    """A graph that stops before its node."""
    builder = StateGraph(State).add_node("i", lambda state: {"log": ["i"]}).add_edge(START, "i")
    return builder.compile(interrupt_before=["i"])


def test_a_run_that_stops_between_two_supersteps_tells_its_values_once() -> None:
    builder = StateGraph(State).add_node("a", lambda state: {"log": ["a"]}).add_edge(START, "a")
    builder.add_node("b", lambda state: None).add_edge("a", "b")
    graph = builder.compile(checkpointer=InMemorySaver(), interrupt_before=["b"])

    assert list(graph.stream({}, on("t"), stream_mode="values")) == [{"log": ["a"]}]

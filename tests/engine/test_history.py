"""What the history tells of each task: where it came from, and what it wrote."""

import operator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, Send, StateGraph, interrupt
from tests.engine.helpers import on


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    x: int


def tasks(graph: Any) -> list[list[tuple[Any, ...]]]:
    """The tasks of each superstep, the first one first, as (path, result)."""
    history = list(graph.get_state_history(on("t")))
    return [[(task.path, task.result) for task in at.tasks] for at in reversed(history)]


def test_the_input_is_the_result_of_start(saver: Any) -> None:
    builder = StateGraph(State).add_node("n", lambda state: {"log": ["n"]})
    graph = builder.add_edge(START, "n").compile(checkpointer=saver)
    graph.invoke({"x": 1, "unknown": 2}, on("t"))

    assert tasks(graph) == [
        [(("__pregel_pull", "__start__"), {"x": 1})],
        [(("__pregel_pull", "n"), {"log": ["n"]})],
        [],
    ]


def test_a_send_has_its_number_for_a_path(saver: Any) -> None:
    builder = StateGraph(State).add_node("n", lambda arg: {"log": [arg]})
    builder.add_conditional_edges(START, lambda state: [Send("n", 7), Send("n", 8)])
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"x": 1}, on("t"))

    assert tasks(graph)[1] == [
        (("__pregel_push", 0, False), {"log": [7]}),
        (("__pregel_push", 1, False), {"log": [8]}),
    ]


def test_start_has_no_result_while_its_branch_asks(saver: Any) -> None:
    builder = StateGraph(State).add_node("n", lambda state: None)
    builder.add_conditional_edges(START, lambda state: interrupt("where to?"))
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"x": 1}, on("t"))
    assert tasks(graph) == [[(("__pregel_pull", "__start__"), None)]]

    graph.invoke(Command(resume="n"), on("t"))
    assert tasks(graph)[0] == [(("__pregel_pull", "__start__"), {"x": 1})]


def test_a_key_written_twice_has_every_write(saver: Any) -> None:
    def node(state: State) -> Any:
        return [Command(update={"log": ["one"], "x": 1}), Command(update={"log": ["two"]})]

    graph = StateGraph(State).add_node("n", node).add_edge(START, "n").compile(checkpointer=saver)
    graph.invoke({}, on("t"))

    written = {"log": {"$writes": [["one"], ["two"]]}, "x": 1}
    assert tasks(graph)[1] == [(("__pregel_pull", "n"), written)]


@pytest.mark.parametrize(
    ("returned", "result"),
    [("b", "b"), ([Command(update="b"), Command(update="c")], {"$writes": ["b", "c"]})],
)
def test_a_state_of_one_value_has_that_value_as_result(
    saver: Any, returned: Any, result: Any
) -> None:
    builder = StateGraph(Annotated[str, operator.add]).add_node("n", lambda state: returned)
    graph = builder.add_edge(START, "n").compile(checkpointer=saver)
    graph.invoke("a", on("t"))

    assert tasks(graph) == [
        [(("__pregel_pull", "__start__"), "a")],
        [(("__pregel_pull", "n"), result)],
        [],
    ]


def test_updates_of_a_state_of_one_value_are_all_told() -> None:
    def node(state: str) -> Any:
        return [Command(update="b"), Command(update="c")]

    builder = StateGraph(Annotated[str, operator.add]).add_node("n", node)
    graph = builder.add_edge(START, "n").compile()

    assert list(graph.stream("a", stream_mode="updates")) == [{"n": ["b", "c"]}]

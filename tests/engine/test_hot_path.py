"""What a superstep costs, counted: no clock, so that a busy machine changes nothing."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypedDict

import pytest

from graphcli import END, START, StateGraph
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.graph.messages import _merged_by_id, _messages, add_messages


class Count(TypedDict):
    n: int
    to: int


def counting() -> CompiledGraph:
    """Return a graph of one node that goes round until `to`."""

    def more(state: Count) -> dict[str, int]:
        return {"n": state["n"] + 1}

    def on(state: Count) -> str:
        return "more" if state["n"] < state["to"] else END

    builder = StateGraph(Count).add_node(more).add_edge(START, "more")
    return builder.add_conditional_edges("more", on).compile()


def calls(work: Callable[[int], Any]) -> float:
    """Return how many Python functions are called, or go on, for each superstep."""
    counted = [0, 0]

    def count(number: int) -> Callable[[FrameType, str, Any], None]:
        def heard(_frame: FrameType, event: str, _arg: Any) -> None:
            counted[number] += event == "call"

        return heard

    before = sys.getprofile()
    try:
        for number, steps in enumerate((10, 60)):
            sys.setprofile(count(number))
            work(steps)
    finally:
        sys.setprofile(before)
    return (counted[1] - counted[0]) / 50


def test_a_superstep_of_an_invoke_calls_few_functions_and_makes_no_events() -> None:
    graph = counting()
    limits = {"recursion_limit": 100}

    invoked = calls(lambda to: graph.invoke({"n": 0, "to": to}, limits))
    streamed = calls(lambda to: list(graph.stream({"n": 0, "to": to}, limits)))

    assert invoked <= 70  # 133 before anybody counted
    assert streamed > invoked + 10  # the control: what is heard is told


def test_a_graph_that_a_node_streams_is_heard_in_a_run_that_is_not() -> None:
    inner = counting()
    heard: list[Any] = []

    def run(state: Count) -> dict[str, int]:
        told = inner.stream({"n": 0, "to": 2}, subgraphs=True)
        heard.extend(chunk for _place, chunk in told)
        return {"n": len(heard)}

    outer = StateGraph(Count).add_node(run).add_edge(START, "run").compile()

    assert outer.invoke({"n": 0, "to": 0}) == {"n": 2, "to": 0}
    assert heard == [{"more": {"n": 1}}, {"more": {"n": 2}}]


MESSAGE = {"role": "user", "content": "hello"}
OLD = [{**MESSAGE, "id": "a"}, {**MESSAGE, "id": "b"}]


@pytest.mark.parametrize(
    "update",
    [
        [{**MESSAGE, "id": "c"}],
        [{**MESSAGE, "id": "b", "content": "replaced"}],
        [{**MESSAGE, "id": "c"}, {**MESSAGE, "id": "c", "content": "again"}],
        [{**MESSAGE, "id": "c"}, {"role": "remove", "id": "a", "content": ""}],
        [{**MESSAGE, "id": 7}],
        [],
    ],
)
@pytest.mark.parametrize("before", [OLD, [*OLD, OLD[0]], []])
def test_messages_that_are_only_appended_come_out_as_if_they_were_merged(
    before: list[Any], update: list[Any]
) -> None:
    if not before:
        update = [each for each in update if each["role"] != "remove"]

    assert add_messages(before, update) == _merged_by_id(_messages(before), _messages(update))


def test_a_message_that_only_gets_its_id_here_is_appended() -> None:
    said = add_messages(OLD, MESSAGE)

    assert said[:2] == OLD
    assert said[0] is OLD[0]
    assert type(said[2].pop("id")) is str
    assert said[2] == MESSAGE

"""RemainingSteps and IsLastStep: keys that nodes read, and that nobody writes or keeps."""

import operator
from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from pydantic import BaseModel

from graphcli import END, START, InMemorySaver, IsLastStep, RemainingSteps, StateGraph
from graphcli.errors import GraphRecursionError
from tests.engine.helpers import on, saved


class State(TypedDict):
    log: Annotated[list[Any], operator.add]
    left: NotRequired[RemainingSteps]
    last: IsLastStep


def looping(turns: int) -> StateGraph:
    """Return a graph that logs what it is told, `turns` supersteps long."""
    builder = StateGraph(State)
    builder.add_node("turn", lambda state: {"log": [(state["left"], state["last"])]})
    builder.add_edge(START, "turn")
    builder.add_conditional_edges("turn", lambda s: END if len(s["log"]) == turns else "turn")
    return builder


def test_a_node_knows_how_many_supersteps_are_left() -> None:
    graph = looping(3).compile()

    assert graph.invoke({"log": []}, {"recursion_limit": 3}) == {
        "log": [(3, False), (2, False), (1, True)]
    }
    with pytest.raises(GraphRecursionError):
        looping(4).compile().invoke({"log": []}, {"recursion_limit": 3})


def test_a_branch_sees_what_its_node_saw() -> None:
    builder = StateGraph(State).add_node("turn", lambda state: {"log": ["turn"]})
    builder.add_edge(START, "turn")
    builder.add_conditional_edges("turn", lambda state: END if state["last"] else "turn")

    assert builder.compile().invoke({}, {"recursion_limit": 5}) == {"log": ["turn"] * 5}


def test_managed_keys_are_never_taken_in_written_stored_or_shown() -> None:
    saver = InMemorySaver()
    builder = StateGraph(State).add_node("echo", lambda state: {**state, "log": ["echo"]})
    graph = builder.set_entry_point("echo").compile(checkpointer=saver)

    chunks = list(graph.stream({"log": [], "left": 99}, on("t"), stream_mode=["updates", "values"]))

    assert chunks == [
        ("values", {"log": []}),
        ("updates", {"echo": {"log": ["echo"]}}),
        ("values", {"log": ["echo"]}),
    ]
    assert graph.get_state(on("t")).values == {"log": ["echo"]}
    assert saved(saver).checkpoint.values == {"log": ["echo"]}


@dataclass
class Record:
    left: RemainingSteps
    log: list[Any] = field(default_factory=list)


class Model(BaseModel):
    left: RemainingSteps
    log: list[Any] = []


@pytest.mark.parametrize("schema", [Record, Model])
def test_objects_have_managed_fields(schema: Any) -> None:
    builder = StateGraph(schema).add_node("node", lambda state: {"log": [state.left]})

    assert builder.set_entry_point("node").compile().invoke({}, {"recursion_limit": 7}) == {
        "log": [7]
    }


class Own(TypedDict):
    left: RemainingSteps


class Log(TypedDict):
    log: Any


def test_a_nodes_own_input_may_name_them() -> None:
    def node(state: Own) -> Log:
        return {"log": dict(state)}

    builder = StateGraph(Log).add_node("node", node)
    assert builder.set_entry_point("node").compile().invoke({}, {"recursion_limit": 7}) == {
        "log": {"left": 7}
    }
    builder = StateGraph(Log).add_node("node", lambda state: {"log": dict(state)}, input_schema=Own)
    assert builder.set_entry_point("node").compile().invoke({}, {"recursion_limit": 7}) == {
        "log": {"left": 7}
    }


def test_a_key_that_another_schema_keeps_is_an_ordinary_channel() -> None:
    class Kept(TypedDict, total=False):
        left: int
        log: Any

    builder = StateGraph(Kept)
    builder.add_node("own", lambda state: {"log": state["left"], "left": 1}, input_schema=Own)

    assert builder.set_entry_point("own").compile().invoke({"left": 5}, {"recursion_limit": 7}) == {
        "log": 7,
        "left": 1,
    }

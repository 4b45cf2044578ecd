"""What code written for LangGraph does besides running a graph: bind, ask, subscript, check."""

import asyncio
import operator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict

from graphcli import (
    START,
    Command,
    CompiledGraph,
    InMemorySaver,
    RemainingSteps,
    Runtime,
    StateGraph,
    StateUpdate,
    interrupt,
)
from graphcli.engine.running.runtime import ExecutionInfo
from graphcli.errors import (
    GraphRecursionError,
    InvalidAnswerError,
    InvalidGraphError,
    NotFoundError,
    is_invalid_resume,
)
from tests.engine.helpers import AT_ONCE, on


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    left: RemainingSteps


class Decision(TypedDict):
    approved: bool


def single(node: Any, saver: InMemorySaver | None = None, schema: Any = State) -> CompiledGraph:
    return StateGraph(schema).add_node("n", node).add_edge(START, "n").compile(checkpointer=saver)


def test_a_bound_config_says_what_a_call_leaves_open() -> None:
    seen: list[Any] = []

    def node(state: State, config: Any) -> None:
        seen.append((config["configurable"]["user"], config["configurable"]["key"]))
        seen.append((config["metadata"], config["tags"]))

    bound = {"configurable": {"user": "ada", "key": 1}, "metadata": {"a": 1}, "tags": ["x"]}
    graph = single(node).with_config(bound)
    given = {"configurable": {"key": 2}, "metadata": {"b": 2}, "tags": ["x", "y"]}

    graph.invoke({}, given)
    assert seen == [("ada", 2), ({"a": 1, "b": 2}, ["x", "y"])]


def test_binding_leaves_the_graph_as_it_was_and_can_be_repeated() -> None:
    plain = StateGraph(State).add_node("n", lambda state: None).add_edge(START, "n")
    graph = plain.add_edge("n", "n").compile()
    bound = graph.with_config(recursion_limit=3).with_config({"tags": ["x"]})

    with pytest.raises(GraphRecursionError, match="within 3 supersteps"):
        bound.invoke({})
    with pytest.raises(GraphRecursionError, match="within 2 supersteps"):
        bound.invoke({}, {"recursion_limit": 2})
    with pytest.raises(GraphRecursionError, match="within 5 supersteps"):
        graph.invoke({}, {"recursion_limit": 5})


def test_a_bound_thread_is_the_one_that_runs() -> None:
    graph = single(lambda state: {"log": ["n"]}, InMemorySaver())
    graph.with_config(on("t")).invoke({})

    assert graph.get_state(on("t")).values == {"log": ["n"]}


def test_generic_names_can_be_subscripted() -> None:
    graph: Any = StateGraph
    assert graph[State](State).add_node("n", lambda state: None).managed == {"left"}
    compiled: Any = CompiledGraph
    assert compiled[State].__origin__ is CompiledGraph


def test_a_sequence_has_a_node() -> None:
    with pytest.raises(InvalidGraphError, match="at least one node"):
        StateGraph(State).add_sequence([])


def test_what_is_no_checkpointer_is_refused_when_the_graph_is_compiled() -> None:
    builder = StateGraph(State).add_node("n", lambda state: None).add_edge(START, "n")
    other: Any = object()
    with pytest.raises(TypeError, match="Invalid checkpointer provided: a object"):
        builder.compile(checkpointer=other)
    builder.compile(checkpointer=InMemorySaver())


def test_several_supersteps_are_written_from_async_code_too() -> None:
    graph = single(lambda state: None, InMemorySaver())
    updates = [[StateUpdate({"log": ["a"]}, START)], [StateUpdate({"log": ["b"]}, "n")]]

    config = asyncio.run(graph.abulk_update_state(on("t"), updates))
    assert graph.get_state(config).values == {"log": ["a", "b"]}


def test_an_answer_to_a_typed_dict_of_typing_extensions_is_checked() -> None:
    graph = single(
        lambda state: {"log": [interrupt("?", response_schema=Decision)]}, InMemorySaver()
    )
    graph.invoke({}, on("t"))

    with pytest.raises(ValueError, match="at `approved`") as refused:
        graph.invoke(Command(resume={"approved": "nope"}), on("t"))
    assert isinstance(refused.value, InvalidAnswerError)
    assert is_invalid_resume(refused.value)
    assert not is_invalid_resume(NotFoundError("no"))
    assert graph.invoke(Command(resume={"approved": True}), on("t")) == {
        "log": [{"approved": True}]
    }


def test_the_first_attempt_has_a_time_and_the_next_ones_keep_it() -> None:
    seen: list[ExecutionInfo] = []

    def node(state: State, runtime: Runtime[Any]) -> None:
        assert runtime.execution_info is not None
        seen.append(runtime.execution_info)
        if len(seen) < 3:
            raise OSError("again")

    builder = StateGraph(State).add_node("n", node, retry_policy=AT_ONCE)
    builder.add_edge(START, "n").compile().invoke({})

    assert [info.node_attempt for info in seen] == [1, 2, 3]
    assert {info.node_first_attempt_time for info in seen} == {seen[0].node_first_attempt_time}
    assert isinstance(seen[0].node_first_attempt_time, float)
    assert seen[0].patch(node_attempt=3) == seen[2]


def test_schemas_of_input_output_and_context() -> None:
    @dataclass
    class Context:
        user: str

    class Output(TypedDict):
        text: str

    builder = StateGraph(Decision, Context, output_schema=Output)
    graph = builder.add_node("n", lambda state: None).add_edge(START, "n").compile()

    def told(name: str, kind: str) -> dict[str, Any]:
        return {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}

    assert graph.get_input_jsonschema() == told("approved", "boolean")
    assert graph.get_output_jsonschema() == told("text", "string")
    assert graph.get_context_jsonschema() == told("user", "string")
    assert single(lambda state: None).get_context_jsonschema() is None

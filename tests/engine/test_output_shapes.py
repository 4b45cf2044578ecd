"""What `invoke` returns, in both versions, and the values that LangGraph's users take apart."""

import operator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel

from graphcli import (
    START,
    Command,
    CompiledGraph,
    GraphOutput,
    InMemorySaver,
    Interrupt,
    MemorySaver,
    Send,
    StateGraph,
    interrupt,
)
from graphcli.errors import GraphRecursionError
from graphcli.storage import open_storage
from tests.engine.helpers import on


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    x: int


class Output(TypedDict, total=False):
    x: int


@dataclass
class Data:
    x: int = 0
    log: Annotated[list[Any], operator.add] = field(default_factory=list)


class Model(BaseModel):
    x: int = 0
    log: Annotated[list[Any], operator.add] = []


class Needy(BaseModel):
    who: str
    x: int = 0


def single(node: Any, schema: Any = State, **schemas: Any) -> CompiledGraph:
    builder = StateGraph(schema, **schemas).add_node("n", node).add_edge(START, "n")
    return builder.compile(checkpointer=InMemorySaver())


def test_version_2_keeps_questions_apart_from_the_values() -> None:
    graph = single(lambda state: {"x": interrupt("x?")})

    asked = graph.invoke({"log": [1]}, on("t"), version="v2")
    (question,) = graph.get_state(on("t")).interrupts
    assert asked == GraphOutput({"log": [1]}, (question,))
    told = graph.invoke(Command(resume=2), on("t"), version="v2")
    assert told == GraphOutput({"log": [1], "x": 2})
    assert (told.value, told.interrupts) == ({"log": [1], "x": 2}, ())


@pytest.mark.parametrize("schema", [Data, Model])
def test_version_2_returns_an_object_of_the_output_schema(schema: Any) -> None:
    graph = single(lambda state: {"x": state.x + 1}, schema)
    assert graph.invoke({"x": 1}, on("t"), version="v2") == GraphOutput(schema(x=2))
    assert graph.invoke({"x": 1}, on("t")) == {"x": 2, "log": []}
    graph = single(lambda state: {"x": state["x"] + 1}, output_schema=schema)
    assert graph.invoke({"x": 1}, on("t"), version="v2").value == schema(x=2)
    graph = single(lambda state: {"x": state.x + 1}, schema, output_schema=Output)
    assert graph.invoke({"x": 1}, on("t"), version="v2").value == {"x": 2}


def test_version_2_validates_as_the_schema_does() -> None:
    graph = single(lambda state: {"x": "7"}, Model)
    assert graph.invoke({}, on("t"), version="v2").value == Model(x=7)
    assert graph.invoke({}, on("t")) == {"x": "7", "log": []}


def test_a_question_is_not_lost_over_a_state_that_is_not_complete_yet() -> None:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"who": interrupt("who?")}

    graph = single(node, output_schema=Needy)
    asked = graph.invoke({"x": 1}, on("t"), version="v2")
    assert (asked.value, [i.value for i in asked.interrupts]) == ({"x": 1}, ["who?"])
    told = graph.invoke(Command(resume="ada"), on("t"), version="v2")
    assert told.value == Needy(who="ada", x=1)


@pytest.mark.parametrize(
    ("keys", "output"), [("x", 2), (["x"], {"x": 2}), (["x", "log"], {"x": 2, "log": [1]})]
)
def test_output_keys_limit_the_output(keys: Any, output: Any) -> None:
    graph = single(lambda state: {"x": 2}, output_schema=Output)
    assert graph.invoke({"log": [1]}, on("t"), output_keys=keys) == output
    assert graph.invoke(None, on("t"), output_keys=keys, version="v2") == GraphOutput(output)


def test_a_question_takes_the_place_of_an_output_that_has_no_keys() -> None:
    graph = single(lambda state: {"x": interrupt("x?")})
    (question,) = graph.invoke({"log": [1]}, on("t"), output_keys="log")["__interrupt__"]
    assert graph.invoke(None, on("t"), output_keys=["log"]) == {
        "log": [1],
        "__interrupt__": [question],
    }


def test_invoke_in_another_mode_returns_the_chunks() -> None:
    graph = single(lambda state: {"x": 2})
    assert graph.invoke({}, on("t"), stream_mode="updates") == [{"n": {"x": 2}}]
    assert graph.invoke({}, on("t"), stream_mode=["updates"], version="v2") == [
        {"type": "updates", "ns": (), "data": {"n": {"x": 2}}}
    ]


def test_snapshots_can_be_taken_apart_like_tuples() -> None:
    graph = single(lambda state: {"x": interrupt("x?")})
    graph.invoke({}, on("t"))

    values, following, config, metadata, created_at, parent, tasks, interrupts = graph.get_state(
        on("t")
    )
    assert (values, following, interrupts) == ({"log": []}, ("n",), tasks[0].interrupts)
    assert (config["configurable"]["thread_id"], metadata and metadata["step"]) == ("t", 0)
    assert (parent is None, created_at is None) == (False, False)
    assert tasks[0]._asdict()["name"] == "n"
    assert graph.get_state(on("t"))._replace(values=None).next == ("n",)


def test_values_print_and_compare_as_langgraphs_do() -> None:
    assert repr(Send("n", {"x": [1]})) == "Send(node='n', arg={'x': [1]})"
    assert Send("n", [1]) == Send("n", [1]) != Send("n", [2])
    assert len({Send("n", 1), Send("n", 1)}) == 1
    assert repr(Command()) == "Command()"
    assert repr(Command(goto=["n"], update={"x": 1})) == "Command(update={'x': 1}, goto=['n'])"
    assert repr(Command(resume=None)) == "Command(resume=None)"
    assert repr(Interrupt("q?", "7")) == "Interrupt(value='q?', id='7', response_schema=None)"
    with pytest.raises(TypeError):
        Command("parent")  # type: ignore[misc]  # keywords only, as LangGraph's.


def test_the_step_limit_is_a_recursion_error() -> None:
    builder = StateGraph(State).add_node("n", lambda state: None).add_edge(START, "n")
    with pytest.raises(RecursionError) as error:
        builder.add_edge("n", "n").compile().invoke({}, {"recursion_limit": 3})
    assert isinstance(error.value, GraphRecursionError)


def test_a_saver_can_be_the_block_in_which_it_is_used() -> None:
    with MemorySaver() as saver:
        builder = StateGraph(State).add_node("n", lambda state: {"x": 2}).add_edge(START, "n")
        graph = builder.compile(checkpointer=saver, debug=True)
        graph.invoke({}, on("t"))
    assert graph.get_state(on("t")).values == {"log": [], "x": 2}


@dataclass
class Card:
    title: str


class Held(TypedDict, total=False):
    card: Card
    hidden: Any


def test_a_storage_as_checkpointer_stores_what_the_graph_declares(tmp_path: Path) -> None:
    def graph(storage: Any) -> CompiledGraph:
        builder = StateGraph(Held).add_node("n", lambda state: {"hidden": interrupt("what?")})
        return builder.add_edge(START, "n").compile(checkpointer=storage, classes=[Data])

    with open_storage(tmp_path / "threads.db") as storage:
        (asked,) = graph(storage).invoke({"card": Card("a")}, on("t"))["__interrupt__"]
    with open_storage(tmp_path / "threads.db") as storage:
        assert graph(storage).get_state(on("t")).interrupts == (asked,)
        output = graph(storage).invoke(Command(resume=Data(3)), on("t"))
        assert output == {"card": Card("a"), "hidden": Data(3)}

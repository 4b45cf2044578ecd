"""The chunks of every stream mode, ours beside those of the real LangGraph."""

import operator
import re
from dataclasses import asdict, dataclass, field, is_dataclass
from types import SimpleNamespace
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel

import graphcli

lg_graph = pytest.importorskip("langgraph.graph")
lg_memory = pytest.importorskip("langgraph.checkpoint.memory")
lg_types = pytest.importorskip("langgraph.types")

THEIRS = SimpleNamespace(
    StateGraph=lg_graph.StateGraph,
    InMemorySaver=lg_memory.InMemorySaver,
    Command=lg_types.Command,
    Send=lg_types.Send,
    interrupt=lg_types.interrupt,
)

START = "__start__"
ON_T = {"configurable": {"thread_id": "t"}}
MODES = ["values", "updates", "custom", "tasks", "checkpoints", "debug"]


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    x: int


@dataclass
class Data:
    x: int
    log: Annotated[list[Any], operator.add] = field(default_factory=list)


class Model(BaseModel):
    x: int
    log: Annotated[list[Any], operator.add] = []


def chain(lg: Any, *nodes: Any, schema: Any = State, **compile_: Any) -> Any:
    builder = lg.StateGraph(schema).add_sequence([(f"n{i}", node) for i, node in enumerate(nodes)])
    return builder.add_edge(START, "n0").compile(checkpointer=lg.InMemorySaver(), **compile_)


def writes(x: Any) -> Any:
    return lambda state: {"x": x, "log": [x]}


def nothing(state: Any) -> None:
    return None


def asks(lg: Any) -> Any:
    return lambda state: {"log": [lg.interrupt("q?")]}


def told(graph: Any, value: Any, **options: Any) -> list[Any]:
    """Stream and return the chunks; an error that ends the stream is the last one."""
    chunks: list[Any] = []
    try:
        chunks.extend(graph.stream(value, ON_T, **options))
    except Exception as error:  # noqa: BLE001 - whatever it is, both have to raise it.
        chunks.append((type(error).__name__, str(error)))
    return [same(chunk) for chunk in chunks]


def same(value: Any) -> Any:
    """Return a chunk without what differs from run to run, and from engine to engine."""
    if isinstance(value, BaseException):
        return repr(value)
    if type(value).__name__ == "Interrupt":
        return ("Interrupt", value.value)
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, asdict(value))
    if isinstance(value, dict):
        hidden = ("id", "checkpoint_id", "timestamp")
        return {key: key if key in hidden else same(item) for key, item in value.items()}
    return type(value)(same(item) for item in value) if type(value) in (list, tuple) else value


def a_chain(lg: Any, **options: Any) -> list[Any]:
    return told(chain(lg, writes(1), nothing, writes(2)), {"log": ["in"]}, **options)


def empty_input(lg: Any, **options: Any) -> list[Any]:
    return told(chain(lg, nothing), {}, **options)


def a_second_input(lg: Any, **options: Any) -> list[Any]:
    graph = chain(lg, writes(1))
    graph.invoke({"log": ["first"]}, ON_T)
    return told(graph, {"log": ["second"]}, **options)


def a_finished_thread(lg: Any, **options: Any) -> list[Any]:
    graph = chain(lg, writes(1))
    graph.invoke({}, ON_T)
    return told(graph, None, **options)


def resumed(lg: Any, **options: Any) -> list[Any]:
    graph = chain(lg, writes(1), asks(lg), nothing)
    graph.invoke({}, ON_T)
    return told(graph, lg.Command(resume="a"), **options)


def asked_again(lg: Any, **options: Any) -> list[Any]:
    graph = chain(lg, asks(lg))
    graph.invoke({}, ON_T)
    return told(graph, None, **options)


def sibling_kept(lg: Any, **options: Any) -> list[Any]:
    builder = lg.StateGraph(State).add_node("p", asks(lg)).add_node("q", writes(1))
    builder.add_node("r", nothing).add_edge(START, "p").add_edge(START, "q")
    graph = builder.add_edge(["p", "q"], "r").compile(checkpointer=lg.InMemorySaver())
    graph.invoke({}, ON_T)
    return told(graph, lg.Command(resume="a"), **options)


def breakpoint_before(lg: Any, **options: Any) -> list[Any]:
    return told(chain(lg, writes(1), writes(2), interrupt_before=["n1"]), {}, **options)


def past_the_breakpoint(lg: Any, **options: Any) -> list[Any]:
    graph = chain(lg, writes(1), writes(2), interrupt_before=["n1"])
    graph.invoke({"log": ["in"]}, ON_T)
    return told(graph, None, **options)


def fan_out(lg: Any, **options: Any) -> list[Any]:
    builder = (
        lg.StateGraph(State).add_node("n", writes(1)).add_node("m", lambda arg: {"log": [arg]})
    )
    builder.add_edge(START, "n").add_conditional_edges("n", lambda state: [lg.Send("m", 7)], ["m"])
    return told(builder.compile(checkpointer=lg.InMemorySaver()), {}, **options)


def chosen_start(lg: Any, **options: Any) -> list[Any]:
    builder = lg.StateGraph(State).add_node("n", writes(1))
    builder.add_conditional_edges(START, lambda state: "n", ["n"])
    return told(builder.compile(checkpointer=lg.InMemorySaver()), {"log": ["in"]}, **options)


def one_bare_value(lg: Any, **options: Any) -> list[Any]:
    schema = Annotated[list[Any], operator.add]
    return told(chain(lg, lambda state: [*state, 2], schema=schema), [1], **options)


def written_twice(lg: Any, **options: Any) -> list[Any]:
    def node(state: Any) -> Any:
        return [lg.Command(update={"log": [1]}), lg.Command(update={"log": [2], "x": 3})]

    return told(chain(lg, node), {}, **options)


def custom(lg: Any, **options: Any) -> list[Any]:
    return told(chain(lg, lambda state, writer: writer({"half": "way"})), {"x": 1}, **options)


def an_object(lg: Any, **options: Any) -> list[Any]:
    return told(chain(lg, lambda s: {"x": s.x + 1}, schema=Data), {"x": 1}, **options)


def a_model(lg: Any, **options: Any) -> list[Any]:
    return told(chain(lg, lambda s: {"x": "7"}, schema=Model), {"x": 1}, **options)


def a_failure(lg: Any, **options: Any) -> list[Any]:
    def node(state: Any) -> None:
        raise ValueError("boom")

    graph = chain(lg, node)
    return told(graph, {"x": 1}, **options) + told(graph, None, **options)


SCRIPTS = [
    a_chain,
    empty_input,
    a_second_input,
    a_finished_thread,
    resumed,
    asked_again,
    sibling_kept,
    breakpoint_before,
    past_the_breakpoint,
    fan_out,
    chosen_start,
    one_bare_value,
    written_twice,
    custom,
    an_object,
    a_model,
    a_failure,
]

#: (script, mode): what differs on purpose.
DIFFERENT = {
    ("sibling_kept", "tasks"): "a task that is kept does not start again",
    ("sibling_kept", "debug"): "a task that is kept does not start again",
}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_chunks_are_langgraphs(script: Any, mode: str, version: Any) -> None:
    ours = script(graphcli, stream_mode=mode, version=version)
    theirs = script(THEIRS, stream_mode=mode, version=version)
    if (script.__name__, mode) in DIFFERENT:
        assert ours != theirs
    else:
        assert ours == theirs


@pytest.mark.parametrize("options", [{"stream_mode": MODES}, {"subgraphs": True}, {}])
def test_labels_and_order_are_langgraphs(options: Any) -> None:
    assert a_chain(graphcli, **options) == a_chain(THEIRS, **options)


@pytest.mark.parametrize("keys", ["x", "log", ["x"], ["log", "x"]])
@pytest.mark.parametrize("mode", ["values", "updates"])
def test_output_keys_are_langgraphs(keys: Any, mode: str) -> None:
    options = {"output_keys": keys, "stream_mode": mode}
    assert a_chain(graphcli, **options) == a_chain(THEIRS, **options)


@pytest.mark.parametrize("schema", [State, Data, Model])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_outputs_are_langgraphs(schema: Any, version: Any) -> None:
    def script(lg: Any) -> list[str]:
        graph = chain(lg, lambda state: {"log": [lg.interrupt("q?")]}, schema=schema)
        first = graph.invoke({"x": 1}, ON_T, version=version)
        last = graph.invoke(lg.Command(resume="a"), ON_T, version=version)
        return [re.sub(r"id='\w+'", "id", repr(output)) for output in (first, last)]

    assert script(graphcli) == script(THEIRS)

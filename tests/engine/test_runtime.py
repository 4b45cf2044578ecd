"""What a node is given besides its state: Runtime, config, writer, context."""

import asyncio
import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

import pytest
from pydantic import BaseModel, ValidationError

from graphcli import (
    START,
    Command,
    InMemorySaver,
    Runtime,
    StateGraph,
    StreamWriter,
    get_config,
    get_runtime,
    get_stream_writer,
    interrupt,
)
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.errors import InvalidGraphError
from tests.engine.helpers import AT_ONCE, on


class State(TypedDict, total=False):
    said: Any


@dataclass
class Ctx:
    user: str = "nobody"


OWN = Ctx("own")


class Model(BaseModel):
    user: str
    age: int = 0


class Keys(TypedDict):
    user: str


def one(node: Callable[..., Any], schema: Any = None, **compile_: Any) -> CompiledGraph:
    """Return a graph of one node."""
    builder = StateGraph(State, schema).add_node("node", node)
    return builder.set_entry_point("node").compile(**compile_)


def said(node: Callable[..., Any], schema: Any = None, **options: Any) -> Any:
    return one(node, schema).invoke({}, **options)["said"]


class Greeter:
    def __call__(self, state: State, runtime: Runtime[Ctx]) -> State:
        return {"said": runtime.context.user}

    def greet(self, state: State, *, runtime: Runtime[Ctx]) -> State:
        return {"said": runtime.context.user}


def by_name(state: State, runtime: Any) -> State:
    return {"said": runtime.context.user}


def by_keyword(state: State, *, runtime: Any) -> State:
    return {"said": runtime.context.user}


def by_type(state: State, lent: Runtime[Ctx] | None = None) -> State:
    assert lent is not None
    return {"said": lent.context.user}


def by_unresolved_type(state: State, lent: "Runtime[NotThere]") -> State:  # type: ignore[name-defined]  # noqa: F821
    return {"said": lent.context.user}


def behind_another(greeting: str, state: State, runtime: Runtime[Ctx]) -> State:
    return {"said": runtime.context.user}


async def asynchronous(state: State, runtime: Runtime[Ctx]) -> State:
    return {"said": runtime.context.user}


@pytest.mark.parametrize(
    "node",
    [
        by_name,
        by_keyword,
        by_type,
        by_unresolved_type,
        functools.partial(behind_another, "hello"),
        asynchronous,
        Greeter(),
        Greeter().greet,
        lambda state, runtime: {"said": runtime.context.user},
    ],
)
def test_a_node_gets_its_runtime_however_it_asks(node: Any) -> None:
    assert said(node, Ctx, context=Ctx("ada")) == "ada"


def test_what_a_partial_has_bound_stays_bound() -> None:
    assert said(functools.partial(by_type, lent=Runtime(context=Ctx("bound")))) == "bound"


def test_a_parameter_with_a_default_of_its_own_is_the_functions() -> None:
    def node(state: State, config: Ctx = OWN, writer: Callable[[Any], None] = print) -> State:
        return {"said": (config.user, writer is print)}

    assert said(node) == ("own", True)


@pytest.mark.parametrize(
    ("schema", "given", "seen"),
    [
        (Ctx, {"user": "ada"}, Ctx("ada")),
        (Ctx, {}, Ctx()),
        (Ctx, Ctx("ada"), Ctx("ada")),
        (Ctx, None, None),
        (Model, {"user": "ada", "age": "7"}, Model(user="ada", age=7)),
        (Keys, {"user": "ada"}, {"user": "ada"}),
        (None, {"user": "ada"}, {"user": "ada"}),
    ],
)
def test_a_context_is_made_what_the_graph_declares(schema: Any, given: Any, seen: Any) -> None:
    contexts = []
    one(lambda state, runtime: contexts.append(runtime.context), schema).invoke({}, context=given)

    assert contexts == [seen]


def test_a_context_that_does_not_fit_is_refused_before_anything_is_stored() -> None:
    saver = InMemorySaver()

    with pytest.raises(TypeError, match="nickname"):
        one(by_name, Ctx, checkpointer=saver).invoke({}, on("t"), context={"nickname": "a"})
    with pytest.raises(ValidationError, match="age"):
        one(by_name, Model, checkpointer=saver).invoke(
            {}, on("t"), context={"user": "ada", "age": "old"}
        )
    assert saver.load("t") is None


def test_a_context_is_lent_to_one_run_and_never_stored() -> None:
    def ask(state: State, runtime: Runtime[Ctx]) -> State:
        return {"said": [runtime.context.user, interrupt("Go on?"), runtime.context.user]}

    graph = one(ask, Ctx, checkpointer=InMemorySaver())
    graph.invoke({}, on("t"), context={"user": "ada"})

    assert graph.invoke(Command(resume=True), on("t"), context={"user": "bob"}) == {
        "said": ["bob", True, "bob"]
    }


def test_context_reaches_async_runs_and_streams() -> None:
    graph = one(by_name, Ctx)

    async def streamed() -> list[Any]:
        return [chunk async for chunk in graph.astream({}, context={"user": "ada"})]

    assert asyncio.run(graph.ainvoke({}, context={"user": "ada"})) == {"said": "ada"}
    assert asyncio.run(streamed()) == [{"node": {"said": "ada"}}]
    assert list(graph.stream({}, context={"user": "ada"})) == [{"node": {"said": "ada"}}]


def test_a_branch_is_given_the_same_as_a_node() -> None:
    def choose(state: State, *, runtime: Runtime[Ctx], config: Any) -> str:
        assert get_runtime(Ctx).context is runtime.context
        return f"{runtime.context.user}_{config['configurable']['mood']}"

    builder = StateGraph(State, Ctx)
    for name in ("ada_glad", "bob_sad"):
        builder.add_node(name, lambda state, name=name: {"said": name})
    graph = builder.add_conditional_edges(START, choose).compile()

    config = {"configurable": {"mood": "sad"}}
    assert graph.invoke({}, config, context={"user": "bob"}) == {"said": "bob_sad"}


def test_a_runtime_says_which_task_runs_and_what_there_is_not() -> None:
    infos: list[Any] = []

    def node(state: State, runtime: Runtime[Any]) -> None:
        infos.append(runtime.execution_info)
        assert (runtime.previous, runtime.store) == (None, None)
        if len(infos) == 1:
            raise OSError("once more")

    saver = InMemorySaver()
    builder = StateGraph(State).add_node("node", node, retry_policy=AT_ONCE)
    graph = builder.set_entry_point("node").compile(checkpointer=saver)
    graph.invoke({}, on("t", run_id="r"))

    first, second = infos
    planned = list(saver.history("t"))[1].checkpoint
    assert (first.node_attempt, second.node_attempt) == (1, 2)
    assert (first.checkpoint_id, first.task_id) == (planned.id, planned.tasks[0].id)
    assert first.checkpoint_ns == f"node:{planned.tasks[0].id}"
    assert (first.thread_id, first.run_id) == ("t", "r")


def test_what_a_node_calls_can_ask_for_it_all() -> None:
    def helper() -> Any:
        get_stream_writer()("a word")
        return get_runtime(Ctx).context.user, get_config()["configurable"]["mood"]

    graph = one(lambda state: {"said": helper()}, Ctx)
    options: Any = {"context": {"user": "ada"}, "stream_mode": ["custom", "updates"]}

    assert list(graph.stream({}, {"configurable": {"mood": "glad"}}, **options)) == [
        ("custom", "a word"),
        ("updates", {"node": {"said": ("ada", "glad")}}),
    ]


def test_writers_are_known_by_their_type() -> None:
    def node(state: State, tell: StreamWriter, runtime: Runtime[None]) -> None:
        tell("one")
        runtime.stream_writer("two")

    assert list(one(node).stream({}, stream_mode="custom")) == ["one", "two"]


def test_a_runtime_writes_while_the_node_still_runs() -> None:
    ended: list[bool] = []

    def node(state: State, runtime: Runtime[None]) -> None:
        runtime.stream_writer("begun")
        heard.wait(10)
        ended.append(True)

    heard = threading.Event()
    for chunk in one(node).stream({}, stream_mode="custom"):
        assert (chunk, ended) == ("begun", [])
        heard.set()
    assert ended == [True]


@pytest.mark.parametrize("ask", [get_runtime, get_config, get_stream_writer])
def test_outside_of_a_node_there_is_nothing_to_ask_for(ask: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError, match=rf"{ask.__name__}\(\) was called outside of a node"):
        ask()


def test_a_node_can_be_tried_without_a_graph() -> None:
    runtime = Runtime(context=Ctx("ada"))
    runtime.stream_writer("unheard")

    assert by_name({}, runtime) == {"said": "ada"}


def test_a_node_finds_its_metadata_in_its_config() -> None:
    builder = StateGraph(State).add_node(
        "node", lambda state, config: {"said": config["metadata"]}, metadata={"team": "release"}
    )
    graph = builder.set_entry_point("node").compile()

    assert graph.invoke({}, {"metadata": {"who": "ada"}}) == {
        "said": {"who": "ada", "team": "release"}
    }


@pytest.mark.parametrize("option", ["cache_policy", "error_handler", "trace_policy"])
def test_what_a_node_cannot_have_yet_is_refused(option: str) -> None:
    given: dict[str, Any] = {option: object()}
    with pytest.raises(InvalidGraphError, match=f"node `node` has a {option}"):
        StateGraph(State).add_node("node", by_name, **given)
    given = {option: None}
    StateGraph(State).add_node("node", by_name, **given)


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="retries"):
        StateGraph(State).add_node("node", by_name, retries=3)

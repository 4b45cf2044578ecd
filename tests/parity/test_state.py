"""What a state may be and how updates are folded into it, side by side with LangGraph."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired, TypedDict

import typing_extensions
from pydantic import BaseModel

from tests.parity.engine import Engine, parity


class Plain(TypedDict, total=False):
    a: str
    b: int
    log: Annotated[list[Any], operator.add]


@dataclass
class Data:
    name: str
    n: int = 1
    log: Annotated[list[Any], operator.add] = field(default_factory=list)


class Item(BaseModel):
    price: float


class Model(BaseModel):
    name: str
    item: Item | None = None
    log: Annotated[list[Any], operator.add] = []


def _run(lg: Engine, schema: Any, value: Any, *nodes: Any, **schemas: Any) -> Any:
    builder = lg.StateGraph(schema, **schemas)
    before = lg.START
    for n, node in enumerate(nodes):
        builder.add_node(f"n{n}", node).add_edge(before, f"n{n}")
        before = f"n{n}"
    run = lg.run(builder)
    run.invoke(value)
    run.history()
    return run


@parity
def test_the_last_write_wins(lg: Engine) -> None:
    _run(lg, Plain, {"a": "in"}, lambda s: {"a": s["a"] + "1"}, lambda s: {"a": s["a"] + "2"})


@parity
def test_keys_that_were_never_written_are_absent(lg: Engine) -> None:
    _run(lg, Plain, {"a": "in"}, lambda state: {"log": [sorted(state)]})


@parity
def test_none_is_no_update(lg: Engine) -> None:
    _run(lg, Plain, {"a": "in"}, lambda state: None, lambda state: {})


@parity
def test_none_is_a_value(lg: Engine) -> None:
    _run(lg, Plain, {"a": "in"}, lambda state: {"a": None}, lambda s: {"log": [s["a"]]})


@parity
def test_an_update_as_pairs(lg: Engine) -> None:
    def node(state: Plain) -> Any:
        return lg.Command(update=[("log", [1]), ("a", "x"), ("log", [2])])

    _run(lg, Plain, {"a": "in"}, node)


@parity
def test_a_whole_state_returned_is_folded_again(lg: Engine) -> None:
    _run(lg, Plain, {"log": ["in"]}, lambda state: state)


@parity
def test_two_writers_without_a_reducer_clash(lg: Engine) -> None:
    builder = lg.StateGraph(Plain)
    for name in ("x", "y"):
        builder.add_node(name, lambda state: {"a": "me"}).add_edge(lg.START, name)
    run = lg.run(builder)
    lg.note_error(lambda: run.graph.invoke({"a": "in"}, run.config))


@parity
def test_something_that_is_no_update(lg: Engine) -> None:
    graph = lg.run(_one(lg, Plain, lambda state: "text")).graph
    lg.note_error(lambda: graph.invoke({"a": "in"}, {"configurable": {"thread_id": "1"}}))


def _one(lg: Engine, schema: Any, node: Any) -> Any:
    return lg.StateGraph(schema).add_node("node", node).add_edge(lg.START, "node")


@parity
def test_reducers_of_many_kinds(lg: Engine) -> None:
    class State(TypedDict, total=False):
        total: Annotated[int, operator.add]
        text: Annotated[str, operator.add]
        most: Annotated[int, lambda a, b: max(a, b)]
        seen: Annotated[set[str], operator.or_]
        table: Annotated[dict[str, int], operator.or_]
        every: Annotated[Sequence[int], operator.add]
        maybe: Annotated[list[int] | None, lambda a, b: (a or []) + b]
        part: NotRequired[Annotated[list[int], operator.add]]

    update = {
        "total": 2,
        "text": "x",
        "most": 5,
        "seen": {"x"},
        "table": {"k": 1},
        "every": [1],
        "maybe": [1],
        "part": [1],
    }
    _run(lg, State, {"total": 1, "most": 9}, lambda s: update, lambda s: {**update, "most": 10})


@parity
def test_a_reducer_that_raises(lg: Engine) -> None:
    def picky(old: str, new: str) -> str:
        if new == "bad":
            raise ValueError("bad")
        return old + new

    class State(TypedDict):
        text: Annotated[str, picky]

    graph = lg.run(_one(lg, State, lambda state: {"text": "bad"})).graph
    lg.note_error(lambda: graph.invoke({"text": "in"}, {"configurable": {"thread_id": "1"}}))


@parity
def test_a_typing_extensions_state(lg: Engine) -> None:
    class State(typing_extensions.TypedDict):
        a: str
        log: typing_extensions.NotRequired[Annotated[list[str], operator.add]]

    _run(lg, State, {"a": "in"}, lambda state: {"log": [state["a"]]})


@parity
def test_a_dataclass_state(lg: Engine) -> None:
    def node(state: Data) -> dict[str, Any]:
        return {"n": state.n + 1, "log": [state.name, state.n]}

    _run(lg, Data, {"name": "ada"}, node, node)


@parity
def test_a_dataclass_as_input_and_update(lg: Engine) -> None:
    def node(state: Data) -> Data:
        return Data(name=state.name + "!", n=state.n, log=["node"])

    _run(lg, Data, Data(name="ada", n=3), node)


@parity
def test_a_pydantic_state(lg: Engine) -> None:
    def node(state: Model) -> dict[str, Any]:
        return {"log": [type(state).__name__, state.item and state.item.price]}

    _run(lg, Model, {"name": "ada", "item": {"price": 2}}, node, node)


@parity
def test_a_pydantic_state_checks_at_a_nodes_door(lg: Engine) -> None:
    graph = lg.run(_one(lg, Model, lambda state: {"log": []})).graph
    lg.note_error(lambda: graph.invoke({"name": 7}, {"configurable": {"thread_id": "1"}}))


@parity
def test_a_pydantic_update(lg: Engine) -> None:
    _run(lg, Model, Model(name="ada"), lambda state: Model(name=state.name + "!", log=[1]))


@parity
def test_a_pydantic_state_that_asks(lg: Engine) -> None:
    run = lg.run(_one(lg, Model, lambda s: {"log": [s.name, lg.interrupt({"of": s.name})]}))
    run.invoke({"name": "ada"})
    run.resume({"price": 1})


@parity
def test_one_bare_value(lg: Engine) -> None:
    _run(lg, Annotated[list[Any], operator.add], [1], lambda s: [len(s)], lambda s: [len(s)])


@parity
def test_input_and_output_schemas(lg: Engine) -> None:
    class In(TypedDict):
        question: str

    class Out(TypedDict):
        answer: str

    class Both(In, Out):
        notes: str

    _run(
        lg,
        Both,
        {"question": "why?", "notes": "not an input", "more": 1},
        lambda state: {"notes": sorted(state)},
        lambda state: {"answer": str(state["notes"])},
        input_schema=In,
        output_schema=Out,
    )


@parity
def test_a_nodes_own_input_adds_private_keys(lg: Engine) -> None:
    class Private(TypedDict):
        secret: str

    def first(state: Plain) -> Private:
        return {"secret": "s"}

    def second(state: Private) -> Plain:
        return {"log": [sorted(state), state["secret"]]}

    _run(lg, Plain, {"a": "in"}, first, second)


@parity
def test_an_input_schema_for_a_node(lg: Engine) -> None:
    class Narrow(TypedDict):
        b: int

    builder = lg.StateGraph(Plain)
    builder.add_node("n", lambda s: {"log": [dict(s)]}, input_schema=Narrow)
    run = lg.run(builder.add_edge(lg.START, "n"))
    run.invoke({"a": "in", "b": 2})


@parity
def test_new_input_on_a_finished_thread(lg: Engine) -> None:
    run = _run(lg, Plain, {"a": "one", "log": [1]}, lambda s: {"log": [s["a"]]})
    run.invoke({"b": 2, "log": [2]})
    run.invoke({"a": "three"})
    run.history()


@parity
def test_an_empty_input(lg: Engine) -> None:
    _run(lg, Plain, {}, lambda state: {"log": ["ran"]})


@parity
def test_no_input_for_a_new_thread(lg: Engine) -> None:
    run = lg.run(_one(lg, Plain, lambda state: {"a": "ran"}))
    lg.note_error(lambda: run.graph.invoke(None, run.config))


@parity
def test_going_on_with_a_finished_thread_does_nothing(lg: Engine) -> None:
    run = _run(lg, Plain, {"log": ["in"]}, lambda state: {"log": ["ran"]})
    run.invoke(None)
    run.history()


@parity
def test_a_failed_node_is_tried_again(lg: Engine) -> None:
    failures = [ValueError("not yet")]

    def fail(state: Plain) -> Plain:
        if failures:
            raise failures.pop()
        return {"log": ["mended"]}

    run = lg.run(_one(lg, Plain, fail))
    run.invoke({"log": ["in"]})
    run.invoke(None)
    run.history()


@parity
def test_retries(lg: Engine) -> None:
    tries: list[int] = []

    def flaky(state: Plain) -> Plain:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("no net")
        return {"log": [len(tries)]}

    policy = lg.RetryPolicy(initial_interval=0, jitter=False, retry_on=OSError)
    builder = lg.StateGraph(Plain).add_node("flaky", flaky, retry_policy=policy)
    run = lg.run(builder.add_edge(lg.START, "flaky"))
    run.invoke({"log": []})
    tries[:] = [1] * -3
    run.config = {"configurable": {"thread_id": "again"}}
    run.invoke({"log": []})


@parity
def test_retries_that_run_out(lg: Engine) -> None:
    tries: list[int] = []

    def broken(state: Plain) -> Plain:
        tries.append(1)
        raise OSError("no net") if len(tries) < 5 else ValueError("no more")

    policies = [
        lg.RetryPolicy(initial_interval=0, jitter=False, max_attempts=2, retry_on=KeyError),
        lg.RetryPolicy(initial_interval=0, jitter=False, max_attempts=3, retry_on=OSError),
    ]
    builder = lg.StateGraph(Plain).add_node("broken", broken, retry_policy=policies)
    run = lg.run(builder.add_edge(lg.START, "broken"))
    run.invoke({"log": []})
    lg.note(len(tries))


@parity
def test_async_nodes_beside_sync_ones(lg: Engine) -> None:
    async def slow(state: Plain) -> Plain:
        return {"log": ["slow"]}

    lg.face = "async"
    builder = _one(lg, Plain, lambda state: {"log": ["node"]}).add_node("slow", slow)
    run = lg.run(builder.add_edge(lg.START, "slow"))
    run.invoke({"log": []})
    run.history()

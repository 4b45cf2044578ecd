"""What `stream` yields: each mode, several at once, in both versions, and who leaves early."""

import operator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel

from graphcli import START, Command, CompiledGraph, InMemorySaver, Send, StateGraph, interrupt
from graphcli.engine.face.keywords import Durability
from graphcli.engine.face.streaming import Stream, view_of
from graphcli.engine.running.events import (
    CheckpointSaved,
    Event,
    RunStarted,
    TaskEnded,
    TaskStarted,
)
from graphcli.engine.values.checkpointer import Saved, ThreadInfo
from graphcli.engine.values.model import Checkpoint, Interrupt, Result, Status, Task
from tests.engine.helpers import AT_ONCE, Log, on, saved


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    x: int


def diamond(saver: InMemorySaver | None, **compile_: Any) -> CompiledGraph:
    """Return a -> (p, q) -> r, where p asks and r returns nothing."""
    builder = StateGraph(State).add_node("a", lambda state: {"log": ["a"], "x": 1})
    builder.add_node("p", lambda state: {"log": [interrupt("p?")]})
    builder.add_node("q", lambda state: {"log": ["q"]}).add_node("r", lambda state: None)
    builder.add_edge(START, "a").add_edge("a", "p").add_edge("a", "q").add_edge(["p", "q"], "r")
    return builder.compile(checkpointer=saver, **compile_)


def single(node: Any, schema: Any = State, saver: InMemorySaver | None = None) -> CompiledGraph:
    return StateGraph(schema).add_node("n", node).add_edge(START, "n").compile(checkpointer=saver)


def named(chunk: Any) -> Any:
    """Return a chunk in which what differs from run to run is replaced by what it is."""
    if isinstance(chunk, dict):
        told = {"id": "ID", "checkpoint_id": "ID", "timestamp": "NOW"}
        return {key: told.get(key) or named(value) for key, value in chunk.items()}
    if isinstance(chunk, list | tuple):
        return type(chunk)(named(each) for each in chunk)
    if isinstance(chunk, Exception):
        return ("raised", repr(chunk))
    return Interrupt(chunk.value, "ID") if isinstance(chunk, Interrupt) else chunk


def streamed(graph: CompiledGraph, value: Any, mode: Any, **options: Any) -> list[Any]:
    return [named(chunk) for chunk in graph.stream(value, on("t"), stream_mode=mode, **options)]


def until_it_fails(graph: CompiledGraph, value: Any, mode: Any) -> list[Any]:
    told: list[Any] = []
    with pytest.raises(ValueError, match=r"boom|validation error"):
        told.extend(named(chunk) for chunk in graph.stream(value, on("t"), stream_mode=mode))
    return told


P = Interrupt("p?", "ID")
CONFIG = {"configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "ID"}}


def checkpoint(step: int, values: Any, *tasks: dict[str, Any], source: str = "loop") -> Any:
    return {
        "config": CONFIG,
        "parent_config": None if step == -1 else CONFIG,
        "values": values,
        "metadata": {"source": source, "step": step, "parents": {}},
        "next": [task["name"] for task in tasks],
        "tasks": list(tasks),
    }


def planned(name: str, *interrupts: Any, **result: Any) -> dict[str, Any]:
    return {"id": "ID", "name": name, **result, "interrupts": interrupts, "state": None}


def started(name: str, seen: Any, *triggers: str) -> dict[str, Any]:
    triggers = (f"branch:to:{name}", *triggers)
    return {"id": "ID", "name": name, "input": seen, "triggers": triggers}


def ended(name: str, *asked: Any, error: Any = None, **result: Any) -> dict[str, Any]:
    return {"id": "ID", "name": name, "error": error, "result": result, "interrupts": list(asked)}


ASKED = {"value": "p?", "id": "ID", "response_schema": None}


def test_values_begin_where_the_run_begins_and_follow_what_was_written() -> None:
    graph = diamond(InMemorySaver())

    assert streamed(graph, {"log": ["in"]}, "values") == [
        {"log": ["in"]},
        {"log": ["in", "a"], "x": 1},
        {"log": ["in", "a", "q"], "x": 1, "__interrupt__": (P,)},
    ]
    assert streamed(graph, Command(resume="p"), "values") == [
        {"log": ["in", "a"], "x": 1},
        {"log": ["in", "a", "p", "q"], "x": 1},
    ]
    assert streamed(graph, None, "values") == [{"log": ["in", "a", "p", "q"], "x": 1}]


def test_values_tell_every_question_of_a_superstep_at_once() -> None:
    builder = StateGraph(State)
    for name in "ab":
        builder.add_node(name, lambda state, name=name: interrupt(name)).add_edge(START, name)
    graph = builder.compile(checkpointer=InMemorySaver())

    (chunk,) = streamed(graph, {}, "values")
    assert chunk == {"log": [], "__interrupt__": (Interrupt("a", "ID"), Interrupt("b", "ID"))}


def test_updates_tell_questions_and_what_is_kept_of_an_earlier_run() -> None:
    graph = diamond(InMemorySaver())

    first = streamed(graph, {"log": ["in"]}, "updates")
    assert first[0] == {"a": {"log": ["a"], "x": 1}}
    assert {"q": {"log": ["q"]}} in first
    assert {"__interrupt__": (P,)} in first
    assert len(first) == 3
    assert streamed(graph, Command(resume="p"), "updates") == [
        {"q": {"log": ["q"]}, "__metadata__": {"cached": True}},
        {"p": {"log": ["p"]}},
        {"r": None},
    ]


def test_updates_tell_a_breakpoint_as_no_question() -> None:
    graph = diamond(InMemorySaver(), interrupt_before=["p"])

    assert streamed(graph, {}, "updates") == [
        {"a": {"log": ["a"], "x": 1}},
        {"__interrupt__": ()},
    ]
    assert streamed(graph, {}, "updates", interrupt_before=["a"]) == [{"__interrupt__": ()}]


def test_a_key_that_a_node_writes_twice_is_told_write_by_write() -> None:
    def node(state: State) -> Any:
        return [Command(update={"log": [1]}), Command(update={"log": [2], "x": 3})]

    assert streamed(single(node), {}, "updates") == [{"n": [{"log": [1]}, {"log": [2]}, {"x": 3}]}]
    result = streamed(single(node), {}, "tasks")[1]["result"]
    assert result == {"log": {"$writes": [[1], [2]]}, "x": 3}


def test_tasks_tell_inputs_and_results() -> None:
    graph = diamond(InMemorySaver())
    at_start, at_join = {"log": ["in", "a"], "x": 1}, {"log": ["in", "a", "p", "q"], "x": 1}

    chunks = streamed(graph, {"log": ["in"]}, "tasks")
    assert chunks[:4] == [
        started("a", {"log": ["in"]}),
        ended("a", log=["a"], x=1),
        started("p", at_start),
        started("q", at_start),
    ]
    assert sorted(chunks[4:], key=str) == sorted(
        [ended("p", ASKED), ended("q", log=["q"])], key=str
    )
    assert streamed(graph, Command(resume="p"), "tasks") == [
        started("p", at_start),
        ended("p", log=["p"]),
        started("r", at_join, "join:p+q:r"),
        ended("r"),
    ]


def test_a_task_of_a_send_has_its_argument_as_input() -> None:
    builder = StateGraph(State).add_node("m", lambda arg: {"log": [arg["n"]]})
    builder.add_conditional_edges(START, lambda state: [Send("m", {"n": 1})])

    assert streamed(builder.compile(), {}, "tasks") == [
        {"id": "ID", "name": "m", "input": {"n": 1}, "triggers": ("__pregel_push",)},
        ended("m", log=[1]),
    ]


def test_a_task_that_fails_is_told_before_its_error_is_raised() -> None:
    def node(state: State) -> None:
        raise ValueError("boom")

    graph = single(node, saver=InMemorySaver())
    state = {"log": [], "x": 1}
    assert until_it_fails(graph, {"x": 1}, "tasks") == [
        started("n", state),
        ended("n", error=("raised", "ValueError('boom')")),
    ]
    failed = {"id": "ID", "name": "n", "error": "ValueError('boom')", "state": None}
    assert until_it_fails(graph, None, "checkpoints") == [checkpoint(0, state, failed)]


def test_tasks_see_the_object_that_the_schema_describes() -> None:
    @dataclass
    class Counter:
        x: int = 0

    told = streamed(single(lambda state: {"x": state.x + 1}, Counter), {"x": 1}, "tasks")
    assert [told[0]["input"], told[1]["result"]] == [Counter(1), {"x": 2}]


def test_a_state_that_its_schema_refuses_fails_the_task_and_not_the_stream() -> None:
    class Strict(BaseModel):
        x: int

    told = until_it_fails(single(lambda state: None, Strict), {"x": "no"}, "tasks")
    assert [chunk.get("input") for chunk in told] == [{"x": "no"}, None]


def test_checkpoints() -> None:
    graph = diamond(InMemorySaver())
    at_start = {"log": ["in", "a"], "x": 1}

    assert streamed(graph, {"log": ["in"]}, "checkpoints") == [
        checkpoint(-1, {"log": []}, planned("__start__"), source="input"),
        checkpoint(0, {"log": ["in"]}, planned("a")),
        checkpoint(1, at_start, planned("p"), planned("q")),
    ]
    end = {"log": ["in", "a", "p", "q"], "x": 1}
    assert streamed(graph, Command(resume="p"), "checkpoints") == [
        checkpoint(1, at_start, planned("p", ASKED), planned("q", result={"log": ["q"]})),
        checkpoint(2, end, planned("r")),
        checkpoint(3, end),
    ]


def test_a_checkpoint_that_is_streamed_is_one_that_get_state_finds() -> None:
    graph = diamond(InMemorySaver())
    chunks = list(graph.stream({"log": ["in"]}, on("t"), stream_mode="checkpoints"))

    for chunk in chunks:
        assert graph.get_state(chunk["config"]).values == chunk["values"]
    parents = [chunk["parent_config"] for chunk in chunks]
    assert parents == [None, *[chunk["config"] for chunk in chunks[:-1]]]


def test_without_a_checkpointer_there_are_no_checkpoints_to_stream() -> None:
    graph = diamond(None)

    assert streamed(graph, {}, "checkpoints") == []
    assert {chunk["type"] for chunk in streamed(graph, {}, "debug")} == {"task", "task_result"}


def test_debug_is_tasks_and_checkpoints_with_their_superstep() -> None:
    def wrapped(step: int, kind: str, payload: Any) -> dict[str, Any]:
        return {"step": step, "timestamp": "NOW", "type": kind, "payload": payload}

    graph = single(lambda state: {"x": 2}, saver=InMemorySaver())
    assert streamed(graph, {"x": 1}, "debug") == [
        wrapped(
            -1, "checkpoint", checkpoint(-1, {"log": []}, planned("__start__"), source="input")
        ),
        wrapped(0, "checkpoint", checkpoint(0, {"log": [], "x": 1}, planned("n"))),
        wrapped(1, "task", started("n", {"log": [], "x": 1})),
        wrapped(1, "task_result", ended("n", x=2)),
        wrapped(1, "checkpoint", checkpoint(1, {"log": [], "x": 2})),
    ]


@pytest.mark.parametrize("modes", [["debug", "updates", "values"], ("values", "updates", "debug")])
def test_several_modes_are_labelled_and_keep_one_order(modes: Any) -> None:
    graph = single(lambda state: {"x": 2}, saver=InMemorySaver())

    told = streamed(graph, {"x": 1}, modes)
    kinds = [mode if mode != "debug" else chunk["type"] for mode, chunk in told]
    superstep = ["task", "updates", "task_result", "values", "checkpoint"]
    assert kinds == ["checkpoint", "values", "checkpoint", *superstep]
    assert streamed(graph, None, ["values"]) == [("values", {"log": [], "x": 2})]


def test_updates_are_the_default() -> None:
    graph = single(lambda state: {"x": 2})
    assert list(graph.stream({})) == list(graph.stream({}, stream_mode=None)) == [{"n": {"x": 2}}]


def test_version_2_parts() -> None:
    graph = diamond(InMemorySaver())

    assert streamed(graph, {"log": ["in"]}, "values", version="v2") == [
        {"type": "values", "ns": (), "data": {"log": ["in"]}, "interrupts": ()},
        {"type": "values", "ns": (), "data": {"log": ["in", "a"], "x": 1}, "interrupts": ()},
        {"type": "values", "ns": (), "data": {"log": ["in", "a", "q"], "x": 1}, "interrupts": (P,)},
    ]
    assert streamed(graph, Command(resume="p"), ["updates"], version="v2", subgraphs=True)[1:] == [
        {"type": "updates", "ns": (), "data": {"p": {"log": ["p"]}}},
        {"type": "updates", "ns": (), "data": {"r": None}},
    ]


@dataclass
class Data:
    x: int
    log: Annotated[list[Any], operator.add] = field(default_factory=list)


class Model(BaseModel):
    x: int
    log: Annotated[list[Any], operator.add] = []


@pytest.mark.parametrize("schema", [Data, Model])
def test_version_2_shows_the_state_as_an_object_of_its_schema(schema: Any) -> None:
    graph = single(lambda state: {"x": state.x + 1}, schema, InMemorySaver())
    one, two = schema(x=1), schema(x=2)

    told = streamed(graph, {"x": 1}, "values", version="v2")
    assert [part["data"] for part in told] == [one, two]
    told = streamed(graph, {"x": 1}, "checkpoints", version="v2")
    assert [part["data"]["values"] for part in told] == [{"x": 2, "log": []}, one, two]
    told = streamed(graph, {"x": 1}, "values")
    assert told == [{"x": 1, "log": []}, {"x": 2, "log": []}]


def test_subgraphs_puts_the_path_first() -> None:
    graph = single(lambda state: {"x": 2})

    assert list(graph.stream({}, subgraphs=True)) == [((), {"n": {"x": 2}})]
    told = list(graph.stream({}, subgraphs=True, stream_mode=["updates"]))
    assert told == [((), "updates", {"n": {"x": 2}})]


def nested() -> list[Event]:
    """Return what a subgraph in node `sub`, task 7, would tell."""
    ns, result = "sub:7|n:8", Result("9", "m", "done", writes=(("x", 5),))
    at = Checkpoint("c", 1, 0, "loop", {"x": 4}, (Task("9", "m", ("pull", "m")),), changed={"x": 0})
    begun = RunStarted("t", "g", new=True)
    return [
        begun,
        CheckpointSaved(ns, at),
        TaskStarted(ns, 0, "9", "m", 1),
        TaskEnded(ns, 0, result, 0.1),
    ]


def test_events_of_a_subgraph_are_heard_by_those_who_ask_for_them() -> None:
    graph = single(lambda state: None, saver=InMemorySaver()).graph
    modes = ["values", "updates", "checkpoints"]

    def heard(**view: Any) -> list[Any]:
        stream = Stream(graph, view_of(graph, modes, **view), lambda: "NOW", kept=True)
        return [chunk for event in nested() for chunk in stream.chunks(event)]

    assert heard() == []
    place = ("sub:7", "n:8")
    values, saved_, updates = heard(subgraphs=True)
    assert (values, updates) == ((place, "values", {"x": 4}), (place, "updates", {"m": {"x": 5}}))
    assert saved_[2]["config"]["configurable"]["checkpoint_ns"] == "sub:7|n:8"
    assert [part["ns"] for part in heard(subgraphs=True, version="v2")] == [place] * 3


@pytest.mark.parametrize(
    ("keys", "values", "updates"),
    [
        ("x", [1], [{"a": 1}, {"q": None}]),
        (["x"], [{"x": 1}], [{"a": {"x": 1}}, {"q": None}]),
        ("log", [["in"], ["in", "a"]], [{"a": ["a"]}, {"q": ["q"]}]),
    ],
)
def test_output_keys_limit_what_is_shown(keys: Any, values: Any, updates: Any) -> None:
    told = streamed(diamond(None), {"log": ["in"]}, ["values", "updates"], output_keys=keys)

    asks = {"__interrupt__": (P,)}
    told = [(mode, chunk) for mode, chunk in told if chunk != asks]
    assert [chunk for mode, chunk in told if mode == "updates"] == updates
    end = {"x": 1, **asks} if keys == ["x"] else None
    assert [chunk for mode, chunk in told if mode == "values"] == [*values, *([end] if end else [])]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"stream_mode": "vlaues"}, "there is no stream mode `vlaues`; there are `values`, `upd"),
        ({"stream_mode": ["values", "messages"]}, "stream mode `messages` is not there"),
        ({"version": "v3"}, "there is no version `v3`; there are `v1` and `v2`"),
        ({"output_keys": "lgo"}, "the state has no key `lgo`; did you mean `log`?"),
        ({"durability": "snyc"}, "there is no durability `snyc`; there are `sync`, `async`, `ex"),
    ],
)
@pytest.mark.parametrize("method", ["stream", "invoke"])
def test_what_does_not_exist_is_refused_before_anything_runs(
    options: dict[str, Any], says: str, method: str
) -> None:
    ran, saver = Log(), InMemorySaver()
    graph = single(lambda state: ran("n"), saver=saver)

    with pytest.raises(ValueError, match=r"there is no|is not there|has no") as error:
        list(getattr(graph, method)({}, on("t"), **options))
    assert str(error.value).startswith(says)
    assert (ran.taken(), saver.load("t")) == ([], None)


def test_an_unknown_option_is_named_with_the_near_miss() -> None:
    with pytest.raises(TypeError, match=r"argument `interrupt_befor`; did you mean `interrupt_b"):
        single(lambda state: None).stream({}, interrupt_befor=["n"])  # type: ignore[call-arg]  # on purpose.


def test_durability_and_debug_are_taken_as_langgraph_takes_them() -> None:
    graph = single(lambda state: {"x": 2}, saver=InMemorySaver())
    durabilities: list[Durability | None] = [None, "sync", "async", "exit"]
    for durability in durabilities:
        output = graph.invoke({}, on("t"), durability=durability, debug=True)
        assert output == {"log": [], "x": 2}


def test_a_retry_is_no_second_start() -> None:
    fails = iter([True, False])

    def node(state: State) -> None:
        if next(fails):
            raise OSError

    builder = StateGraph(State).add_node("n", node, retry_policy=AT_ONCE).add_edge(START, "n")
    told = list(builder.compile().stream({}, stream_mode="tasks"))
    assert [("input" in chunk, chunk.get("error")) for chunk in told] == [
        (True, None),
        (False, None),
    ]


def test_chunks_share_nothing_with_the_state() -> None:
    graph = diamond(InMemorySaver())
    for _, chunk in graph.stream(
        {"log": ["in"]}, on("t"), stream_mode=["values", "tasks", "updates"]
    ):
        for holder in (chunk, chunk.get("input"), chunk.get("result"), chunk.get("a")):
            if holder and "log" in holder:
                holder["log"].append("spoilt")
    assert graph.get_state(on("t")).values == {"log": ["in", "a", "q"], "x": 1}


def test_a_stream_that_is_closed_early_parks_the_thread() -> None:
    saver, ran = InMemorySaver(), Log()
    nodes = [(name, lambda state, name=name: ran(name)) for name in "abc"]
    graph = StateGraph(State).add_sequence(nodes).set_entry_point("a").compile(checkpointer=saver)

    chunks = graph.stream({}, on("t"))
    assert next(chunks) == {"a": None}
    chunks.close()  # type: ignore[attr-defined]  # it is a generator.

    assert (ran.taken(), saver.holder("t")) == (["a"], None)
    assert saved(saver).thread.status is Status.STOPPED
    graph.invoke(None, on("t"))
    assert ran.taken() == ["b", "c"]


def test_a_thread_whose_run_failed_is_free_while_its_error_is_handled() -> None:
    saver, fails = InMemorySaver(), iter([True, False])

    def node(state: State) -> State:
        if next(fails):
            raise ValueError("boom")
        return {"x": 2}

    graph = single(node, saver=saver)
    with pytest.raises(ValueError, match="boom") as error:
        list(graph.stream({}, on("t")))
    assert error.tb is not None  # it keeps the frames, and what they hold, alive
    assert saver.holder("t") is None
    assert graph.invoke(None, on("t")) == {"log": [], "x": 2}


def test_where_a_run_begins_is_told_without_any_new_checkpoint() -> None:
    scene = single(lambda state: None).graph
    stream = Stream(scene, view_of(scene, "values"), lambda: "NOW", kept=True)
    at = Saved(ThreadInfo("t", "u", "g"), "", Checkpoint("c", 3, 2, "loop", {"x": 9}))

    assert list(stream.chunks(RunStarted("t", "g", new=False, at=at))) == [{"x": 9}]

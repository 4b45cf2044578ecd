"""Overwrite: a write that passes the reducer by, and outranks the others of its superstep."""

from __future__ import annotations

import json
import operator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import (
    END,
    START,
    Command,
    CompiledGraph,
    Overwrite,
    StateGraph,
    interrupt,
)
from graphcli.errors import InvalidUpdateError
from graphcli.storage import open_storage
from tests.engine.helpers import on

CONFIG = on("1")


class State(TypedDict):
    log: Annotated[list[str], operator.add]
    last: Any


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(asdict(Overwrite(value))))


#: The three ways to say it.
spelled = pytest.mark.parametrize(
    "over", [Overwrite, lambda value: {"__overwrite__": value}, through_json]
)


def layers(saver: Any, *names: str, **writes: Any) -> CompiledGraph:
    """START → `names` side by side → d; a node writes its name, or what `writes` has for it."""
    graph = StateGraph(State)
    for name in (*names, "d"):
        graph.add_node(name, lambda _, name=name: {"log": writes.get(name, [name])})
    for name in names:
        graph.add_edge(START, name).add_edge(name, "d")
    return graph.compile(checkpointer=saver)


@spelled
def test_it_replaces_what_the_channel_holds(saver: Any, over: Any) -> None:
    graph = layers(saver, "a", a=over(["new"]))
    assert graph.invoke({"log": ["in"]}, CONFIG) == {"log": ["new", "d"]}
    assert graph.get_state(CONFIG).values == {"log": ["new", "d"]}


@spelled
def test_it_outranks_its_siblings_whatever_their_order(saver: Any, over: Any) -> None:
    graph = layers(saver, "a", "b", "c", b=over(["new"]))
    assert graph.invoke({"log": ["in"]}, CONFIG) == {"log": ["new", "d"]}


def test_two_of_them_in_a_superstep_clash(saver: Any) -> None:
    graph = layers(saver, "a", "b", a=Overwrite(["one"]), b={"__overwrite__": ["two"]})
    with pytest.raises(
        InvalidUpdateError, match=r"only one Overwrite value per super-step; nodes `a` and `b`"
    ):
        graph.invoke({"log": ["in"]}, CONFIG)
    assert graph.get_state(CONFIG).values == {"log": ["in"]}


def test_a_shorter_list_and_one_of_the_same_length_are_stored_whole(tmp_path: Path) -> None:
    # Both are lists that a storage of appended tails could mistake for the one before.
    turns = [["a", "b", "c"], ["x", "y", "z"], ["p"], []]
    with open_storage(tmp_path / "t.db") as storage:
        graph = layers(storage, "a", a=[])
        for turn in turns:
            graph.invoke({"log": Overwrite(turn)}, CONFIG)
    with open_storage(tmp_path / "t.db") as storage:
        history = list(layers(storage, "a").get_state_history(CONFIG))
    found = [s.values["log"] for s in reversed(history) if s.next == ()]
    assert found == [[*turn, "d"] for turn in turns]


@spelled
def test_an_input_overwrites(saver: Any, over: Any) -> None:
    graph = layers(saver, "a")
    graph.invoke({"log": ["in"]}, CONFIG)
    assert graph.invoke({"log": over(["new"])}, CONFIG) == {"log": ["new", "a", "d"]}


@spelled
def test_an_update_of_the_state_overwrites(saver: Any, over: Any) -> None:
    graph = layers(saver, "a")
    graph.invoke({"log": ["in"]}, CONFIG)
    graph.update_state(CONFIG, {"log": over(["new"])}, as_node="d")
    assert graph.get_state(CONFIG).values == {"log": ["new"]}


def test_it_is_kept_while_a_sibling_waits(saver: Any) -> None:
    graph = StateGraph(State)
    graph.add_node("a", lambda _: {"log": Overwrite(["new"])})
    graph.add_node("b", lambda _: {"log": [interrupt("b?")]})
    graph.add_edge(START, "a").add_edge(START, "b")
    compiled = graph.compile(checkpointer=saver)
    assert compiled.invoke({"log": ["in"]}, CONFIG)["log"] == ["new"]
    assert compiled.get_state(CONFIG).tasks[0].result == {"log": Overwrite(["new"])}
    assert compiled.invoke(Command(resume="yes"), CONFIG) == {"log": ["new"]}


def test_a_command_as_input_overwrites(saver: Any) -> None:
    graph = StateGraph(State).add_node("a", lambda _: {"log": [interrupt("?")]})
    graph.add_edge(START, "a")
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke({"log": ["in"]}, CONFIG)
    told = compiled.invoke(Command(resume="yes", update={"log": Overwrite(["new"])}), CONFIG)
    assert told == {"log": ["new", "yes"]}


def test_a_branch_sees_what_its_node_overwrote(saver: Any) -> None:
    def path(state: State) -> str:
        return "b" if state["log"] == ["new"] else END

    graph = StateGraph(State).add_node("b", lambda _: {"log": ["b"]})
    graph.add_node("a", lambda _: {"log": Overwrite(["new"])})
    graph.add_edge(START, "a").add_conditional_edges("a", path)
    compiled = graph.compile(checkpointer=saver)
    assert compiled.invoke({"log": ["in"]}, CONFIG) == {"log": ["new", "b"]}


def test_without_a_reducer_it_is_a_write_like_any_other(saver: Any) -> None:
    graph = StateGraph(State)
    graph.add_node("a", lambda _: {"last": Overwrite(1)})
    graph.add_node("b", lambda _: {"last": {"__overwrite__": 2}})
    graph.add_edge(START, "a").add_edge("a", "b")
    compiled = graph.compile(checkpointer=saver)
    assert compiled.invoke({"log": []}, CONFIG, interrupt_after=["a"])["last"] == 1
    assert compiled.invoke(None, CONFIG)["last"] == {"__overwrite__": 2}  # a dict, and no more

"""Write the state from outside: as which node, in which superstep, and what is planned then."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import (
    END,
    START,
    Command,
    CompiledGraph,
    Overwrite,
    Send,
    StateGraph,
    StateUpdate,
    interrupt,
)
from graphcli.errors import InvalidUpdateError
from tests.engine.helpers import Log, on, payloads

CONFIG = on("1")


class State(TypedDict):
    log: Annotated[list[str], operator.add]
    note: str


def waiting(saver: Any, ran: Log | None = None) -> CompiledGraph:
    """a → b and c, b → d; stands where b asks and c has ended."""
    ran = ran if ran is not None else Log()

    def node(name: str) -> Any:
        def run(_: State) -> Any:
            ran(name)
            return {"log": [interrupt("b?") if name == "b" else name]}

        return run

    graph = StateGraph(State)
    for name in "abcd":
        graph.add_node(name, node(name))
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("a", "c").add_edge("b", "d")
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke({"log": ["in"]}, CONFIG)
    ran.taken()
    return compiled


def told(graph: CompiledGraph) -> list[tuple[Any, ...]]:
    found = list(graph.get_state_history(CONFIG))[:-3]  # without those of `waiting`
    return [(s.metadata["source"], s.next, s.values["log"]) for s in found if s.metadata]


def test_what_has_ended_beside_a_question_is_not_run_again(saver: Any) -> None:
    ran = Log()
    graph = waiting(saver, ran)
    graph.update_state(CONFIG, {"log": ["u"]})
    assert graph.get_state(CONFIG).values["log"] == ["in", "a", "u", "c"]
    assert graph.get_state(CONFIG).next == ("b",)
    assert payloads(graph.invoke(None, CONFIG)) == ["b?"]
    told = graph.invoke(Command(resume="yes"), CONFIG)
    assert told == {"log": ["in", "a", "u", "yes", "c", "d"]}
    assert ran.names == ["b", "b", "d"]


def test_to_pass_a_waiting_node_by_loses_nothing_beside_it(saver: Any) -> None:
    ran = Log()
    graph = waiting(saver, ran)
    graph.update_state(CONFIG, {"log": ["u"]}, as_node="b")
    assert graph.get_state(CONFIG).next == ("d",)
    assert graph.invoke(None, CONFIG) == {"log": ["in", "a", "u", "c", "d"]}
    assert ran.names == ["d"]


def test_an_update_takes_the_place_of_what_its_node_wrote(saver: Any) -> None:
    ran = Log()
    graph = waiting(saver, ran)
    graph.update_state(CONFIG, {"log": ["not c"]}, as_node="c")
    assert graph.get_state(CONFIG).next == ("b",)
    graph.invoke(None, CONFIG)
    told = graph.invoke(Command(resume="yes"), CONFIG)
    assert told == {"log": ["in", "a", "not c", "yes", "d"]}
    assert ran.names == ["b", "b", "d"]


def test_an_update_reroutes_what_its_node_had_chosen(saver: Any) -> None:
    graph = StateGraph(State)
    for name in ("a", "yes", "no"):
        graph.add_node(name, lambda _, name=name: {"log": [name]})
    graph.add_edge(START, "a").add_conditional_edges("a", lambda s: s.get("note", "yes"))
    compiled = graph.compile(checkpointer=saver, interrupt_after=["a"])
    compiled.invoke({"log": []}, CONFIG)
    assert compiled.get_state(CONFIG).next == ("yes",)
    compiled.update_state(CONFIG, {"note": "no"})
    assert compiled.get_state(CONFIG).next == ("no",)
    assert compiled.invoke(None, CONFIG) == {"log": ["a", "no"], "note": "no"}


def test_an_update_as_a_node_elsewhere_goes_on_from_there(saver: Any) -> None:
    graph = waiting(saver)
    graph.update_state(CONFIG, {"log": ["u"]}, as_node="d")
    assert graph.get_state(CONFIG).next == ()
    assert graph.invoke(None, CONFIG) == {"log": ["in", "a", "c", "u"]}


def test_a_send_that_has_ended_and_is_planned_again_is_not_run_again(saver: Any) -> None:
    ran = Log()

    def worker(state: Any) -> Any:
        ran(state["n"])
        return {"log": [interrupt("?") if state["n"] == "asks" else state["n"]]}

    graph = StateGraph(State).add_node("a", lambda _: {}).add_node("worker", worker)
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: [Send("worker", {"n": n}) for n in s["log"]])
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke({"log": ["one", "asks"]}, CONFIG)
    ran.taken()
    compiled.update_state(CONFIG, {"log": Overwrite(["asks", "one", "two"])})
    assert payloads(compiled.invoke(None, CONFIG)) == ["?"]
    assert sorted(ran.taken()) == ["asks", "two"]
    told = compiled.invoke(Command(resume="yes"), CONFIG)
    assert told == {"log": ["asks", "one", "two", "yes", "one", "two"]}


def test_an_update_arrives_at_a_waiting_edge(saver: Any) -> None:
    graph = StateGraph(State)
    for name in ("a", "b", "join"):
        graph.add_node(name, lambda _, name=name: {"log": [name]})
    graph.add_edge(START, "a").add_edge(["a", "b"], "join")
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke({"log": []}, CONFIG)
    compiled.update_state(CONFIG, {"log": ["u"]}, as_node="b")
    assert compiled.get_state(CONFIG).next == ("join",)
    assert compiled.invoke(None, CONFIG) == {"log": ["a", "u", "join"]}


def test_the_end_keeps_what_has_been_done(saver: Any) -> None:
    graph = waiting(saver)
    graph.update_state(CONFIG, None, END)
    assert told(graph) == [("update", (), ["in", "a", "c"])]
    assert graph.get_state(CONFIG).values["log"] == ["in", "a", "c"]
    with pytest.raises(InvalidUpdateError, match="Node __end__ does not exist"):
        graph.update_state(CONFIG, {"log": ["x"]}, END)


def test_an_input_arrives_beside_what_was_planned(saver: Any) -> None:
    ran = Log()
    graph = waiting(saver, ran)
    graph.update_state(CONFIG, {"log": ["u"]}, "__input__")
    assert told(graph) == [("input", ("__start__", "b", "c"), ["in", "a"])]
    assert payloads(graph.invoke(None, CONFIG)) == ["b?"]
    assert ran.names == ["b"]
    with pytest.raises(InvalidUpdateError, match="the input is a int"):
        graph.update_state(CONFIG, 7, "__input__")


def test_an_input_begins_a_thread(saver: Any) -> None:
    graph = waiting(saver)
    other = on("2")
    graph.update_state(other, {"log": ["u"]}, "__input__")
    assert graph.get_state(other).metadata == {"source": "input", "step": -1, "parents": {}}
    assert graph.invoke(None, other)["log"] == ["u", "a", "c"]


def test_a_copy_is_updated_in_one_go(saver: Any) -> None:
    graph = waiting(saver)
    graph.update_state(CONFIG, [({"log": ["q"]}, "b"), ({"log": ["r"]}, "c")], "__copy__")
    assert told(graph) == [
        ("update", ("d",), ["in", "a", "q", "r"]),
        ("fork", ("b", "c"), ["in", "a"]),
    ]
    with pytest.raises(InvalidUpdateError, match="Cannot copy a non-existent checkpoint"):
        graph.update_state(on("2"), None, "__copy__")


def test_an_update_without_values_is_an_update(saver: Any) -> None:
    graph = waiting(saver)
    graph.update_state(CONFIG, None)
    assert told(graph) == [("update", ("b", "c"), ["in", "a"])]
    graph.update_state(CONFIG, None, "b", task_id="any")
    assert told(graph)[0] == ("update", ("c", "d"), ["in", "a"])
    assert graph.get_state(CONFIG).next == ("d",)


def test_several_supersteps_at_once(saver: Any) -> None:
    graph = waiting(saver)
    config = graph.bulk_update_state(
        CONFIG,
        [
            [StateUpdate({"log": ["2"]}, "c"), StateUpdate({"log": ["1"], "note": "n"}, "b")],
            [StateUpdate({"log": ["3"]}, "d")],
        ],
    )
    assert told(graph) == [
        ("update", (), ["in", "a", "2", "1", "3"]),  # in the order given
        ("update", ("d",), ["in", "a", "2", "1"]),
    ]
    assert graph.get_state(config) == graph.get_state(graph.get_state(CONFIG).config)
    assert graph.get_state(CONFIG).values["note"] == "n"


def test_a_superstep_without_a_node_goes_on_from_the_one_before(saver: Any) -> None:
    graph = waiting(saver)
    graph.bulk_update_state(
        CONFIG, [[StateUpdate({"log": ["1"]}, "b")], [StateUpdate({"log": ["2"]})]]
    )
    assert told(graph)[0] == ("update", ("d",), ["in", "a", "1", "c", "2"])
    assert graph.invoke(None, CONFIG) == {"log": ["in", "a", "1", "c", "2", "d"]}


@pytest.mark.parametrize(
    ("supersteps", "error", "says"),
    [
        ([], ValueError, "No supersteps provided"),
        ([[]], ValueError, "No updates provided"),
        ([[({"log": []}, None), ({}, "b")]], InvalidUpdateError, "as_node is required"),
        ([[({"note": "1"}, "b"), ({"note": "2"}, "c")]], InvalidUpdateError, "one value per step"),
        ([[(None, END), ({}, "b")]], InvalidUpdateError, "when clearing state"),
        ([[({}, "__input__"), ({}, "b")]], InvalidUpdateError, "when updating as input"),
        ([[(None, "__copy__"), ({}, "b")]], InvalidUpdateError, "with multiple updates"),
        ([[({"log": ["1"]}, "b")], [({"log": ["2"]}, "y")]], InvalidUpdateError, "Node y does not"),
        ([[({"note": "1"}, "b"), ({}, "c")], [({}, None)]], InvalidUpdateError, "Ambiguous"),
    ],
)
def test_of_updates_that_do_not_fit_none_is_written(
    saver: Any, supersteps: Any, error: type[Exception], says: str
) -> None:
    graph = waiting(saver)
    before = graph.get_state(CONFIG)
    with pytest.raises(error, match=says):
        graph.bulk_update_state(CONFIG, supersteps)
    assert graph.get_state(CONFIG) == before
    assert payloads(graph.invoke(None, CONFIG)) == ["b?"]

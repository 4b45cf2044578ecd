"""Look back, change the state, go on from an old checkpoint: nothing that was is changed."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import (
    END,
    START,
    Command,
    CompiledGraph,
    Send,
    StateGraph,
    StateSnapshot,
    interrupt,
)
from graphcli.errors import InvalidUpdateError, NotFoundError
from tests.engine.helpers import payloads

CONFIG: dict[str, Any] = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    log: Annotated[list[str], operator.add]


def says(word: str) -> Any:
    return lambda _state: {"log": [word]}


def chain(saver: Any, ran: list[str] | None = None, *, asks: str = "") -> CompiledGraph:
    """a → b → c, where `asks` stops to ask."""

    def node(name: str) -> Any:
        def run(_state: State) -> State:
            if ran is not None:
                ran.append(name)
            return {"log": [interrupt(f"{name}?") if name == asks else name]}

        return run

    graph = StateGraph(State)
    for name in "abc":
        graph.add_node(name, node(name))
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", "c")
    return graph.compile(checkpointer=saver)


def told(history: Any) -> list[tuple[Any, ...]]:
    return [(s.metadata["source"], s.metadata["step"], s.next, s.values["log"]) for s in history]


def at(graph: CompiledGraph, *nodes: str) -> StateSnapshot:
    return next(s for s in graph.get_state_history(CONFIG) if s.next == nodes)


def test_the_history_has_every_checkpoint_the_newest_first(saver: Any) -> None:
    graph = chain(saver)
    graph.invoke({"log": ["in"]}, CONFIG)
    assert told(graph.get_state_history(CONFIG)) == [
        ("loop", 3, (), ["in", "a", "b", "c"]),
        ("loop", 2, ("c",), ["in", "a", "b"]),
        ("loop", 1, ("b",), ["in", "a"]),
        ("loop", 0, ("a",), ["in"]),
        ("input", -1, ("__start__",), []),
    ]


def test_the_history_is_filtered_cut_and_begun_where_asked(saver: Any) -> None:
    graph = chain(saver)
    graph.invoke({"log": []}, CONFIG)

    def steps(**asked: Any) -> list[int]:
        found = graph.get_state_history(CONFIG, **asked)
        return [snapshot.metadata["step"] for snapshot in found if snapshot.metadata]

    assert steps(filter={"source": "input"}) == [-1]
    assert steps(filter={"source": "loop"}, limit=2) == [3, 2]
    assert steps(before=at(graph, "c").config) == [1, 0, -1]
    assert steps(limit=0) == []


def test_going_on_from_an_old_checkpoint_runs_what_follows_it(saver: Any) -> None:
    ran: list[str] = []
    graph = chain(saver, ran)
    graph.invoke({"log": []}, CONFIG)
    ran.clear()
    assert graph.invoke(None, at(graph, "b").config) == {"log": ["a", "b", "c"]}
    assert ran == ["b", "c"]
    assert told(graph.get_state_history(CONFIG))[:3] == [
        ("loop", 4, (), ["a", "b", "c"]),
        ("loop", 3, ("c",), ["a", "b"]),
        ("fork", 2, ("b",), ["a"]),
    ]


def test_going_on_from_the_end_runs_nothing(saver: Any) -> None:
    ran: list[str] = []
    graph = chain(saver, ran)
    graph.invoke({"log": []}, CONFIG)
    ran.clear()
    assert graph.invoke(None, graph.get_state(CONFIG).config) == {"log": ["a", "b", "c"]}
    assert ran == []


def test_an_old_question_is_asked_anew_and_takes_its_own_answer(saver: Any) -> None:
    graph = chain(saver, asks="b")
    first = graph.invoke({"log": []}, CONFIG)["__interrupt__"][0]
    graph.invoke(Command(resume="one"), CONFIG)
    again = graph.invoke(None, at(graph, "b").config)["__interrupt__"][0]
    assert again.value == first.value
    assert again.id != first.id
    assert graph.invoke(Command(resume="two"), CONFIG) == {"log": ["a", "two", "c"]}


def test_an_update_goes_on_as_if_the_last_node_had_written_it(saver: Any) -> None:
    ran: list[str] = []
    graph = chain(saver, ran, asks="b")
    graph.invoke({"log": []}, CONFIG)
    config = graph.update_state(CONFIG, {"log": ["more"]})
    assert graph.get_state(config).values == {"log": ["a", "more"]}
    assert graph.get_state(CONFIG).next == ("b",)
    assert graph.get_state(CONFIG).interrupts == ()
    graph.invoke(None, CONFIG)
    assert graph.invoke(Command(resume="x"), CONFIG) == {"log": ["a", "more", "x", "c"]}
    assert ran == ["a", "b", "b", "b", "c"]


def test_an_update_as_the_waiting_node_passes_it_by(saver: Any) -> None:
    graph = chain(saver, asks="b")
    graph.invoke({"log": []}, CONFIG)
    graph.update_state(CONFIG, {"log": ["skipped"]}, as_node="b")
    assert graph.get_state(CONFIG).next == ("c",)
    assert graph.invoke(None, CONFIG) == {"log": ["a", "skipped", "c"]}


def test_an_update_of_an_old_checkpoint_is_a_fork_and_the_old_line_stays(saver: Any) -> None:
    ran: list[str] = []
    graph = chain(saver, ran)
    graph.invoke({"log": []}, CONFIG)
    ran.clear()
    old = at(graph, "c")
    config = graph.update_state(old.config, {"log": ["fork"]})
    assert graph.invoke(None, config) == {"log": ["a", "b", "fork", "c"]}
    assert ran == ["c"]  # what it did on the old line counts there only
    assert graph.get_state(old.config).values == {"log": ["a", "b"]}
    ends = [s.values["log"] for s in graph.get_state_history(CONFIG) if s.next == ()]
    assert ends == [["a", "b", "fork", "c"], ["a", "b", "c"]]


def test_an_update_begins_a_thread_that_does_not_exist(saver: Any) -> None:
    graph = chain(saver)
    graph.update_state(CONFIG, {"log": ["first"]})
    assert graph.get_state(CONFIG).next == ("a",)
    assert graph.invoke(None, CONFIG) == {"log": ["first", "a", "b", "c"]}


def test_an_update_as_end_drops_what_was_planned(saver: Any) -> None:
    graph = chain(saver, asks="b")
    graph.invoke({"log": []}, CONFIG)
    graph.update_state(CONFIG, None, as_node=END)
    assert graph.get_state(CONFIG).next == ()
    assert graph.invoke(None, CONFIG) == {"log": ["a"]}


def test_a_copy_stands_beside_the_original(saver: Any) -> None:
    graph = chain(saver, asks="b")
    graph.invoke({"log": []}, CONFIG)
    before = graph.get_state(CONFIG)
    graph.update_state(CONFIG, None, "__copy__")
    after = graph.get_state(CONFIG)
    assert (after.values, after.next) == (before.values, before.next)
    assert after.config != before.config
    assert after.parent_config == before.parent_config
    assert told([after]) == [("fork", 2, ("b",), ["a"])]
    graph.update_state(CONFIG, {"log": ["more"]})  # as `a`, which led to the original
    assert graph.get_state(CONFIG).next == ("b",)
    assert payloads(graph.invoke(None, CONFIG)) == ["b?"]
    assert graph.invoke(Command(resume="x"), CONFIG) == {"log": ["a", "more", "x", "c"]}


def test_branches_of_the_node_decide_what_follows_an_update(saver: Any) -> None:
    graph = StateGraph(State).add_node("a", says("a")).add_node("b", says("b"))
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", lambda s: [Send("b", {"log": []})] * len(s["log"]))
    compiled = graph.compile(checkpointer=saver, interrupt_after=["a"])
    compiled.invoke({"log": []}, CONFIG)
    compiled.update_state(CONFIG, {"log": ["x", "y"]}, as_node="a")
    # The branch sees three words, and its Sends take the place of the one that was planned.
    assert compiled.get_state(CONFIG).next == ("b",) * 3


def test_several_last_writers_are_told_apart_by_the_caller(saver: Any) -> None:
    graph = StateGraph(State).add_node("a", says("a")).add_node("b", says("b"))
    graph.add_edge(START, "a").add_edge(START, "b")
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke({"log": []}, CONFIG)
    with pytest.raises(InvalidUpdateError, match="Ambiguous update, specify as_node: `a`, `b`"):
        compiled.update_state(CONFIG, {"log": ["x"]})
    compiled.update_state(CONFIG, {"log": ["x"]}, as_node="b")
    compiled.update_state(CONFIG, {"log": ["y"]})  # b wrote last now
    assert compiled.get_state(CONFIG).values == {"log": ["a", "b", "x", "y"]}


@pytest.mark.parametrize(
    ("values", "node", "error"),
    [
        ({"log": []}, "d", "Node d does not exist"),
        ({"lag": []}, "a", "did you mean `log`"),
        (7, "a", "expected dict"),
    ],
)
def test_an_update_that_does_not_fit_changes_nothing(
    saver: Any, values: Any, node: str, error: str
) -> None:
    graph = chain(saver, asks="b")
    graph.invoke({"log": []}, CONFIG)
    before = graph.get_state(CONFIG)
    with pytest.raises(InvalidUpdateError, match=error):
        graph.update_state(CONFIG, values, as_node=node)
    assert graph.get_state(CONFIG) == before


def test_a_checkpoint_that_does_not_exist_is_said(saver: Any) -> None:
    graph = chain(saver)
    graph.invoke({"log": []}, CONFIG)
    gone = {"configurable": {"thread_id": "1", "checkpoint_id": "nowhere"}}
    with pytest.raises(NotFoundError, match="has no checkpoint nowhere"):
        graph.invoke(None, gone)
    with pytest.raises(NotFoundError, match="has no checkpoint nowhere"):
        graph.update_state(gone, {"log": []})


def test_new_input_at_an_old_checkpoint_begins_from_its_state(saver: Any) -> None:
    graph = chain(saver)
    graph.invoke({"log": []}, CONFIG)
    config = at(graph, "b").config
    assert graph.invoke({"log": ["new"]}, config) == {"log": ["a", "new", "a", "b", "c"]}
    assert len(list(graph.get_state_history(CONFIG))) == 10


def test_the_history_of_a_fork_of_a_fork(saver: Any) -> None:
    graph = chain(saver)
    graph.invoke({"log": []}, CONFIG)
    first = graph.update_state(at(graph, "c").config, {"log": ["x"]})
    graph.invoke(None, first)
    second = graph.update_state(first, {"log": ["y"]}, as_node="b")
    graph.invoke(None, second)
    assert told(graph.get_state_history(CONFIG)) == [
        ("loop", 5, (), ["a", "b", "x", "y", "c"]),
        ("update", 4, ("c",), ["a", "b", "x", "y"]),
        ("loop", 4, (), ["a", "b", "x", "c"]),
        ("update", 3, ("c",), ["a", "b", "x"]),
        ("loop", 3, (), ["a", "b", "c"]),
        ("loop", 2, ("c",), ["a", "b"]),
        ("loop", 1, ("b",), ["a"]),
        ("loop", 0, ("a",), []),
        ("input", -1, ("__start__",), []),
    ]
    assert graph.get_state(second).parent_config == first
    updates = list(graph.get_state_history(CONFIG, filter={"source": "update"}))
    assert [s.config for s in updates] == [second, first]
    (older,) = graph.get_state_history(CONFIG, filter={"source": "update"}, before=second)
    assert older.config == first
    ends = graph.get_state_history(CONFIG, filter={"step": 4}, limit=1)
    assert told(ends) == [("update", 4, ("c",), ["a", "b", "x", "y"])]
    assert graph.get_state(first).values == {"log": ["a", "b", "x"]}


def test_who_wrote_a_fork_is_who_wrote_what_it_is_a_fork_of(saver: Any) -> None:
    graph = chain(saver, asks="b")
    graph.invoke({"log": []}, CONFIG)
    graph.invoke(Command(resume="one"), CONFIG)
    graph.invoke(None, at(graph, "b").config)
    graph.update_state(CONFIG, {"log": ["more"]})  # as `a`: `b` has not run
    assert graph.get_state(CONFIG).next == ("b",)

"""Looking at the subgraphs of a thread, changing them, and going back in time inside them."""

import asyncio
import operator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.errors import NotFoundError, UsageError
from tests.engine.helpers import Log, on, payloads


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def asker(ran: Log, *, keeps: bool | None = None) -> CompiledGraph:
    """Return a graph that works, asks, and asks again."""

    def node(name: str, *, asks: bool = True) -> Any:
        def run(state: State) -> State:
            ran(name)
            return {"log": [f"{name}={interrupt(name)}" if asks else name]}

        return run

    builder = StateGraph(State).add_node("work", node("work", asks=False))
    builder.add_sequence([("one?", node("one?")), ("two?", node("two?"))])
    builder.add_edge(START, "work").add_edge("work", "one?")
    return builder.compile(checkpointer=keeps)


def parent(child: Any, saver: Checkpointer) -> CompiledGraph:
    builder = StateGraph(State).add_node("before", lambda s: {"log": ["before"]})
    builder.add_node("child", child).add_node("after", lambda s: {"log": ["after"]})
    builder.add_edge(START, "before").add_edge("before", "child").add_edge("child", "after")
    return builder.compile(checkpointer=saver)


def inner(graph: CompiledGraph, config: dict[str, Any]) -> Any:
    """Return the snapshot of the subgraph that a thread is in."""
    return graph.get_state(config, subgraphs=True).tasks[0].state


# Looking ------------------------------------------------------------------------------------


def test_a_task_leads_to_the_state_of_its_subgraph(saver: Checkpointer) -> None:
    graph = parent(asker(Log()), saver)
    graph.invoke({}, on("t"))

    seen = graph.get_state(on("t"))
    (task,) = seen.tasks
    assert (seen.next, [i.value for i in seen.interrupts]) == (("child",), ["one?"])
    assert task.state["configurable"]["checkpoint_ns"] == f"child:{task.id}"
    below = graph.get_state(task.state)
    assert (below.next, below.values) == (("one?",), {"log": ["before", "work"]})
    assert below.metadata is not None
    assert below.metadata["parents"] == {"": seen.config["configurable"]["checkpoint_id"]}
    assert inner(graph, on("t")) == below
    assert asyncio.run(graph.aget_state(on("t"), subgraphs=True)).tasks[0].state == below


def test_a_subgraph_that_a_node_invokes_is_found_by_what_it_left(saver: Checkpointer) -> None:
    child = asker(Log())
    graph = parent(lambda state: child.invoke(state), saver)
    graph.invoke({}, on("t"))

    assert inner(graph, on("t")).next == ("one?",)
    assert list(graph.get_subgraphs()) == []


def test_the_history_of_a_subgraph(saver: Checkpointer) -> None:
    graph = parent(asker(Log()), saver)
    graph.invoke({}, on("t"))
    place = graph.get_state(on("t")).tasks[0].state
    for said in "ab":
        graph.invoke(Command(resume=said), on("t"))

    history = [(s.next, [i.value for i in s.interrupts]) for s in graph.get_state_history(place)]
    assert history == [
        ((), []),
        (("two?",), ["two?"]),
        (("one?",), ["one?"]),
        (("work",), []),
        (("__start__",), []),
    ]
    record = next(s for s in graph.get_state_history(on("t")) if s.next == ("child",))
    assert [i.value for i in record.interrupts] == ["two?"]


def test_subgraphs_by_name(saver: Checkpointer) -> None:
    middle = StateGraph(State).add_node("deep", asker(Log())).add_edge(START, "deep").compile()
    graph = parent(middle, saver)

    assert [name for name, _ in graph.get_subgraphs()] == ["child"]
    assert [name for name, _ in graph.get_subgraphs(recurse=True)] == ["child", "child|deep"]
    ((name, found),) = graph.get_subgraphs(namespace="child|deep", recurse=True)
    assert (name, found.node_names) == ("child|deep", ("work", "one?", "two?"))


# Changing -----------------------------------------------------------------------------------


def test_the_state_of_a_subgraph_is_changed_and_it_goes_on(saver: Checkpointer) -> None:
    graph = parent(asker(Log()), saver)
    graph.invoke({}, on("t"))

    changed = graph.update_state(inner(graph, on("t")).config, {"log": ["by hand"]})
    assert changed["configurable"]["checkpoint_ns"].startswith("child:")
    assert payloads(graph.invoke(None, changed)) == ["one?"]
    graph.invoke(Command(resume=1), on("t"))
    output = graph.invoke(Command(resume=2), on("t"))

    inside = ["work", "by hand", "one?=1", "two?=2"]
    assert output["log"] == ["before", "before", *inside, "after"]


def test_a_node_of_a_subgraph_is_answered_for(saver: Checkpointer) -> None:
    ran = Log()
    graph = parent(asker(ran), saver)
    graph.invoke({}, on("t"))

    graph.update_state(inner(graph, on("t")).config, {"log": ["skipped"]}, as_node="one?")
    assert payloads(graph.invoke(None, on("t"))) == ["two?"]
    assert ran.taken() == ["work", "one?", "two?"]


def test_the_end_of_a_subgraph_that_is_written_is_not_the_end_of_the_thread(
    saver: Checkpointer,
) -> None:
    graph = parent(asker(Log()), saver)
    graph.invoke({}, on("t"))

    graph.update_state(inner(graph, on("t")).config, {"log": ["skipped"]}, as_node="two?")

    assert graph.invoke(None, on("t"))["log"][-2:] == ["skipped", "after"]


def test_only_a_subgraph_that_is_there_is_changed(saver: Checkpointer) -> None:
    graph = parent(asker(Log()), saver)
    graph.invoke({}, on("t"))

    with pytest.raises(ValueError, match="Subgraph other not found"):
        graph.update_state({"configurable": {"thread_id": "t", "checkpoint_ns": "other:1"}}, {})
    with pytest.raises(NotFoundError, match="no subgraph under child:1"):
        graph.update_state({"configurable": {"thread_id": "t", "checkpoint_ns": "child:1"}}, {})


# Back in time -------------------------------------------------------------------------------


@pytest.mark.parametrize("keeps", [None, True])
def test_back_to_a_question_inside_everything_around_it_is_forked(
    saver: Checkpointer, keeps: bool | None
) -> None:
    ran = Log()
    graph = parent(asker(ran, keeps=keeps), saver)
    graph.invoke({}, on("t"))
    first = inner(graph, on("t")).config
    for said in "ab":
        old = graph.invoke(Command(resume=said), on("t"))
    ran.taken()

    assert payloads(graph.invoke(None, first)) == ["one?"]
    assert ran.taken() == ["one?"]
    sources = [s.metadata["source"] for s in graph.get_state_history(on("t")) if s.metadata]
    assert sources == ["fork", "loop", "loop", "loop", "loop", "input"]
    for said in "cd":
        new = graph.invoke(Command(resume=said), on("t"))
    assert old["log"][-3:] == ["one?=a", "two?=b", "after"]
    assert new["log"] == [*old["log"][:-3], "one?=c", "two?=d", "after"]


def test_an_old_question_inside_gets_a_new_answer_at_once(saver: Checkpointer) -> None:
    ran = Log()
    graph = parent(asker(ran), saver)
    graph.invoke({}, on("t"))
    first = inner(graph, on("t")).config
    for said in "ab":
        graph.invoke(Command(resume=said), on("t"))
    ran.taken()

    assert payloads(graph.invoke(Command(resume="c"), first)) == ["two?"]
    assert ran.taken() == ["one?", "two?"]
    assert graph.invoke(Command(resume="d"), on("t"))["log"][-3:] == ["one?=c", "two?=d", "after"]


def test_one_value_for_an_old_checkpoint_where_a_subgraph_asked_too_is_refused(
    saver: Checkpointer,
) -> None:
    builder = StateGraph(State).add_node("child", asker(Log())).add_edge(START, "child")
    builder.add_node("side", lambda s: {"log": [interrupt("side?")]}).add_edge(START, "side")
    graph = builder.compile(checkpointer=saver)
    asked = graph.invoke({}, on("t"))["__interrupt__"]
    graph.invoke(Command(resume={i.id: i.value for i in asked}), on("t"))
    graph.invoke(Command(resume="two"), on("t"))
    old = next(s for s in graph.get_state_history(on("t")) if "side" in s.next)

    with pytest.raises(RuntimeError, match="has asked in a subgraph too"):
        graph.invoke(Command(resume="which?"), old.config)
    (side,) = [i for i in asked if i.value == "side?"]
    graph.invoke(Command(resume={side.id: "again"}), old.config)
    assert graph.get_state(on("t")).next == ()


def test_two_graphs_deep_the_way_back_forks_each_of_them(saver: Checkpointer) -> None:
    ran = Log()
    middle = StateGraph(State).add_node("deep", asker(ran)).add_edge(START, "deep").compile()
    graph = parent(middle, saver)
    graph.invoke({}, on("t"))
    first = inner(graph, on("t")).tasks[0].state.config
    for said in "ab":
        graph.invoke(Command(resume=said), on("t"))
    ran.taken()

    assert payloads(graph.invoke(None, first)) == ["one?"]
    assert payloads(graph.invoke(Command(resume="c"), on("t"))) == ["two?"]
    assert graph.invoke(Command(resume="d"), on("t"))["log"][-3:] == ["one?=c", "two?=d", "after"]
    assert ran.taken() == ["one?", "one?", "two?", "two?"]


def test_a_command_to_an_old_checkpoint_inside_only_answers(saver: Checkpointer) -> None:
    graph = parent(asker(Log()), saver)
    graph.invoke({}, on("t"))
    first = inner(graph, on("t")).config
    graph.invoke(Command(resume="a"), on("t"))
    before = graph.get_state(on("t"))

    with pytest.raises(UsageError, match="cannot write to the subgraph"):
        graph.invoke(Command(resume="b", update={"log": ["x"]}), first)
    assert graph.get_state(on("t")) == before


def test_a_subgraph_that_keeps_its_state_goes_back_with_the_thread(saver: Checkpointer) -> None:
    seen = []

    def count(state: State) -> State:
        seen.append(len(state.get("log", [])))
        return {"log": ["x"]}

    class Other(TypedDict):
        turns: Annotated[list[int], operator.add]

    child = StateGraph(State).add_node(count).add_edge(START, "count").compile(checkpointer=True)
    builder = StateGraph(Other).add_node("turn", lambda s: {"turns": [1]}).add_node("child", child)
    builder.add_edge(START, "turn").add_edge("turn", "child")
    graph = builder.compile(checkpointer=saver)
    for _ in range(3):
        graph.invoke({}, on("t"))
    assert seen == [0, 1, 2]
    history = list(graph.get_state_history(on("t")))
    second = [s for s in history if s.next == ("child",)][1]

    graph.invoke(None, second.config)
    assert seen == [0, 1, 2, 1]  # as if the third turn, and the second one itself, had not been
    graph.invoke({}, on("t"))
    assert seen == [0, 1, 2, 1, 2]
    first = [s for s in history if s.next == ("turn",)][2]
    graph.invoke(None, first.config)
    assert seen == [0, 1, 2, 1, 2, 0]
    graph.invoke(None, graph.update_state(second.config, {"turns": [9]}))
    assert seen == [0, 1, 2, 1, 2, 0, 1]


def test_a_record_shows_a_subgraph_that_keeps_its_state_as_it_was(saver: Checkpointer) -> None:
    graph = parent(asker(Log(), keeps=True), saver)
    told: list[Any] = [{}, Command(resume="a"), Command(resume="b"), {}]
    for said in told:
        graph.invoke(said, on("t"))

    records = [s for s in graph.get_state_history(on("t")) if s.next == ("child",)]
    then = graph.get_state(records[1].config, subgraphs=True).tasks[0]

    assert [i.value for i in then.interrupts] == ["two?"]
    assert then.state.values["log"][-2:] == ["one?=a", "two?=b"]


def test_back_to_where_one_of_two_was_answered_both_are_asked_again(saver: Checkpointer) -> None:
    builder = StateGraph(State).add_node("a", lambda s: {"log": [interrupt("a")]})
    builder.add_node("b", lambda s: {"log": [interrupt("b")]})
    graph = builder.add_edge(START, "a").add_edge(START, "b").compile(checkpointer=saver)
    graph.invoke({}, on("t"))
    head = graph.update_state(on("t"), {"log": ["x"]}, as_node="__start__")
    asked = graph.invoke(None, head)["__interrupt__"]
    graph.invoke(Command(resume={asked[0].id: 1}), on("t"))

    assert payloads(graph.invoke(None, head)) == ["a", "b"]

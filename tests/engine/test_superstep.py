"""Supersteps as pure functions: nothing depends on who was faster."""

import copy
import operator
from dataclasses import replace
from typing import Annotated, Any, TypedDict

from hypothesis import given, settings
from hypothesis import strategies as st

from graphcli import START, Send, StateGraph
from graphcli.engine.graph.structure import Graph
from graphcli.engine.running.superstep import (
    apply,
    begin,
    checkpoint_id,
    plan,
    unfinished,
    visible_values,
)
from graphcli.engine.values.model import Checkpoint, Result


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    last: str


NAMES = ("a", "b", "c", "d")


def graph_of(names: tuple[str, ...] = NAMES) -> Graph:
    builder = StateGraph(State)
    for name in names:
        builder.add_node(name, lambda state: None).add_edge(START, name)
    builder.add_edge(list(names), names[0])
    return builder.compile().graph


GRAPH = graph_of()


def checkpoint_with(sends: int) -> Checkpoint:
    first = begin(GRAPH, "uid", "", {}, None)
    start = Result(first.tasks[0].id, START, "done", goto=tuple(Send("a", n) for n in range(sends)))
    return apply(GRAPH, "uid", "", first, {start.task: start})


@st.composite
def superstep(draw: st.DrawFn) -> tuple[Checkpoint, list[Result]]:
    """A checkpoint with all its tasks done, their results in any order."""
    checkpoint = checkpoint_with(draw(st.integers(1, 5)))
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    tasks = (*plan(GRAPH, "", checkpoint.id, names, (), {}), *checkpoint.tasks)
    results = [
        Result(
            task.id,
            task.node,
            "done",
            (("log", [number]), *draw(st.sampled_from([(), (("log", ["more"]),)]))),
            tuple(draw(st.lists(st.sampled_from([*NAMES, Send("b", number)]), max_size=3))),
        )
        for number, task in enumerate(tasks)
    ]
    return replace(checkpoint, tasks=tasks), draw(st.permutations(results))


@settings(deadline=None)
@given(superstep(), st.randoms())
def test_the_order_in_which_tasks_end_does_not_matter(
    case: tuple[Checkpoint, list[Result]], random: Any
) -> None:
    checkpoint, results = case
    again = list(results)
    random.shuffle(again)

    one = apply(GRAPH, "uid", "", checkpoint, {r.task: r for r in results})
    other = apply(GRAPH, "uid", "", checkpoint, {r.task: r for r in again})

    assert one == other
    in_order = [r for task in checkpoint.tasks for r in results if r.task == task.id]
    assert one.values["log"] == [item for r in in_order for _, value in r.writes for item in value]


@settings(deadline=None)
@given(superstep())
def test_a_superstep_changes_nothing_that_it_is_given(
    case: tuple[Checkpoint, list[Result]],
) -> None:
    checkpoint, results = case
    before = copy.deepcopy((checkpoint, results))

    apply(GRAPH, "uid", "", checkpoint, {r.task: r for r in results})

    assert (checkpoint, results) == before


@settings(deadline=None)
@given(superstep())
def test_every_task_has_its_own_id(case: tuple[Checkpoint, list[Result]]) -> None:
    checkpoint, results = case
    following = apply(GRAPH, "uid", "", checkpoint, {r.task: r for r in results})
    ids = [task.id for task in (*checkpoint.tasks, *following.tasks)]

    assert len(set(ids)) == len(ids)


@settings(deadline=None)
@given(superstep())
def test_pulls_come_by_name_before_sends_by_number(case: tuple[Checkpoint, list[Result]]) -> None:
    checkpoint, results = case
    following = apply(GRAPH, "uid", "", checkpoint, {r.task: r for r in results})
    kinds = [task.path for task in following.tasks]

    pulls = [path for path in kinds if path[0] == "pull"]
    assert kinds == sorted(pulls) + [("push", n) for n in range(len(kinds) - len(pulls))]


@settings(deadline=None)
@given(superstep(), st.data())
def test_what_is_done_and_what_is_not_are_the_whole(
    case: tuple[Checkpoint, list[Result]], data: st.DataObject
) -> None:
    checkpoint, results = case
    done = data.draw(st.lists(st.sampled_from(results), unique_by=lambda r: r.task))
    kept = {r.task: r for r in done}

    open_ = {task.id for task in unfinished(checkpoint, kept)}
    assert open_ | set(kept) == {task.id for task in checkpoint.tasks}
    assert open_.isdisjoint(kept)
    shown = visible_values(GRAPH, checkpoint, kept).get("log", [])
    assert len(shown) == sum(len(value) for r in done for _, value in r.writes)


@settings(deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_checkpoint_ids_sort_by_their_number(one: int, other: int) -> None:
    ids = checkpoint_id("uid", "", one), checkpoint_id("uid", "", other)

    assert (ids[0] < ids[1]) == (one < other)
    assert checkpoint_id("other uid", "", one) != ids[0]

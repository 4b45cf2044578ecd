"""Subgraphs in the way of failures, timeouts, neighbours and changes: nothing lost or stranded."""

import asyncio
import operator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.graph.place import is_inside
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.values.checkpointer import Checkpointer
from tests.engine.helpers import Log, answer, last


class State(TypedDict, total=False):
    name: Any
    log: Annotated[list[Any], operator.add]


def one(name: str, node: Any, saver: Checkpointer | None = None, **more: Any) -> CompiledGraph:
    builder = StateGraph(State).add_node(name, node, **more).add_edge(START, name)
    return builder.compile(checkpointer=saver)


def begun(graph: CompiledGraph, saver: Checkpointer, **options: Any) -> Any:
    return last(graph.start("t", {}, saver, RunOptions(**options)))


def resumed(graph: CompiledGraph, saver: Checkpointer, *answers: Any, **more: Any) -> Any:
    return last(graph.go_on("t", saver, RunOptions(), answers, **more))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("grouped", [True, False])
def test_of_two_subgraphs_in_one_task_neither_takes_the_others_question_along(
    saver: Checkpointer, first: int, *, grouped: bool
) -> None:
    ran = Log()

    async def ask(state: State) -> State:
        ran(state["name"])
        while len(ran.names) < 2:  # neither asks before the other has begun
            await asyncio.sleep(0)
        return {"log": [interrupt(state["name"])]}

    child = one("ask", ask)

    async def both(state: State) -> State:
        if not grouped:
            said = await asyncio.gather(*[child.ainvoke({"name": name}) for name in "ab"])
        else:
            async with asyncio.TaskGroup() as group:
                work = [group.create_task(child.ainvoke({"name": name})) for name in "ab"]
            said = [each.result() for each in work]
        return {"log": [entry for output in said for entry in output["log"]]}

    graph = one("both", both, saver)
    questions = sorted(begun(graph, saver).questions, key=lambda asked: str(asked.payload))
    told = [answer(asked, asked.payload) for asked in questions]

    assert resumed(graph, saver, told[first]).status == "waiting"
    ended = resumed(graph, saver, told[1 - first])
    assert (ended.status, ended.values["log"]) == ("finished", ["a", "b"])
    assert sorted(ran.taken()) == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("ns", "outer", "inside"),
    [
        ("a:1", "", True),
        ("a:1|b:2", "a:1", True),
        ("a:1|b:2|1", "a:1", True),
        ("a:1|1", "a:1", False),
        ("a:1|1|b:2", "a:1", False),
        ("a:1|1|b:2", "a:1|1", True),
        ("a:12", "a:1", False),
        ("a:1", "a:1", False),
        ("", "", False),
    ],
)
def test_what_is_inside_what(ns: str, outer: str, *, inside: bool) -> None:
    assert is_inside(ns, outer) is inside


def test_a_fold_that_failed_in_a_subgraph_is_tried_again_without_running_nodes(
    saver: Checkpointer,
) -> None:
    ran, broken = Log(), [True]

    def join(old: list[str], new: list[str]) -> list[str]:
        if new == ["work"] and broken:
            raise ValueError("cannot fold")
        return [*old, *new]

    class Folded(TypedDict):
        log: Annotated[list[str], join]

    def work(state: Folded) -> Folded:
        ran("work")
        return {"log": ["work"]}

    child = StateGraph(Folded).add_node(work).add_edge(START, "work").compile()
    graph = one("child", child, saver)

    assert begun(graph, saver).status == "failed"
    assert resumed(graph, saver).status == "failed"
    broken.clear()
    ended = resumed(graph, saver)
    assert (ended.status, ended.values["log"]) == ("finished", ["work"])
    assert ran.taken() == ["work"]


def test_a_timeout_around_a_subgraph_stops_it_and_leaves_its_node_in_doubt(
    saver: Checkpointer,
) -> None:
    hangs = [True]

    async def hang(state: State) -> State:
        if hangs:
            await asyncio.Event().wait()
        return {"log": ["came back"]}

    child = one("hang", hang)

    async def call(state: State) -> Any:
        return await child.ainvoke({})

    graph = one("call", call, saver, timeout=0.05)
    ended = begun(graph, saver)
    assert ended.failure.message == "node `call` took longer than 0.05 s"

    ended = resumed(graph, saver)
    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["hang"])
    hangs.clear()
    graph = one("call", call, saver)
    ended = resumed(graph, saver, settle=[Settle("rerun")])
    assert (ended.status, ended.values["log"]) == ("finished", ["came back"])

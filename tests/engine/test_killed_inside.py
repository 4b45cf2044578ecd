"""kill -9 at every commit of nested graphs: each effect once, unless it was in doubt."""

import operator
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Send, StateGraph, interrupt, task
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.checkpointer import Commit
from graphcli.storage import Storage, open_storage
from tests.engine.helpers import answer, last


class State(TypedDict, total=False):
    name: str
    log: Annotated[list[str], operator.add]


class Out(TypedDict):
    log: Annotated[list[str], operator.add]


class Effects:
    """A file to which every effect adds its name, so that it outlives the process."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, name: str) -> None:
        with self._path.open("a") as file:
            file.write(f"{name}\n")

    def count(self) -> Counter[str]:
        return Counter(self._path.read_text().split() if self._path.exists() else [])


def chain(effect: Effects) -> CompiledGraph:
    """Return a graph whose subgraph runs `a` and `b`, then `c`."""
    builder = StateGraph(State)
    for before, name in ((START, "a"), ("a", "b")):
        builder.add_node(name, node(effect, name)).add_edge(before, name)
    outer = StateGraph(State).add_node("child", builder.compile())
    outer.add_node("c", node(effect, "c")).add_edge(START, "child").add_edge("child", "c")
    return outer.compile()


def fan(effect: Effects) -> CompiledGraph:
    """Return a graph that sends three times to a subgraph, which does its work in two nodes."""

    def work(state: State) -> State:
        effect(f"{state['name']}1")
        return {}

    def more(state: State) -> State:
        effect(f"{state['name']}2")
        return {"log": [state["name"]]}

    builder = StateGraph(State, output_schema=Out).add_node(work).add_node(more)
    child = builder.add_edge(START, "work").add_edge("work", "more").compile()
    outer = StateGraph(State).add_node("child", child)
    outer.add_conditional_edges(START, lambda s: [Send("child", {"name": n}) for n in "xyz"])
    return outer.compile()


def asks(effect: Effects) -> CompiledGraph:
    """Return a graph two levels deep that asks, and has an effect with the answer."""

    def act(state: State) -> State:
        effect(f"act-{interrupt('what?')}")
        return {"log": ["act"]}

    inner = StateGraph(State).add_node("before", node(effect, "before")).add_node(act)
    middle = inner.add_edge(START, "before").add_edge("before", "act").compile()
    child = StateGraph(State).add_node("middle", middle).add_edge(START, "middle").compile()
    return StateGraph(State).add_node("child", child).add_edge(START, "child").compile()


def memos(effect: Effects) -> CompiledGraph:
    """Return a graph whose subgraph does memoised work before it asks."""

    @task
    def work(name: str) -> str:
        effect(name)
        return name

    def plan(state: State) -> State:
        return {"log": [work("m").result(), interrupt("sure?"), work("n").result()]}

    child = StateGraph(State).add_node(plan).add_edge(START, "plan").compile()
    return StateGraph(State).add_node("child", child).add_edge(START, "child").compile()


def node(effect: Effects, name: str) -> Any:
    def run(state: State) -> State:
        effect(name)
        return {"log": [name]}

    return run


GRAPHS: dict[str, tuple[Any, int, list[str]]] = {
    "chain": (chain, 6, ["a", "b", "c"]),
    "fan": (fan, 12, ["x1", "x2", "y1", "y2", "z1", "z2"]),
    "asks": (asks, 8, ["act-so", "before"]),
    "memos": (memos, 7, ["m", "n"]),
}


def go_on(storage: Storage, graph: CompiledGraph) -> list[str]:
    """Answer, settle by running again, and go on to the end; return the tasks in doubt."""
    doubted: list[str] = []
    saved = storage.load("t")
    ended = last(graph.start("t", {}, storage, RunOptions())) if saved is None else None
    for _ in range(12):
        if ended is not None and ended.status == "finished":
            return doubted
        head = storage.load("t")
        assert head is not None
        standing = standing_of(head, storage)
        if standing.status == "finished":
            return doubted
        doubted += [found.node for found in standing.uncertain]
        settle = [Settle("rerun", found.id) for found in standing.uncertain]
        told = [] if settle else [answer(asked, "so") for asked in standing.questions]
        ended = last(graph.go_on("t", storage, RunOptions(), told, settle))
    raise AssertionError("the thread is stranded")


class Deadly(Storage):
    """A storage whose process dies at its n-th commit: before it, or right after it."""

    left = 0
    after = False

    def commit(self, commit: Commit) -> None:
        Deadly.left -= 1
        if Deadly.left == 0 and not Deadly.after:
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit(commit)
        if Deadly.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def dies(graph: CompiledGraph, path: Path, commit: int, *, after: bool) -> bool:
    """Drive `graph` in a process that dies at that commit; return whether it lived so long."""
    if (child := os.fork()) == 0:
        Deadly.left, Deadly.after = commit, after
        code = 1
        try:
            storage = open_storage(path)
            storage.__class__ = Deadly
            go_on(storage, graph)
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed by itself"
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", list(GRAPHS))
def test_killed_at_any_commit_each_effect_happens_once_unless_it_was_in_doubt(
    tmp_path: Path, name: str, *, after: bool
) -> None:
    make, least, effects = GRAPHS[name]
    commit, killed = 0, True
    while killed:
        commit += 1
        place = tmp_path / str(commit)
        place.mkdir()
        effect = Effects(place / "effects")
        graph = make(effect)
        killed = dies(graph, place / "threads.db", commit, after=after)
        with open_storage(place / "threads.db") as storage:
            doubted = go_on(storage, graph)
        found = effect.count()
        assert sorted(found) == effects, f"lost at commit {commit}"
        assert found.total() - len(effects) <= len(doubted), f"{found} at commit {commit}"
        assert killed or found.total() == len(effects)
    assert commit >= least

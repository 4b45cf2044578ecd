"""Many tasks in one superstep: a fan-out by Send, and nodes side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Engine, Log, commits, timed
from tests.benchmarks.harness import Case, Goal, Side

_BRANCHES = 1000
_NODES = 10


def _fan_out(engine: Engine) -> Any:
    def to_each(_state: Log) -> list[Any]:
        return [engine.types.Send("leaf", {"log": [number]}) for number in range(_BRANCHES)]

    graph = engine.graph.StateGraph(Log).add_node("leaf", lambda state: {"log": state["log"]})
    return graph.add_conditional_edges("__start__", to_each, ["leaf"])


def _side_by_side(engine: Engine) -> Any:
    graph = engine.graph.StateGraph(Log)
    for number in range(_NODES):
        graph.add_node(f"n{number}", lambda _state: {"log": [1]})
        graph.add_edge("__start__", f"n{number}")
    return graph


def _side(engine: Engine, make: Any, tasks: int) -> Side:
    def measured(folder: Path) -> float:
        with engine.saver(folder) as saver:
            graph = make(engine).compile(checkpointer=saver)
            run = timed(lambda: graph.invoke({"log": []}, CONFIG, durability="sync"))
            return run / tasks * 1e6

    return measured


CASES = [
    Case(
        "send-1000",
        "a fan-out by Send to 1,000 branches, each",
        "us/branch",
        Goal(at_most=40, times_theirs=10),
        _side(OURS, _fan_out, _BRANCHES),
        _side(THEIRS, _fan_out, _BRANCHES),
        lambda folder: commits(folder, 2, fsync=True) / _BRANCHES * 1e6,
    ),
    Case(
        "parallel-10",
        "ten nodes side by side, each",
        "us/node",
        Goal(),
        _side(OURS, _side_by_side, _NODES),
        _side(THEIRS, _side_by_side, _NODES),
        lambda folder: commits(folder, 2, fsync=True) / _NODES * 1e6,
    ),
]

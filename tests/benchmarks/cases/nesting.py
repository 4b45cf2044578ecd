"""A graph in a graph in a graph: one superstep of the innermost, by depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Count, Engine, commits, counting, timed
from tests.benchmarks.harness import Case, Goal, Side

_STEPS = 50


def _nested(engine: Engine, depth: int, saver: Any = None) -> Any:
    if depth == 0:
        return counting(engine).compile(checkpointer=saver)
    graph = engine.graph.StateGraph(Count).add_node("inner", _nested(engine, depth - 1))
    return graph.add_edge("__start__", "inner").compile(checkpointer=saver)


def _side(engine: Engine, depth: int) -> Side:
    def measured(folder: Path) -> float:
        with engine.saver(folder) as saver:
            graph = _nested(engine, depth, saver)
            given = {"n": 0, "to": _STEPS}
            return timed(lambda: graph.invoke(given, CONFIG, durability="sync")) / _STEPS * 1e6

    return measured


def _bare(folder: Path) -> float:
    return commits(folder, _STEPS, fsync=True) / _STEPS * 1e6


CASES = [
    Case(
        f"subgraph-{depth}",
        f"a durable superstep {depth} deep in graphs",
        "us",
        Goal(),
        _side(OURS, depth),
        _side(THEIRS, depth),
        _bare,
    )
    for depth in (1, 2, 3)
]

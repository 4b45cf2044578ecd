"""A state of 1 MB of which each superstep changes a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Engine, commits, timed
from tests.benchmarks.harness import Case, Goal, Side

_STEPS = 50


class Big(TypedDict):
    """A number, and what stays as it is."""

    n: int
    rest: dict[str, str]


def _graph(engine: Engine) -> Any:
    graph = engine.graph.StateGraph(Big).add_node("more", lambda state: {"n": state["n"] + 1})
    graph.add_edge("__start__", "more")
    return graph.add_conditional_edges(
        "more", lambda state: "more" if state["n"] < _STEPS else "__end__", ["more", "__end__"]
    )


def _side(engine: Engine) -> Side:
    def measured(folder: Path) -> float:
        given = {"n": 0, "rest": {f"key-{number}": "x" * 1000 for number in range(1000)}}
        with engine.saver(folder) as saver:
            graph = _graph(engine).compile(checkpointer=saver)
            return timed(lambda: graph.invoke(given, CONFIG, durability="sync")) / _STEPS * 1e6

    return measured


CASES = [
    Case(
        "state-1mb",
        "a durable superstep that changes a number in 1 MB of state",
        "us",
        Goal(),
        _side(OURS),
        _side(THEIRS),
        lambda folder: commits(folder, _STEPS, fsync=True) / _STEPS * 1e6,
    )
]

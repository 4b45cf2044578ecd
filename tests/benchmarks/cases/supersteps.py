"""One superstep of a chain: durable with and without an fsync each, and without storage."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Engine, commits, counting, timed
from tests.benchmarks.harness import Case, Goal, Side

_STEPS = 300


def _side(engine: Engine, durability: str | None) -> Side:
    def measured(folder: Path) -> float:
        with engine.saver(folder) if durability else nullcontext() as saver:
            graph = counting(engine).compile(checkpointer=saver)
            keywords = {"durability": durability} if durability else {}
            graph.invoke({"n": 0, "to": 3}, {**CONFIG, "configurable": {"thread_id": "warm"}})
            given = {"n": 0, "to": _STEPS}
            return timed(lambda: graph.invoke(given, CONFIG, **keywords)) / _STEPS * 1e6

    return measured


def _bare(folder: Path) -> float:
    def loop() -> None:
        state = {"n": 0}
        for _ in range(_STEPS):
            state = {**state, "n": state["n"] + 1}

    return timed(loop) / _STEPS * 1e6


CASES = [
    Case(
        "superstep-sync",
        "a durable superstep",
        "us",
        Goal(of_limit=1.5, times_theirs=3.5),
        _side(OURS, "sync"),
        _side(THEIRS, "sync"),
        lambda folder: commits(folder, _STEPS, fsync=True) / _STEPS * 1e6,
    ),
    Case(
        "superstep-async",
        "a superstep that a crash of the machine may lose",
        "us",
        Goal(of_limit=4, times_theirs=10),
        _side(OURS, "async"),
        _side(THEIRS, "async"),
        lambda folder: commits(folder, _STEPS, fsync=False) / _STEPS * 1e6,
    ),
    Case(
        "superstep-none",
        "a superstep without storage",
        "us",
        Goal(at_most=20, times_theirs=10),
        _side(OURS, None),
        _side(THEIRS, None),
        _bare,
    ),
]

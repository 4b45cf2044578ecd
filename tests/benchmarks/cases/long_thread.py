"""Go on with a thread that has 10,000 supersteps behind it, by a graph that was just opened."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Engine, counting, timed
from tests.benchmarks.harness import Case, Goal, Side


def _side(engine: Engine, steps: int) -> Side:
    def measured(folder: Path) -> float:
        with engine.saver(folder) as saver:
            graph = counting(engine).compile(checkpointer=saver, interrupt_after=["more"])
            # Without breakpoints it would stop at each superstep; the last one is left to do.
            free = counting(engine).compile(checkpointer=saver)
            free.invoke({"n": 0, "to": steps}, CONFIG, durability="async")
            graph.invoke({"n": steps, "to": steps + 2}, CONFIG, durability="sync")
        with engine.saver(folder) as saver:
            graph = counting(engine).compile(checkpointer=saver)
            return timed(lambda: graph.invoke(None, CONFIG, durability="sync")) * 1e3

    return measured


CASES = [
    Case(
        "resume-after-10000",
        "go on after 10,000 supersteps; the limit is after ten",
        "ms",
        Goal(),
        _side(OURS, 10_000),
        _side(THEIRS, 10_000),
        # The limit is ours after ten.
        _side(OURS, 10),
        rounds=3,  # the first one pays for what is loaded when it is first used
    )
]

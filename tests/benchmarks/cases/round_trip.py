"""Run to a question, then resume to the end: in one process, and as two whole processes."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.engines import OURS, THEIRS, Engine, asking, commits, timed
from tests.benchmarks.harness import Case, Goal, Side
from tests.benchmarks.processes import prepare, python

_TRIPS = 30


def _side(engine: Engine) -> Side:
    def measured(folder: Path) -> float:
        with engine.saver(folder) as saver:
            graph = asking(engine).compile(checkpointer=saver)

            def trips() -> None:
                for number in range(_TRIPS):
                    config = {"configurable": {"thread_id": f"t{number}"}}
                    graph.invoke({"log": []}, config, durability="sync")
                    graph.invoke(engine.types.Command(resume="yes"), config, durability="sync")

            return timed(trips) / _TRIPS * 1e3

    return measured


def _ours(folder: Path) -> float:
    prepare(folder)
    run = ("-m", "graphcli", "run", "ours.py", "--no-input", "--thread")
    python(folder, *run, "warm")
    first = timed(lambda: python(folder, *run, "one"))
    return (first + timed(lambda: python(folder, *_RESUME))) * 1e3


_RESUME = ("-m", "graphcli", "resume", "one", "--value", "yes")


def _theirs(folder: Path) -> float:
    prepare(folder)
    first = timed(lambda: python(folder, "theirs.py"))
    return (first + timed(lambda: python(folder, "theirs.py", "yes"))) * 1e3


CASES = [
    Case(
        "round-trip",
        "run to a question and resume, in one process",
        "ms",
        Goal(times_theirs=4),
        _side(OURS),
        _side(THEIRS),
        lambda folder: commits(folder, 4 * _TRIPS, fsync=True) / _TRIPS * 1e3,
    ),
    Case(
        "run-and-resume",
        "run to a question and resume, as two processes",
        "ms",
        Goal(times_theirs=8),
        _ours,
        _theirs,
        lambda folder: 2 * timed(lambda: python(folder, "-c", "pass")) * 1e3,
    ),
]

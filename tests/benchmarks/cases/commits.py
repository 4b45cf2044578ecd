"""How many transactions a chain of twenty supersteps costs. Counted, no clock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Engine, counting
from tests.benchmarks.harness import Case, Goal

_STEPS = 20


@contextmanager
def _traced(seen: list[str]) -> Iterator[None]:
    """Note the statements of every connection that is opened meanwhile."""
    connect = sqlite3.connect

    def traced(*args: Any, **keywords: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **keywords)
        connection.set_trace_callback(seen.append)
        return connection

    sqlite3.connect = traced  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite3.connect = connect


def _count(engine: Engine, folder: Path) -> float:
    seen: list[str] = []
    with _traced(seen), engine.saver(folder) as saver:
        graph = counting(engine).compile(checkpointer=saver)
        if engine is OURS:
            saver.threads()  # what makes the storage is paid once, not by a thread
        seen.clear()
        graph.invoke({"n": 0, "to": _STEPS}, CONFIG, durability="sync")
        return sum(line.strip().upper().startswith("COMMIT") for line in seen)


CASES = [
    Case(
        "commits-of-20",
        "commits of a chain of 20 supersteps",
        "",
        Goal(at_most=_STEPS + 2),
        lambda folder: _count(OURS, folder),
        lambda folder: _count(THEIRS, folder),
        rounds=1,
    )
]

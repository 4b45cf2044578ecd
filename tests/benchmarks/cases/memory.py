"""The most memory that running to a question takes. Linux tells it."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.harness import Case, Goal
from tests.benchmarks.processes import peak, prepare


def _ours(folder: Path) -> float:
    return peak(prepare(folder), "graphcli", "run", "ours.py", "--no-input")


CASES = [
    Case(
        "memory-of-run",
        "the peak memory of a run to a question",
        "MB",
        Goal(at_most=45),
        _ours,
        lambda folder: peak(prepare(folder), "theirs.py"),
        lambda folder: peak(folder, "this"),
        rounds=3,
    )
]

"""Cases measured in turn, their medians, and whether a goal is met. Pure but for `measure`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

#: Measures one side once, in an empty folder, and returns the figure in the case's unit.
Side = Callable[[Path], float]


@dataclass(frozen=True)
class Goal:
    """What DESIGN §11 asks for: an upper bound, a multiple of the limit, a ratio to theirs."""

    at_most: float | None = None
    of_limit: float | None = None
    times_theirs: float | None = None


@dataclass(frozen=True)
class Case:
    """One thing that is measured; less is better. `rounds` bounds those of a slow case.

    `what` says in words what `ours` and `theirs` do, and what the limit is where it is not bare
    Python or bare SQLite.
    """

    name: str
    what: str
    unit: str
    goal: Goal
    ours: Side
    theirs: Side | None = None
    limit: Side | None = None
    rounds: int = 99


@dataclass(frozen=True)
class Row:
    """The medians of a case."""

    case: Case
    ours: float
    theirs: float | None
    limit: float | None

    @property
    def of_limit(self) -> float | None:
        """How many times the limit ours is."""
        return self.ours / self.limit if self.limit else None

    @property
    def times_theirs(self) -> float | None:
        """How many times ours theirs is."""
        return self.theirs / self.ours if self.theirs and self.ours else None

    @property
    def met(self) -> bool | None:
        """Whether every part of the goal is met; None where there is none."""
        goal = self.case.goal
        parts = [
            *([self.ours <= goal.at_most] if goal.at_most is not None else []),
            *([(self.of_limit or 0) <= goal.of_limit] if goal.of_limit is not None else []),
            *([(self.times_theirs or 0) >= goal.times_theirs] if goal.times_theirs else []),
        ]
        return all(parts) if parts else None


def measure(case: Case, rounds: int) -> Row:
    """Run limit, theirs and ours in turn, `rounds` times, and return the medians."""
    sides = [side for side in (case.limit, case.theirs, case.ours) if side is not None]
    found: dict[Side, list[float]] = {side: [] for side in sides}
    for _ in range(min(rounds, case.rounds)):
        for side in sides:
            with tempfile.TemporaryDirectory() as folder:
                found[side].append(side(Path(folder)))

    def middle(side: Side | None) -> float | None:
        return median(found[side]) if side is not None else None

    return Row(case, median(found[case.ours]), middle(case.theirs), middle(case.limit))


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text in columns."""
    head = ("case", "unit", "ours", "LangGraph", "limit", "x limit", "x faster", "goal", "met")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a table for the README: figures with their unit, ratios beside them."""
    head = ("case", "what", "graphcli", "LangGraph", "limit", "goal", "met")
    lines = [head, ("---",) * len(head), *(_entry(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def document(row: Row) -> dict[str, Any]:
    """Return a row as JSON data."""
    return {
        "case": row.case.name,
        "what": row.case.what,
        "unit": row.case.unit,
        "ours": row.ours,
        "theirs": row.theirs,
        "limit": row.limit,
        "of_limit": row.of_limit,
        "times_theirs": row.times_theirs,
        "goal": goal_text(row.case.goal),
        "met": row.met,
    }


def goal_text(goal: Goal) -> str:
    """Return a goal as people read it."""
    parts = [
        *([f"<= {goal.at_most:g}"] if goal.at_most is not None else []),
        *([f"<= {goal.of_limit:g}x limit"] if goal.of_limit is not None else []),
        *([f">= {goal.times_theirs:g}x faster"] if goal.times_theirs is not None else []),
    ]
    return ", ".join(parts)


_MET = {True: "yes", False: "NO", None: ""}


def _cells(row: Row) -> tuple[str, ...]:
    figures = (row.ours, row.theirs, row.limit, row.of_limit, row.times_theirs)
    return (
        row.case.name,
        row.case.unit,
        *("" if figure is None else _figure(figure) for figure in figures),
        goal_text(row.case.goal),
        _MET[row.met],
    )


def _entry(row: Row) -> tuple[str, ...]:
    unit = f" {row.case.unit}".rstrip()
    ratios = ((row.theirs, row.times_theirs), (row.limit, row.of_limit))
    beside = ("" if not a or not b else f"{_figure(a)}{unit} ({_figure(b)}x)" for a, b in ratios)
    name, ours, goal = f"`{row.case.name}`", f"{_figure(row.ours)}{unit}", goal_text(row.case.goal)
    return (name, row.case.what, ours, *beside, goal, _MET[row.met])


def _figure(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"

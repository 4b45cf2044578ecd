"""Open questions, one a line: a table for a person, tab-separated fields for a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from graphcli.dataclass import dataclass
from graphcli.engine.resuming.question import Question
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.render.canvas import cells, fitted, styled
from graphcli.render.console import Look
from graphcli.render.times import age
from graphcli.text import safe_line

_TITLES: Final = ("ASKED", "THREAD", "GRAPH", "NODE", "QUESTION")
_GAP: Final = 2
#: The longest of these columns; where a terminal is too narrow they go in the order below.
_WIDEST: Final = 28
_EXPENDABLE: Final = (2, 3, 0)
#: What is left for the question at the least, in cells.
_NARROWEST: Final = 20
_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open question and the thread that waits for its answer."""

    thread: ThreadInfo
    question: Question


def inbox_table(rows: Sequence[Waiting], now: datetime, look: Look) -> str:
    """Return a table of questions for a person, no line wider than the terminal."""
    table = [_TITLES, *(_row(row, now) for row in rows)]
    columns, widths = _layout(table, look.width)
    lines = [_line(row, columns, widths, look) for row in table]
    return "\n".join([styled(lines[0], "bold", look), *lines[1:]])


def inbox_lines(rows: Sequence[Waiting]) -> str:
    """Return a line a question for a program: thread, graph, node, asked (ISO), id, message.

    Fields are separated by tabs; more may be added at the end, never in between.
    """
    return "\n".join(
        "\t".join(
            safe_line(field, _LONGEST)
            for field in (
                row.thread.id,
                row.thread.graph,
                row.question.path,
                row.question.asked_at,
                row.question.id,
                row.question.message,
            )
        )
        for row in rows
    )


def inbox_line(row: Waiting, now: datetime, look: Look) -> str:
    """Return who asks what since when, on one line that fits the terminal."""
    who = f"{row.thread.id} · {row.question.path} · asked {age(row.question.asked_at, now)}"
    line = safe_line(f"{who}: {row.question.message}", _LONGEST)
    return styled(fitted(line, look.width - 1, look), "bold", look)


def _row(row: Waiting, now: datetime) -> tuple[str, ...]:
    facts = (age(row.question.asked_at, now), row.thread.id, row.thread.graph, row.question.path)
    return (*(safe_line(fact) for fact in facts), safe_line(row.question.message, _LONGEST))


def _layout(table: Sequence[Sequence[str]], width: int) -> tuple[list[int], dict[int, int]]:
    """Which columns fit, and how wide each is; the question takes the rest."""
    columns = list(range(len(_TITLES)))
    last, wanted = columns[-1], min(_NARROWEST, width // 2)
    widths = {column: min(_WIDEST, _widest(table, column)) for column in columns[:-1]}
    for column in _EXPENDABLE:
        if width - _taken(columns, widths) >= wanted:
            break
        columns.remove(column)
    if width - _taken(columns, widths) < wanted:
        widths[1] = max(1, width - _GAP - wanted)
    widths[last] = max(1, width - _taken(columns, widths))
    return columns, widths


def _taken(columns: Sequence[int], widths: dict[int, int]) -> int:
    return sum(widths[column] + _GAP for column in columns[:-1])


def _widest(table: Sequence[Sequence[str]], column: int) -> int:
    return max(cells(row[column]) for row in table)


def _line(row: Sequence[str], columns: Sequence[int], widths: dict[int, int], look: Look) -> str:
    parts = []
    for column in columns:
        text = fitted(row[column], widths[column], look)
        parts.append(text + " " * (widths[column] - cells(text) + _GAP))
    return "".join(parts).rstrip()

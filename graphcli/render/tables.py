"""Threads, one a line: a table for a person, tab-separated fields for a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from graphcli.engine.values.status import Status, ThreadLine
from graphcli.render.canvas import cells, fitted, styled
from graphcli.render.console import Look
from graphcli.render.times import age
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.engine.values.checkpointer import ThreadInfo

#: Both have what is shown.
Thread: TypeAlias = "ThreadLine | ThreadInfo"

STATUS_STYLES: Final = {
    Status.RUNNING: "cyan",
    Status.WAITING: "yellow",
    Status.STOPPED: "yellow",
    Status.UNCERTAIN: "magenta",
    Status.FAILED: "red",
    Status.FINISHED: "green",
    Status.REJECTED: "red",
    Status.CANCELLED: "dim",
}

_TITLES: Final = ("THREAD", "GRAPH", "STATUS", "CHANGED", "QUESTIONS")
_GAP: Final = 2

#: Where a terminal is too narrow, columns go in this order; id and status always stay.
_EXPENDABLE: Final = (4, 1, 3)
_NARROWEST_ID: Final = 12


def threads_table(rows: Sequence[Thread], now: datetime, look: Look) -> str:
    """Return a table of threads for a person, without a newline at its end; empty for none.

    Too narrow a terminal first shortens ids, then loses columns: questions, graph, age.
    """
    if not rows:
        return ""
    table = [_TITLES, *(_row(row, now) for row in rows)]
    columns = _columns(table, look.width)
    widths = _widths(table, columns, look.width)
    lines = [_line(table[0], columns, widths, look, "bold")]
    lines += [
        _line(cell, columns, widths, look, STATUS_STYLES[row.status])
        for cell, row in zip(table[1:], rows, strict=True)
    ]
    return "\n".join(lines)


def threads_lines(rows: Sequence[Thread]) -> str:
    """Return a line a thread for a program: id, graph, status, changed (ISO), open questions.

    Fields are separated by tabs; more may be added at the end, never in between.
    """
    return "\n".join(
        "\t".join(
            safe_line(field)
            for field in (row.id, row.graph, row.status.value, row.updated_at, str(row.open))
        )
        for row in rows
    )


def _row(row: Thread, now: datetime) -> tuple[str, ...]:
    facts = (row.id, row.graph, row.status.value, age(row.updated_at, now), str(row.open or ""))
    return tuple(safe_line(fact) for fact in facts)


def _columns(table: Sequence[Sequence[str]], width: int) -> list[int]:
    columns = list(range(len(_TITLES)))
    for column in _EXPENDABLE:
        others = sum(_widest(table, other) + _GAP for other in columns if other)
        if others + min(_NARROWEST_ID, _widest(table, 0)) <= width:
            break
        columns.remove(column)
    return columns


def _widths(table: Sequence[Sequence[str]], columns: Sequence[int], width: int) -> dict[int, int]:
    widths = {column: _widest(table, column) for column in columns}
    others = sum(widths[column] + _GAP for column in columns if column)
    widths[0] = min(widths[0], max(1, width - others))
    return widths


def _widest(table: Sequence[Sequence[str]], column: int) -> int:
    return max(cells(row[column]) for row in table)


def _line(
    row: Sequence[str], columns: Sequence[int], widths: dict[int, int], look: Look, style: str
) -> str:
    parts = []
    for column in columns:
        text = fitted(row[column], widths[column], look)
        pad = " " * (widths[column] - cells(text) + _GAP)
        # The title is wholly styled; of a thread only the status, which is what one looks for.
        wanted = style if style == "bold" or _TITLES[column] == "STATUS" else ""
        parts.append(styled(text, wanted, look) + pad)
    return "".join(parts).rstrip()

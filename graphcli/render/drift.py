"""How a graph has changed since a thread last ran: as notes, as a section, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.engine.values.changes import Change

_WIDTH: Final = len("changed")

#: What a piece is called, and what it means that the thread stands there.
_PARTS: Final = {"node": "node `{}`", "edges": "where `{}` leads", "state": "key `{}` of the state"}
_MEANS: Final[Mapping[tuple[str, str], str]] = {
    ("changed", "node"): ", at which the thread stands",
    ("gone", "node"): ", without which the thread cannot go on",
    ("changed", "edges"): " next",
    ("gone", "state"): "; no node sees its value any more, but the thread keeps it",
    ("changed", "state"): " (type or reducer); its value is kept as it is",
}


def drift_lines(changes: Sequence[Change]) -> list[str]:
    """Return a line for each change: nodes first, then where they lead, then the state."""
    order = list(_PARTS)
    return [_line(change) for change in sorted(changes, key=lambda c: order.index(c.part))]


def drift_notes(changes: Sequence[Change], thread: str, inspect: str) -> list[str]:
    """Return what to say before a thread goes on: the changes that concern it, if any do.

    `inspect` is the command that shows what a key still holds that is gone.
    """
    concerns = [change for change in changes if change.concerns]
    if not concerns:
        return []
    lines = drift_lines(concerns)
    if any((change.change, change.part) == ("gone", "state") for change in concerns):
        lines.append(f"see what it keeps: {inspect}")
    head = f"the graph has changed since thread `{safe_line(thread)}` last ran:"
    return [head, *(f"  {line}" for line in lines)]


def drift_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return changes as JSON data."""
    return [
        {"change": c.change, "part": c.part, "path": c.path, "concerns": c.concerns}
        for c in changes
    ]


def _line(change: Change) -> str:
    piece = _PARTS[change.part].format(safe_line(change.path))
    means = _MEANS.get((change.change, change.part), "") if change.concerns else ""
    return f"{change.change:<{_WIDTH}}  {piece}{means}"

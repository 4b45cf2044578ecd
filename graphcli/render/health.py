"""What `doctor` found, a line each, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphcli.render.canvas import styled
from graphcli.render.console import Look
from graphcli.text import safe_line

_STYLES: Final = {"ok": "green", "note": "yellow", "damaged": "red"}
_WIDTH: Final = 9


def check_lines(checks: Iterable[tuple[str, str, str]], look: Look) -> str:
    """Return a line for each (state, what was found, remedy), the remedy below it."""
    lines = []
    for state, says, remedy in checks:
        mark = styled(f"{state:<{_WIDTH}}", _STYLES[state], look)
        lines.append(mark + safe_line(says, 400))
        if remedy:
            lines.append(" " * _WIDTH + safe_line(remedy, 400))
    return "\n".join(lines)

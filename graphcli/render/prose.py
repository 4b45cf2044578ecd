"""Text as a person would like to read it: every character kept, its structure made visible.

Markdown and diffs are coloured, never rewritten: who approves a text has seen that very text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphcli.render.canvas import folded, wrapped
from graphcli.render.console import Look

_HUNK: Final = re.compile(r"^@@ -\d+(,\d+)? \+\d+(,\d+)? @@", re.MULTILINE)
_HEADING: Final = re.compile(r"#{1,6} ")
_ITEM: Final = re.compile(r"\s*([-*+•]|\d{1,3}[.)]) +")
_FENCE: Final = re.compile(r"\s*(```|~~~)")

#: One line is looked at this far; the rest is counted, not drawn.
_LONGEST_LINE: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Look:
    """How one line of a text is drawn."""

    style: str = ""
    code: bool = False
    hang: int = 0


def is_diff(text: str) -> bool:
    """Return whether `text` is a unified diff."""
    return _HUNK.search(text, 0, _LONGEST_LINE) is not None


def prose(text: str, look: Look, limit: int) -> tuple[list[str], bool]:
    """Return the drawn lines of `text`, at most about `limit`, and whether all of it is there.

    What is left out is counted in the last line.
    """
    clean = text.replace("\r\n", "\n").rstrip("\n")
    # Each line takes one at least: the rest, which may be millions, is only counted.
    source, total = clean.split("\n", limit + 1), clean.count("\n") + 1
    kinds = _diff_lines(source) if is_diff(text) else _markdown_lines(source)
    lines: list[str] = []
    for number, (line, kind) in enumerate(zip(source, kinds, strict=True)):
        drawn = _line(line[:_LONGEST_LINE], kind, look)
        room = limit - len(lines)
        if len(drawn) > room or len(line) > _LONGEST_LINE:
            lines += drawn[: max(0, room)]
            return lines + hidden(_left(line, total - number, drawn, room), look), False
        lines += drawn
    return lines, True


def hidden(what: str, look: Look) -> list[str]:
    """Return our own words that stand where `what` was left out."""
    return wrapped(f"{look.glyph('…', '...')} {what}", look, "dim", hang=2)


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: `1 more line`, `1,204 more lines`."""
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} more {noun if number == 1 else plural}"


def _left(line: str, lines: int, drawn: list[str], room: int) -> str:
    if lines == 1 and room > 0:
        shown = sum(len(part) for part in drawn[:room])
        return counted(max(1, len(line) - shown), "character")
    return counted(lines, "line")


def _line(line: str, kind: _Look, look: Look) -> list[str]:
    if kind.code:
        return folded(line, look, kind.style)
    return wrapped(line, look, kind.style, kind.hang)


def _diff_lines(source: list[str]) -> Iterator[_Look]:
    for line in source:
        if line.startswith(("--- ", "+++ ", "diff ", "index ")):
            yield _Look("bold", code=True)
        elif line.startswith("@@"):
            yield _Look("cyan", code=True)
        else:
            yield _Look({"+": "green", "-": "red"}.get(line[:1], ""), code=True)


def _markdown_lines(source: list[str]) -> Iterator[_Look]:
    fenced = ""
    for line in source:
        fence = _FENCE.match(line)
        if fence and fenced in ("", fence[1]):
            fenced = "" if fenced else fence[1]
            yield _Look("dim", code=True)
        elif fenced:
            yield _Look("cyan", code=True)
        else:
            yield _paragraph(line)


def _paragraph(line: str) -> _Look:
    if _HEADING.match(line):
        return _Look("bold")
    if line.lstrip().startswith("> "):
        return _Look("italic", hang=_indent(line) + 2)
    if item := _ITEM.match(line):
        return _Look(hang=item.end())
    # Columns that somebody aligned with spaces, as a command's output, must not be re-wrapped.
    return _Look(code=True) if "   " in line.strip() else _Look(hang=_indent(line))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())

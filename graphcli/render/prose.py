"""Text as a person would like to read it: every character kept, its structure made visible.

Markdown and diffs are coloured, never rewritten: who approves a text has seen that very text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from graphcli.dataclass import dataclass
from graphcli.render.canvas import folded, wrapped
from graphcli.render.console import Look

_HUNK: Final = re.compile(r"^@@ -\d+(,\d+)? \+\d+(,\d+)? @@", re.MULTILINE)
_HEADING: Final = re.compile(r"#{1,6} ")
_ITEM: Final = re.compile(r"\s*([-*+•]|\d{1,3}[.)]) +")
_FENCE: Final = re.compile(r"\s*(```|~~~)")

#: Bold, code and italics; a mark inside of a word (`a_b`, `2*3*4`) is none.
_EMPHASIS: Final = re.compile(
    r"(?P<bold>\*\*[^*\s][^*]*\*\*)|(?P<code>`[^`]+`)"
    r"|(?P<italic>(?<![\w*])\*[^*\s][^*]*\*(?![\w*])|(?<!\w)_[^_\s][^_]*_(?!\w))"
)
_EMPHASES: Final = {"bold": "bold", "code": "cyan", "italic": "italic"}

UNLIMITED: Final = 10**9

#: Where not all is shown, one line is looked at this far; the rest is counted.
_LONGEST_LINE: Final = 20_000

#: Of a text that is cut, one in so many lines shows its end: what it comes to stands there.
_TAIL: Final = 4


@dataclass(frozen=True, slots=True)
class _Look:
    """How one line of a text is drawn."""

    style: str = ""
    code: bool = False
    hang: int = 0


#: How each of some lines is drawn.
_Kinds = Callable[[list[str]], Iterator[_Look]]


def is_diff(text: str) -> bool:
    """Return whether `text` is a unified diff."""
    return _HUNK.search(text, 0, _LONGEST_LINE) is not None


def prose(text: str, look: Look, limit: int) -> tuple[list[str], bool]:
    """Return the drawn lines of `text`, at most about `limit`, and whether all of it is there.

    Of a longer text begin and end are shown, and what is left out between them is counted.
    """
    clean = text.replace("\r\n", "\n").rstrip("\n")
    kinds_of = _diff_lines if is_diff(text) else _markdown_lines
    # Each line takes one at least: the rest, which may be millions, is only counted.
    source = clean.split("\n", limit + 1)
    head = _head(source, kinds_of, look, limit)
    if head.lines == len(source):
        return head.rows, True
    ending = limit // _TAIL
    head = _head(source, kinds_of, look, limit - ending)
    tail = _tail(clean, head, kinds_of, look, ending)
    left = hidden(_left(clean, head, tail), look)
    return [*head.rows, *left, *tail.rows], False


@dataclass(slots=True)
class _Part:
    """The drawn rows of the begin or the end of a text.

    `lines` are those that are whole, `characters` what is shown of all. A `broken` one ends, or
    begins, within a line.
    """

    rows: list[str]
    lines: int = 0
    characters: int = 0
    broken: bool = False


def _head(source: list[str], kinds_of: _Kinds, look: Look, limit: int) -> _Part:
    part = _Part([])
    longest = None if limit >= UNLIMITED else _LONGEST_LINE
    for line, kind in zip(source, kinds_of(source), strict=True):
        drawn = _line(line[:longest], kind, look)
        room = max(0, limit - len(part.rows))
        part.rows += drawn[:room]
        if len(drawn) > room or (longest and len(line) > longest):
            shown = min(len(line), _LONGEST_LINE) * len(drawn[:room]) // len(drawn)
            part.characters, part.broken = part.characters + shown, shown > 0
            break
        part.characters, part.lines = part.characters + len(line) + 1, part.lines + 1
    return part


def _tail(clean: str, head: _Part, kinds_of: _Kinds, look: Look, limit: int) -> _Part:
    """The last lines that fit; of one line that is longer, its end."""
    part = _Part([])
    if not limit:
        return part
    source = clean[head.characters :][-_LONGEST_LINE:].split("\n")[-limit:]
    kinds = list(kinds_of(source))
    for line, kind in zip(reversed(source), reversed(kinds), strict=True):
        drawn = _line(line, kind, look)
        if len(part.rows) + len(drawn) > limit:
            break
        part.rows[:0] = drawn
        part.characters, part.lines = part.characters + len(line) + 1, part.lines + 1
    if part.rows:
        return part
    end = source[-1][-limit * look.width // 2 :]
    return _Part(_line(end, kinds[-1], look)[:limit], 0, len(end), broken=True)


def hidden(what: str, look: Look) -> list[str]:
    """Return our own words that stand where `what` was left out."""
    return wrapped(f"{look.glyph('…', '...')} {what}", look, "dim", hang=2)


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: `1 more line`, `1,204 more lines`."""
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} more {noun if number == 1 else plural}"


def _left(clean: str, head: _Part, tail: _Part) -> str:
    lines = clean.count("\n") + 1 - head.lines - tail.lines
    if lines > 1 or not (head.broken or tail.broken):
        return counted(lines, "line")
    # Where a line was wrapped is not known to the character.
    left = max(1, len(clean) - head.characters - tail.characters)
    return f"about {counted(left, 'character')}"


def _line(line: str, kind: _Look, look: Look) -> list[str]:
    if len(line) > _LONGEST_LINE:  # to lay out millions of characters as a paragraph takes minutes
        parts = (line[at : at + _LONGEST_LINE] for at in range(0, len(line), _LONGEST_LINE))
        return [row for part in parts for row in folded(part, look, kind.style)]
    if kind.code:
        return folded(line, look, kind.style)
    return wrapped(line, look, kind.style, kind.hang, _emphasised)


def _emphasised(line: str) -> Iterator[tuple[int, int, str]]:
    """Where emphasis and code stand in a line; their marks stay, and are styled with them."""
    for found in _EMPHASIS.finditer(line):
        yield found.start(), found.end(), _EMPHASES[found.lastgroup or ""]


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

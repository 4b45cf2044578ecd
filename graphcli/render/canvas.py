"""The one place where rich draws: a renderable in, lines out, each within the width."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from graphcli.render.console import Look
from graphcli.text import safe_line, safe_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

#: A tab is as wide as this many spaces; left to the terminal it would break every width.
_TAB = 4


def draw(what: RenderableType, look: Look) -> list[str]:
    """Return the drawn lines of `what`, whose texts must be safe already."""
    console = _console(look)
    with console.capture() as captured:
        console.print(what, width=look.width, end="", overflow="fold")
    return [line.rstrip() for line in captured.get().rstrip("\n").split("\n")]


def styled(text: str, style: str, look: Look) -> str:
    """Return the safe one-line `text` in `style`, without wrapping it."""
    if not look.color or not style:
        return text
    from rich.text import Text

    return _printed(Text(text, style), look)


def _printed(text: Text, look: Look) -> str:
    console = _console(look)
    with console.capture() as captured:
        console.print(text, end="", soft_wrap=True)
    return captured.get()


#: Where in a line something stands out, and how: from, to, style.
Spans = Callable[[str], Iterable[tuple[int, int, str]]]


def wrapped(
    text: str, look: Look, style: str = "", hang: int = 0, spans: Spans | None = None
) -> list[str]:
    """Return one line of text wrapped between words; the lines after the first hang in.

    `text` is made safe here. A word that is wider than the line is broken.
    """
    from rich.text import Text

    flat = Text(safe_text(text).replace("\n", " ").expandtabs(_TAB), style, overflow="fold")
    for start, end, stands_out in spans(flat.plain) if spans and look.color else ():
        flat.stylize(stands_out, start, end)
    hang = hang if hang < look.width // 2 and cells(flat.plain) > look.width else 0
    narrow = look.narrowed(hang)
    rows = flat.wrap(_console(narrow), narrow.width)
    for row in rows:
        row.rstrip()
    lines = [_printed(row, look) if look.color else row.plain for row in rows]
    # The first line starts at the margin, so its own indent is what the others hang from.
    return lines[:1] + [" " * hang + line for line in lines[1:]] or [""]


def folded(text: str, look: Look, style: str = "") -> list[str]:
    """Return one line of text cut at the width, spaces kept: for code and diffs.

    `text` is made safe here. What goes on below is marked: in a diff it would look like a line.
    """
    from rich.cells import chop_cells

    flat = safe_text(text).replace("\n", " ").expandtabs(_TAB)
    if cells(flat) <= look.width:
        return [styled(flat, style, look)]
    first, *rest = chop_cells(flat, look.width - 2)
    mark = look.glyph("↪ ", "> ")
    return [styled(first, style, look)] + [mark + styled(part, style, look) for part in rest]


def cells(text: str) -> int:
    """Return how many terminal cells `text` takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fitted(text: str, width: int, look: Look) -> str:
    """Return `text` safe, on one line, and cut with an ellipsis to `width` cells."""
    line = safe_line(text)
    if cells(line) <= width:
        return line
    from rich.cells import set_cell_size

    mark = look.glyph("…", "~")
    return set_cell_size(line, max(0, width - len(mark))).rstrip() + mark


def indented(lines: Iterable[str], by: int = 2) -> list[str]:
    """Return `lines` moved to the right; empty ones stay empty."""
    return [" " * by + line if line else "" for line in lines]


def guttered(lines: Iterable[str], look: Look) -> list[str]:
    """Return `lines` of a payload behind its gutter, two cells wide: nothing of ours has it."""
    gutter = styled(look.glyph("│", "|"), "dim", look)
    return [f"{gutter} {line}".rstrip() for line in lines]


@lru_cache(maxsize=32)
def _console(look: Look) -> Console:
    from rich.console import Console

    return Console(
        file=_Sink("utf-8" if look.unicode else "ascii"),
        width=look.width,
        height=1000,
        color_system="standard" if look.color else None,
        force_terminal=look.color,
        no_color=not look.color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        # What the stream can show was decided once, from the environment that was passed in.
        _environ={},
    )


class _Sink(io.StringIO):
    """A file that keeps nothing and tells rich which characters its boxes may use."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]  # StringIO says None, rich reads text.
        return self._encoding

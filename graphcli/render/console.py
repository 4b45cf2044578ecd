"""What a stream can show, and the thin layer that writes to it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TextIO

#: Every drawing is still readable here; below it, terminals wrap what we draw.
NARROWEST: Final = 20
DEFAULT_WIDTH: Final = 80
DEFAULT_HEIGHT: Final = 24

#: What our own drawings use; a stream that cannot encode all of these gets the ASCII forms.
_GLYPHS: Final = "│─├└…·✓✗↻→↪⠋"


class Look(NamedTuple):
    """What a drawing may use: `width` in terminal cells, colours, characters beyond ASCII."""

    width: int = DEFAULT_WIDTH
    color: bool = False
    unicode: bool = True

    def glyph(self, glyph: str, ascii_form: str) -> str:
        """Return `glyph` where it can be shown, else `ascii_form`."""
        return glyph if self.unicode else ascii_form

    def narrowed(self, cells: int) -> Look:
        """Return the same look with `cells` less width, and room for at least four."""
        return Look(max(4, self.width - cells), self.color, self.unicode)


class Console(NamedTuple):
    """A stream for people, with what it can show on `height` rows.

    What is written here is for reading only: the facts are in the storage and the exit code.
    So a stream that nobody reads any more is not an error.
    """

    stream: TextIO
    look: Look
    terminal: bool
    height: int = DEFAULT_HEIGHT

    def write(self, text: str) -> bool:
        """Write `text`, which must be safe already; return False if nobody reads any more.

        Characters that the stream cannot encode become `?`.
        """
        try:
            self.stream.write(encodable(text, self.stream))
            self.stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed.
            return False
        return True

    def print(self, lines: Iterable[str]) -> bool:
        """Write each of `lines`, which must be safe already; return False if nobody reads."""
        return self.write("".join(f"{line}\n" for line in lines))


def make_console(stream: TextIO, environ: Mapping[str, str], *, terminal: bool) -> Console:
    """Return the console for `stream`; `terminal` says that a person watches it.

    `NO_COLOR` wins over `FORCE_COLOR` (no-color.org), which wins over the terminal;
    `TERM=dumb` takes colour away; `COLUMNS` is the width where it is a positive number.
    """
    columns, rows = _size(stream)
    width = _width(columns, environ)
    look = Look(width, _color(environ, terminal=terminal), _can_draw(stream))
    return Console(stream, look, terminal, rows or DEFAULT_HEIGHT)


def encodable(text: str, stream: TextIO) -> str:
    """Return `text` with `?` for each character that `stream` cannot encode."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        return text.encode(encoding, "replace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "replace").decode("ascii")


def _color(environ: Mapping[str, str], *, terminal: bool) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return terminal and environ.get("TERM") != "dumb"


def _width(found: int, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and columns.isascii() and int(columns[:6]) > 0:
        return max(NARROWEST, int(columns[:6]))
    return max(NARROWEST, found) if found else DEFAULT_WIDTH


def _size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of the terminal, 0 where there is none or it does not know."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return 0, 0
    return columns, rows


def _can_draw(stream: TextIO) -> bool:
    return encodable(_GLYPHS, stream) == _GLYPHS

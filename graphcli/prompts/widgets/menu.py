"""A list to pick from: what is highlighted, picked and searched for, and how it is drawn. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from graphcli.dataclass import dataclass, field
from graphcli.prompts.ui import POINTER
from graphcli.prompts.wrapping import continued, cut, guttered, wrapped

#: Beyond this many a list is searched by typing, not read.
READABLE = 10

#: Text with the name of its style, as prompt_toolkit takes it.
Fragment = tuple[str, str]
Line = list[Fragment]


@dataclass(frozen=True, slots=True)
class Row:
    """One line to pick: its label, what helps to choose, where it leads, the key that goes to it.

    `tail` is a short word behind a label that is too long to be shown, as its length.
    """

    label: str
    help: str = ""
    leads: str = ""
    letter: str = ""
    tail: str = ""


@dataclass(slots=True)
class Menu:
    """A list at a prompt. `at` is the highlighted row, None where nothing is chosen yet."""

    rows: Sequence[Row]
    at: int | None = 0
    several: bool = False
    picked: set[int] = field(default_factory=set)
    query: str = ""
    error: str = ""

    @property
    def searched(self) -> bool:
        """Whether typing searches."""
        return len(self.rows) > READABLE

    def found(self) -> list[int]:
        """Return the rows whose label holds what is searched for."""
        words = self.query.casefold()
        return [i for i, row in enumerate(self.rows) if words in row.label.casefold()]

    def search(self, query: str) -> None:
        """Show the rows that hold `query`, and highlight the first unless another is found."""
        self.query, self.error = query, ""
        found = self.found()
        if found and self.at not in found:
            self.at = found[0]

    def move(self, by: int) -> None:
        """Highlight the row `by` rows on; one step beyond an end comes back at the other."""
        found = self.found()
        if not found:
            return
        self.error = ""
        if self.at not in found:
            self.at = found[0 if by > 0 else -1]
            return
        place = found.index(self.at) + by
        within = 0 <= place < len(found)
        self.at = found[place % len(found) if within or abs(by) == 1 else -1 if by > 0 else 0]

    def go(self, letter: str) -> None:
        """Highlight the row that the key `letter` stands for."""
        self.error = ""
        self.at = next((i for i, row in enumerate(self.rows) if row.letter == letter), self.at)

    def toggle(self) -> None:
        """Pick the highlighted row, or no longer."""
        self.error = ""
        if self.at is not None and self.at in self.found():
            self.picked ^= {self.at}


def draw(menu: Menu, width: int, height: int) -> list[Line]:
    """Return the rows around the highlighted one, at most `height` lines."""
    lines: list[Line] = []
    start = end = 0
    for index in menu.found():
        if index == menu.at:
            start = len(lines)
        lines += _row(menu, index, width)
        if index == menu.at:
            end = len(lines)
    if len(lines) <= height:
        return lines
    above = max(0, (height - (end - start)) // 2)
    top = max(0, min(start - above, len(lines) - height))
    return lines[top : top + height]


def place(menu: Menu) -> str:
    """Return where the highlighted row stands in a list that is searched: `3 of 120`."""
    found = menu.found()
    if not found:
        return "nothing found"
    here = found.index(menu.at) + 1 if menu.at in found else 1
    return f"{here} of {len(found)}"


def _row(menu: Menu, index: int, width: int) -> list[Line]:
    row, here = menu.rows[index], index == menu.at
    mark = ("● " if index in menu.picked else "○ ") if menu.several else ""
    room = width - 2 - len(mark)
    look = "class:highlighted" if here else "class:selected" if index in menu.picked else ""
    texts = continued(_whole(row), room) if here else [_short(row, room)]
    head: Line = [("class:pointer", f"{POINTER} " if here else "  "), (look, mark + texts[0])]
    lines = [head] + [[(look, " " * (2 + len(mark)) + text)] for text in texts[1:]]
    if row.leads and len(texts[-1]) + len(row.leads) + 3 <= room:
        lines[-1].append(("class:note", f"   {row.leads}"))
    elif row.leads and here:
        lines += _notes(row.leads, width)
    return lines + (_help(row.help, width) if here else [])


def _whole(row: Row) -> str:
    return f"{row.label} {row.tail}" if row.label.endswith("…") and row.tail else row.label


def _short(row: Row, room: int) -> str:
    line = cut(row.label, room)
    if not line.endswith("…") or not row.tail:
        return line
    return cut(row.label, max(8, room - len(row.tail) - 1)) + f" {row.tail}"


def _help(text: str, width: int) -> list[Line]:
    return [[("class:note", f"    {line}")] for line in guttered(text, width - 4)]


def _notes(text: str, width: int) -> list[Line]:
    return [[("class:note", f"    {line}")] for line in wrapped(text, width - 4)]

"""Data as a person would like to read it: tables, aligned pairs, trees, text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from graphcli.dataclass import dataclass
from graphcli.render.canvas import cells, draw, fitted, folded, indented, styled, wrapped
from graphcli.render.changes import with_changes
from graphcli.render.console import Look
from graphcli.render.inline import LONGEST_INLINE, inline, key_name
from graphcli.render.plain import dumps, to_json
from graphcli.render.prose import UNLIMITED, counted, hidden, is_diff, prose
from graphcli.render.trees import tree_lines
from graphcli.text import safe_line

if TYPE_CHECKING:
    from rich.table import Table

#: A table with more columns than this is read better as one block a row.
_MOST_COLUMNS: Final = 8
_NARROWEST_COLUMN: Final = 8

#: A name of so many cells stands beside its value however narrow the terminal is.
_NAME: Final = 9

#: More values than this take seconds to lay out, and are as easy to read as JSON.
_MOST_DRAWN: Final = 10_000

#: A section cut by the limit of the whole still shows this much of itself.
_LEAST: Final = 3


@dataclass(slots=True)
class Page:
    """Drawn lines, how many more may come, and whether something was left out."""

    look: Look
    left: int = UNLIMITED
    cut: bool = False

    def room(self) -> int:
        """Return how many lines the next block may take."""
        return max(_LEAST, self.left)

    def took(self, lines: list[str]) -> list[str]:
        """Return `lines` after counting them."""
        self.left -= len(lines)
        return lines

    def name(self, key: str) -> str:
        """Return a key as it is shown on this page."""
        shown = key_name(key, whole=self.whole)
        self.cut |= shown != key_name(key, whole=True)
        return shown

    @property
    def whole(self) -> bool:
        """Whether nothing may be left out."""
        return self.left > UNLIMITED // 2


def draw_value(value: Any, look: Look, limit: int = UNLIMITED) -> tuple[list[str], bool]:
    """Return the drawn lines of any value, and whether something was left out.

    `limit` is about how many lines it may take; each thing left out is counted where it was.
    """
    page, plain = Page(look, limit), to_json(value)
    if page.whole and _is_huge(plain):
        rows = dumps(plain, terminal=True).split("\n")
        return [line for row in rows for line in folded(row, look)], False
    return _block(plain, page), page.cut


def _is_huge(plain: Any) -> bool:
    waiting, count = [plain], 0
    while waiting and count <= _MOST_DRAWN:
        item = waiting.pop()
        if isinstance(item, Mapping | list):
            count += len(item)
            waiting += item.values() if isinstance(item, Mapping) else item
    return count > _MOST_DRAWN


def brief(value: Any, width: int, look: Look) -> str:
    """Return a value on one line of at most `width` cells."""
    return fitted(inline(to_json(value)), width, look)


def _block(value: Any, page: Page) -> list[str]:
    if value is None:
        return []
    if isinstance(value, Mapping) and value:
        return _pairs(value, page)
    if isinstance(value, list) and value:
        return _records(value, page) if _are_records(value) else _list(value, page)
    return _text(inline(value), page)


def _text(text: str, page: Page) -> list[str]:
    lines, whole = prose(text, page.look, page.room())
    page.cut |= not whole
    return page.took(lines)


def _pairs(value: Mapping[str, Any], page: Page, level: int = 0) -> list[str]:
    """Draw `key: value` lines with the values aligned; what needs more room goes below its key."""
    value = with_changes(value)
    names = [cells(page.name(key)) for key, item in value.items() if _is_short(item)]
    # A name that is longer stands above its value: else it would push all others to the right.
    widest = min(page.look.width // 2, max(_NAME, page.look.width // 3))
    pad = max((name for name in names if name <= widest), default=0)
    lines: list[str] = []
    for number, (key, item) in enumerate(value.items()):
        if page.left <= 0 and number >= _LEAST:
            page.cut = True
            return [*lines, *page.took(hidden(counted(len(value) - number, "entry"), page.look))]
        lines += _pair(key, item, pad, page, level)
    return lines


def _pair(key: str, item: Any, pad: int, page: Page, level: int) -> list[str]:
    name = page.name(key)
    if _is_short(item) and cells(name) <= pad:
        head = f"{name}:" + " " * (pad - cells(name) + 2)
        rest = wrapped(inline(item), page.look.narrowed(cells(head)))
        first = styled(f"{name}:", "cyan", page.look) + head[len(name) + 1 :] + rest[0]
        return page.took([first.rstrip(), *indented(rest[1:], cells(head))])
    title = page.took(wrapped(f"{name}:", page.look, "cyan"))
    inner = Page(page.look.narrowed(2), page.left)
    body = indented(_below(item, inner, level))
    page.left, page.cut = inner.left, page.cut or inner.cut
    return title + body


def _below(item: Any, page: Page, level: int) -> list[str]:
    """Draw what stands below its key: a table of arguments as pairs, nested data as a tree."""
    if not isinstance(item, Mapping):
        return _block(item, page)
    return _pairs(item, page, level + 1) if not level and _is_table(item) else _tree(item, page)


def _is_table(item: Mapping[str, Any]) -> bool:
    """Whether nothing lies deeper, or there is a text that a tree would have to cut."""
    nested = [part for part in item.values() if isinstance(part, Mapping | list) and part]
    texts = [part for part in item.values() if isinstance(part, str)]
    return not nested or not all(map(_is_short, texts))


def _is_short(item: Any) -> bool:
    if isinstance(item, str):
        return "\n" not in item.rstrip("\n") and len(item) <= LONGEST_INLINE and not is_diff(item)
    return not isinstance(item, Mapping | list) or not item


def _list(value: Sequence[Any], page: Page) -> list[str]:
    if not all(_is_short(item) for item in value):
        return _tree(value, page)
    room = page.room()
    lines: list[str] = []
    for number, item in enumerate(value):
        drawn = wrapped(f"- {inline(item)}", page.look, hang=2)
        if len(lines) + len(drawn) > room and number:
            page.cut = True
            lines += hidden(counted(len(value) - number, "item"), page.look)
            break
        lines += drawn
    return page.took(lines)


def _are_records(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(row, Mapping) and row for row in value)
        and all(_is_short(item) for row in value for item in row.values())
        and len(_columns(value)) <= _MOST_COLUMNS
    )


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _records(rows: Sequence[Mapping[str, Any]], page: Page) -> list[str]:
    names = _columns(rows)
    if len(names) * (_NARROWEST_COLUMN + 2) > page.look.width and len(names) > 1:
        return _stacked(rows, page)
    shown = rows[: page.room()]
    lines = draw(_table(shown, names, page), page.look)
    # Rows that wrap are higher than one line.
    while len(lines) > 2 * page.room() and len(shown) > 1:
        shown = shown[: len(shown) // 2]
        lines = draw(_table(shown, names, page), page.look)
    if len(shown) < len(rows):
        page.cut = True
        lines += hidden(counted(len(rows) - len(shown), "row"), page.look)
    return page.took(lines)


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str], page: Page) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in names:
        numbers = all(_is_number(row[name]) for row in rows if name in row)
        title = Text(page.name(name))
        table.add_column(title, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row, name)) for name in names))
    return table


def _cell(row: Mapping[str, Any], name: str) -> str:
    return safe_line(inline(row[name])) if name in row else ""


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)


def _stacked(rows: Sequence[Mapping[str, Any]], page: Page) -> list[str]:
    lines: list[str] = []
    for number, row in enumerate(rows):
        if page.left <= 0 and number:
            page.cut = True
            return [*lines, *page.took(hidden(counted(len(rows) - number, "row"), page.look))]
        if number:
            lines += page.took([""])
        lines += _pairs(row, page)
    return lines


def _tree(value: Any, page: Page) -> list[str]:
    lines, whole = tree_lines(value, page.look, None if page.whole else page.room())
    page.cut |= not whole
    return page.took(lines)

"""Nested data as a tree."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from graphcli.dataclass import dataclass
from graphcli.render.canvas import draw
from graphcli.render.console import Look
from graphcli.render.inline import inline, key_name
from graphcli.render.prose import counted
from graphcli.text import safe_text

if TYPE_CHECKING:
    from rich.tree import Tree

#: Each level is moved in by so many cells; the deepest one has this much room to be read in.
_LEVEL: Final = 4
_ROOM: Final = 16

#: What a tree shows of one text, unless all is wanted.
_LEAF_LINES: Final = 6


def tree_lines(value: Any, look: Look, limit: int | None) -> tuple[list[str], bool]:
    """Return a mapping or a list (plain data) as a tree, and whether all of it is there.

    `limit` is how many entries it may have, None for all. What lies deeper than the width
    allows is shown as JSON.
    """
    from rich.tree import Tree

    depth = max(1, (look.width - _ROOM) // _LEVEL)
    entries = sys.maxsize if limit is None else limit
    while True:
        grower = _Grower(look, entries, depth, whole=limit is None)
        root = Tree("", hide_root=True, guide_style="dim")
        grower.grow(root, value, 1)
        lines = draw(root, look)
        # Entries that wrap are higher than one line.
        if limit is None or len(lines) <= limit * 2 or entries <= 1:
            return lines, not grower.cut
        entries //= 2


@dataclass(slots=True)
class _Grower:
    """Grows a tree of at most `left` entries and `depth` levels."""

    look: Look
    left: int
    depth: int
    whole: bool
    cut: bool = False

    def grow(self, tree: Tree, value: Any, level: int) -> None:
        """Add the entries of a mapping or a list to `tree`."""
        keyed = isinstance(value, Mapping)
        entries = list(value.items()) if keyed else [("", item) for item in value]
        for number, (key, item) in enumerate(entries, 1):
            if self.left <= 0:
                self._leave(tree, len(entries) - number + 1)
                return
            self.left -= 1
            self._entry(tree, f"{self._key(key)}:" if keyed else "", item, level, number)

    def _key(self, key: str) -> str:
        name = key_name(key, whole=self.whole)
        self.cut |= name != key_name(key, whole=True)
        return name

    def _entry(self, tree: Tree, name: str, item: Any, level: int, number: int) -> None:
        from rich.text import Text

        nested = isinstance(item, Mapping | list) and item
        if nested and level < self.depth:
            # What has no name is told by its number from its neighbours.
            label = Text(name, "cyan") if name else Text(f"{number}.", "dim")
            self.grow(tree.add(label), item, level + 1)
            return
        label = Text(f"{name} " if name else "", "cyan")
        label.append(self._leaf(item), "")
        tree.add(label)

    def _leaf(self, item: Any) -> str:
        text = safe_text(inline(item)).expandtabs(4)
        if self.whole:
            return text
        rows = text.split("\n")
        clipped = "\n".join(rows[:_LEAF_LINES])[: _LEAF_LINES * self.look.width]
        if clipped == text:
            return text
        self.cut = True
        return clipped + self.look.glyph(" …", " ...")

    def _leave(self, tree: Tree, number: int) -> None:
        from rich.text import Text

        self.cut = True
        tree.add(Text(f"{self.look.glyph('…', '...')} {counted(number, 'entry')}", "dim"))

"""What the last commits of this process left in the database, so that the next need not read it.

It is true for as long as nobody else has written. Under its lock a transaction can tell: SQLite's
`data_version` changes with every commit of another connection, `Database.last` with every one of
our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from graphcli.dataclass import dataclass, field
from graphcli.storage.records import ThreadRow

#: How many threads, and how many heads, are remembered between commits.
_MOST: Final = 256

#: (`data_version`, the number of our last transaction): as long as it is the same, all is.
Stamp = tuple[int, int]


#: How many items a value has that somebody else wrote.
UNREAD: Final = -2


class Written(NamedTuple):
    """The newest row of a channel's value; where it is UNREAD, only `n` is known."""

    n: int
    items: int = UNREAD
    size: int = 0
    cost: int = 0


@dataclass(slots=True)
class Head:
    """The newest checkpoint of (thread, ns), with where the value of each channel is.

    That is its row, or the value itself, encoded, where it is small. `entries` counts the rows of
    its progress; None where somebody else wrote it.
    """

    seq: int
    id: str
    channels: Mapping[str, Written | bytes]
    entries: int | None


@dataclass(slots=True)
class Line:
    """A thread's row, without its checksum, and how many values it has, if that is known."""

    row: ThreadRow
    values: int | None = None


@dataclass(slots=True)
class Known:
    """What a commit need not read. `newest` is the highest `seq` of all threads."""

    stamp: Stamp | None = None
    newest: int = 0
    lines: dict[str, Line] = field(default_factory=dict)
    heads: dict[tuple[str, str], Head] = field(default_factory=dict)

    def limit(self) -> None:
        """Forget what was learned first, where it has become too much."""
        while len(self.lines) > _MOST:
            del self.lines[next(iter(self.lines))]
        while len(self.heads) > _MOST:
            del self.heads[next(iter(self.heads))]

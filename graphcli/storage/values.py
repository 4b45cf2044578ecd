"""Channel values: a row for each that changed and is not small; a list that grew stores its tail.

A row is a full value, or the first `keep` items of an older row and what follows them. Rows form
chains. A run of short tails is written again as one row that takes their place in the chain, and a
value in full when reading its chain would cost more than twice what reading the value itself costs.
So loading stays proportional to the state, and what is written over a thread's life to what was
put into it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from graphcli.engine.values import langchain
from graphcli.engine.values.model import Checkpoint
from graphcli.errors import UnsupportedValueError
from graphcli.storage.codec import Codec
from graphcli.storage.known import UNREAD, Line, Written
from graphcli.storage.seals import check_seal, damaged, seal

#: A row's number is its thread's, shifted by this many bits, plus a count.
THREAD_BITS: Final = 32

#: What reading one more row costs, as bytes of a value: 8 us against some 15 ns for a byte of them.
_ROW: Final = 512

_NO_LIST: Final = -1

#: A value of up to so many bytes that is no list lies in the checkpoint's row, as long as what lies
#: there has no more than so many together: that row is written whole by every superstep.
_SMALL: Final = 64
_ROOM: Final = 512

#: Where there is no value yet.
_NOTHING: Final = Written(0)

#: How many lists a reader keeps at hand.
_REMEMBERED: Final = 64

_Row = tuple[int, int, int, int, int, int, bytes]
_Read = tuple[int, int, int, int, int, int, bytes, int]

#: A tail of fewer items is short. Every so many items it is looked whether a run of at least so
#: many short tails, of less than so many bytes each, can become one row: a conversation of 1,000
#: turns is then read in 1.2 times what its bytes cost, and not in 2.3.
_SHORT: Final = 8
_LOOK_EVERY: Final = 16
_LIGHT: Final = 4 * _ROW

#: What a run of short tails stands on, and how many they are; the longest run first.
_RUN: Final = """
    WITH RECURSIVE run(n, prev, added, items, size, cost, tails) AS (
        SELECT n, prev, items - keep, items, size, cost, 0 FROM channel_values WHERE n = ?
        UNION ALL
        SELECT v.n, v.prev, v.items - v.keep, v.items, v.size, v.cost, tails + 1
        FROM run JOIN channel_values AS v ON v.n = run.prev WHERE run.added < ? AND tails < 64)
    SELECT n, items, size, cost, tails FROM run ORDER BY tails DESC LIMIT 1"""

#: A chain of rows, the newest first, one by one as they are fetched.
_CHAIN: Final = """
    WITH RECURSIVE chain(n) AS (
        VALUES(?) UNION ALL
        SELECT prev FROM chain JOIN channel_values USING (n) WHERE prev > 0 AND prev < n)
    SELECT channel_values.* FROM chain JOIN channel_values USING (n)"""


class ValueWriter:
    """Writes the channel values of the thread in `line`, inside a transaction.

    `written` then has the rows that it made, but for small ones, by what is in them.
    """

    def __init__(self, connection: sqlite3.Connection, codec: Codec, line: Line) -> None:
        self._connection = connection
        self._codec = codec
        self._line = line
        self._rows: list[_Row] = []
        self.written: Mapping[bytes, int] = {}
        self._first = line.row[0] << THREAD_BITS

    def write(
        self, before: Mapping[str, Written | bytes], checkpoint: Checkpoint
    ) -> dict[str, Written | bytes]:
        """Store what `checkpoint` changed; return where each of its channels is.

        That is a row, or the encoded value itself, for its checkpoint's row to hold. `before` has
        where its parent's channels are; empty to write everything.

        Raises:
            UnsupportedValueError: a value cannot be stored.
        """
        after: dict[str, Written | bytes] = {}
        changed, room = checkpoint.changed, _ROOM
        for name, value in checkpoint.values.items():
            at = before.get(name)
            if at is None or name in changed:
                at = self._put(name, value, changed.get(name, 0), at, room)
            if type(at) is bytes:
                room -= len(at)
            after[name] = at
        self.written = {row[6]: row[0] for row in self._rows if len(row[6]) > _SMALL}
        if self._rows:
            self._connection.executemany(
                "INSERT INTO channel_values VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(*row, seal(row[:6], row[6])) for row in self._rows],
            )
        return after

    def _put(
        self, name: str, value: Any, keep: int, old: Written | bytes | None, room: int
    ) -> Written | bytes:
        """Where `value` is from now on: there where it was, in a new row, or in itself."""
        if type(value) is list:
            return self._put_list(name, value, keep, old if isinstance(old, Written) else _NOTHING)
        body = self._codec.encode(value, name)
        if len(body) <= min(_SMALL, room):
            return body
        return self._add(0, 0, _NO_LIST, len(body), len(body) + _ROW, body)

    def _put_list(self, name: str, value: list[Any], keep: int, old: Written) -> Written:
        if old.n and keep:
            old = self._read(name, old.n) if old.items == UNREAD else old
            if keep == old.items == len(value):
                return old
            if keep <= old.items and (tail := self._tail(name, value, keep, old)):
                return tail
        body = self._codec.encode(value, name)
        return self._add(0, 0, len(value), len(body), len(body) + _ROW, body)

    def _read(self, name: str, n: int) -> Written:
        found = self._connection.execute(
            "SELECT n, items, size, cost FROM channel_values WHERE n = ?", (n,)
        ).fetchone()
        if found is None:
            raise damaged(f"value {n} of channel `{name}`")
        return Written(*found)

    def _tail(self, name: str, value: list[Any], keep: int, before: Written) -> Written | None:
        """A row with the items from `keep` on; None where writing all of them is better."""
        if len(value) // _LOOK_EVERY > before.items // _LOOK_EVERY:
            before = self._below_run(before)
            keep = min(keep, before.items)
        old, items, size, cost = before
        try:
            body = self._codec.encode(value[keep:], name)
        except UnsupportedValueError:
            self._codec.encode(value, name)  # raises with the item's place in the whole list
            raise
        size = size * keep // items + len(body)
        cost += len(body) + _ROW
        if cost > 2 * (size + _ROW):
            return None
        return self._add(old, keep, len(value), size, cost, body)

    def _below_run(self, newest: Written) -> Written:
        """What a run of short tails stands on, if it is long; else its newest row."""
        found = self._connection.execute(_RUN, (newest.n, _SHORT)).fetchone()
        if found is None:
            raise damaged(f"value {newest.n}")
        *base, tails = found
        light = newest.size - base[2] < tails * _LIGHT
        return Written(*base) if tails >= _SHORT and light else newest

    def _add(self, prev: int, keep: int, items: int, size: int, cost: int, body: bytes) -> Written:
        row = (self._number(), prev, keep, items, size, cost, body)
        self._rows.append(row)
        return Written(row[0], items, size, cost)

    def _number(self) -> int:
        if self._line.values is None:
            last = self._connection.execute(
                "SELECT max(n) FROM channel_values WHERE n >= ? AND n < ?",
                (self._first, self._first + (1 << THREAD_BITS)),
            ).fetchone()[0]
            self._line.values = 0 if last is None else last - self._first
        self._line.values += 1
        return self._first + self._line.values


class Remembered:
    """The lists that were read last, so that of a conversation that goes on only its tail is.

    A row never changes; its number may serve again once its thread is deleted, so the thread's
    `uid` belongs to the key. So does whether LangChain is loaded, for what its messages are read
    as. Whoever reads a list must not change it.
    """

    def __init__(self) -> None:
        self._lists: dict[tuple[str, int, bool], list[Any]] = {}

    def get(self, uid: str, n: int) -> list[Any] | None:
        """Return the list whose newest row is `n`, if it was read lately."""
        return self._lists.get((uid, n, langchain.loaded()))

    def put(self, uid: str, n: int, value: Any) -> None:
        """Keep a list, and forget the one that was read longest ago."""
        if type(value) is list:
            key = (uid, n, langchain.loaded())
            self._lists.pop(key, None)
            self._lists[key] = value
            if len(self._lists) > _REMEMBERED:
                del self._lists[next(iter(self._lists))]

    def forget(self) -> None:
        """Keep nothing: rows decode to something else from now on."""
        self._lists.clear()


class ValueReader:
    """Reads the channel values of the thread `uid`, inside a transaction."""

    def __init__(
        self, connection: sqlite3.Connection, codec: Codec, uid: str, remembered: Remembered
    ) -> None:
        self._connection = connection
        self._codec = codec
        self._uid = uid
        self._remembered = remembered

    def read(self, n: int, channel: str) -> Any:
        """Return the value whose newest row is `n`.

        Raises:
            StorageDamagedError: a row of its chain is missing or not as it was written.
        """
        value: Any = self._remembered.get(self._uid, n)
        if value is None:
            value = self._joined(n, channel)
            self._remembered.put(self._uid, n, value)
        return value

    def _joined(self, n: int, channel: str) -> Any:
        tails: list[tuple[int, Any]] = []
        value: Any = None
        rows = self._connection.execute(_CHAIN, (n,))
        while value is None and n:
            where = f"value {n} of channel `{channel}`"
            n, keep, part = self._row(rows.fetchone(), n, where)
            if not n and not tails:
                return part
            if type(part) is not list:
                raise damaged(where)
            tails.append((keep, part))
            value = self._remembered.get(self._uid, n)
        rows.close()
        joined = list(value or ())
        for keep, tail in reversed(tails):
            del joined[keep:]
            joined += tail
        return joined

    def _row(self, row: _Read | None, n: int, where: str) -> tuple[int, int, Any]:
        if row is None or row[0] != n:
            raise damaged(where)
        check_seal(where, row[7], row[:6], row[6])
        if row[1] >= n:  # a chain only leads back; a circle would never end
            raise damaged(where)
        return row[1], row[2], self._codec.decode(row[6], where)


def read_row(connection: sqlite3.Connection, codec: Codec, n: int) -> Any:
    """Return what the row `n` adds to its value.

    Raises:
        StorageDamagedError: it is missing or not as it was written.
    """
    where = f"value {n}"
    row = connection.execute("SELECT * FROM channel_values WHERE n = ?", (n,)).fetchone()
    if row is None:
        raise damaged(where)
    check_seal(where, row[7], row[:6], row[6])
    return codec.decode(row[6], where)


def delete_values(connection: sqlite3.Connection, thread: int) -> None:
    """Delete every value of a thread."""
    first = thread << THREAD_BITS
    connection.execute(
        "DELETE FROM channel_values WHERE n >= ? AND n < ?", (first, first + (1 << THREAD_BITS))
    )

"""Damage is told with the row that it is in, never worked around."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.errors import StorageDamagedError, StorageError
from graphcli.storage import Storage, examine, open_storage
from graphcli.storage.migrations import advance
from graphcli.storage.seals import seal
from tests.contract.build import answer, asked, asks, begin, checkpoint, done, load


def fill(storage: Storage) -> None:
    """A thread with a row in every table, and its head where they all matter."""
    begin(storage, "release", "t1", "t2", "t3", log=["a"])
    point = checkpoint(1, {"log": ["a", "b"]}, "t1", "t2", "t3", changed={"log": 1})
    storage.commit(Commit("release", 0, checkpoints=(point,), started=("t1", "t2")))
    storage.commit(Commit("release", 1, results=(done("t3", ("x", 1)),)))
    results = (asks(asked("q1", "t1")), asks(asked("q2", "t2")))
    storage.commit(Commit("release", 1, results=results, status=Status.WAITING))
    storage.commit(Commit("release", 1, answers=(answer("q1"),)))


TABLES = ("threads", "checkpoints", "channel_values", "progress", "questions", "answers")


def columns() -> Iterator[tuple[str, str]]:
    """Each column that carries meaning."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE migrations (version, name, applied_at)")
        advance(connection, lambda: "then")
        for table in TABLES:
            for _, name, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
                yield table, name


#: Keys: a row with another key is not found under its own, or is another's.
KEYS = {
    ("threads", "n"),
    ("threads", "id"),
    ("checkpoints", "thread"),
    ("checkpoints", "ns"),
    ("channel_values", "n"),
    ("progress", "thread"),
    ("progress", "ns"),
    ("progress", "seq"),
    ("questions", "thread"),
    ("questions", "ns"),
    ("questions", "seq"),
    ("answers", "n"),
    ("answers", "thread"),
    ("answers", "ns"),
    ("answers", "seq"),
}

DAMAGED = [pair for pair in columns() if pair not in KEYS]


def change(path: Path, table: str, column: str) -> None:
    """Change one column of every row a little, whatever its type."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (sample,) = connection.execute(
            f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1"
        ).fetchone() or (b"",)
        value: Any = f"{column} + 100"
        if isinstance(sample, str):
            value = f"{column} || 'x'"
        elif isinstance(sample, bytes):
            value = f"CAST(coalesce({column}, '') || 'x' AS BLOB)"
        connection.execute(f"UPDATE {table} SET {column} = {value}")


@pytest.mark.parametrize(("table", "column"), DAMAGED, ids=lambda name: name)
def test_a_change_of_any_column_is_noticed(tmp_path: Path, table: str, column: str) -> None:
    with open_storage(tmp_path) as storage:
        fill(storage)
    path = tmp_path / "graphcli.db"
    change(path, table, column)
    with open_storage(path) as storage:
        with pytest.raises(StorageDamagedError) as caught:
            _ = load(storage), storage.journal("release")
        assert caught.value.remedy
        storage.delete("release")  # the way out that the remedy names
        assert storage.threads() == []


def test_without_a_change_nothing_is_noticed(tmp_path: Path) -> None:
    # The control of the test above.
    with open_storage(tmp_path) as storage:
        fill(storage)
    with open_storage(tmp_path) as storage:
        assert load(storage).checkpoint.values == {"log": ["a", "b"]}
        assert len(storage.journal("release")) == 1


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("DELETE FROM channel_values WHERE prev = 0", "value "),
        ("UPDATE channel_values SET prev = n WHERE prev = 0", "of channel `log`"),
        ("DELETE FROM channel_values WHERE prev > 0", "of channel `log`"),
        ("DELETE FROM questions WHERE id = 'q2'", "question q2"),
        ("DELETE FROM progress WHERE k = 0", "the progress of checkpoint 1"),
    ],
)
def test_a_row_that_is_gone_is_named(tmp_path: Path, statement: str, row: str) -> None:
    with open_storage(tmp_path) as storage:
        fill(storage)
        with closing(sqlite3.connect(storage.path, isolation_level=None)) as connection:
            connection.execute(statement)
        with pytest.raises(StorageDamagedError, match=row):
            load(storage)


def test_a_chain_that_leads_in_a_circle_ends(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        fill(storage)
        with closing(sqlite3.connect(storage.path, isolation_level=None)) as connection:
            row = connection.execute("SELECT * FROM channel_values WHERE prev > 0").fetchone()
            forged = (row[0], row[0], *row[2:6])  # by somebody who knows the checksum
            connection.execute(
                "UPDATE channel_values SET prev = n, crc = ? WHERE n = ?",
                (seal(forged, row[6]), row[0]),
            )
        with pytest.raises(StorageDamagedError, match="of channel `log`"):
            load(storage)


def seen(path: Path) -> Any:
    with open_storage(path, reading=True) as storage:
        return storage.load("release"), storage.journal("release"), storage.threads()


def pages_of(path: Path, name: str) -> tuple[int, int]:
    """Return where the first page of an index or a table lies, and how long it is, in bytes."""
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,))
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        return (root.fetchone()[0] - 1) * size, size


def hidden_threads(path: Path) -> list[str]:
    """Return the ids of threads that are said not to exist, without an error."""
    hidden = []
    for number in range(4):
        with suppress(StorageError), open_storage(path, reading=True) as storage:
            if storage.thread(f"thread-{number}") is None:
                hidden.append(f"thread-{number}")
    return hidden


def flipped_in_the_index_of_ids(path: Path) -> list[str]:
    """Flip bits all over the index of thread ids, and return the threads that this hides."""
    with open_storage(path) as storage:
        for number in range(4):
            begin(storage, f"thread-{number}", n=number)
    whole = path.read_bytes()
    start, size = pages_of(path, "sqlite_autoindex_threads_1")
    used = [n for n in range(start, start + size) if whole[n]]
    hidden = []
    for number, place in enumerate(used):
        data = bytearray(whole)
        data[place] ^= 1 << number % 8
        path.write_bytes(data)
        hidden += hidden_threads(path)
    path.write_bytes(whole)
    return hidden


def test_a_damaged_index_hides_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert flipped_in_the_index_of_ids(tmp_path / "graphcli.db") == []
    # The control: SQLite alone believes its index.
    monkeypatch.setattr("graphcli.storage.store.refuse_hidden", lambda *_: None)
    monkeypatch.setattr("graphcli.storage.read._check_neighbours", lambda *_: None)
    assert len(flipped_in_the_index_of_ids(tmp_path / "other.db")) > 10


def test_the_engine_sees_a_hidden_thread_by_what_the_index_says_beside_it(storage: Storage) -> None:
    for name in ("before", "release", "then"):
        begin(storage, name)
    storage.close()
    start, size = pages_of(storage.path, "sqlite_autoindex_threads_1")
    data = bytearray(storage.path.read_bytes())
    place = data.index(b"release", start, start + size)
    data[place] ^= 1
    storage.path.write_bytes(data)
    with (
        open_storage(storage.path) as opened,
        pytest.raises(StorageDamagedError, match="the index of thread ids"),
    ):
        opened.load("release")  # as a run does before it begins a thread of that name


def test_no_flipped_bit_passes_for_what_was_written(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        fill(storage)
    path = tmp_path / "graphcli.db"
    whole, intact = path.read_bytes(), seen(path)
    refused = 0
    # All of the header, and every so many bytes of the rest.
    for place in [*range(100), *range(101, len(whole), 211)]:
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        path.write_bytes(data)
        try:
            same = seen(path) == intact
        except StorageError:
            refused += 1
        else:
            # An index that leads nowhere is noticed by the doctor, who compares it with its table.
            assert same or any(check.state == "damaged" for check in examine(path)), place
    assert refused > 50

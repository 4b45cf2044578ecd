"""The log is folded in while nobody commits, and then overwritten."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.storage import Storage, folding, open_storage
from tests.contract.build import begin, checkpoint, load

pytestmark = pytest.mark.skipif(not folding.OWN_CHECKPOINTS, reason="SQLite folds the log itself")


def run_on(
    storage: Storage, first: int, count: int, text: str = "", *, durable: bool = False
) -> None:
    for seq in range(first, first + count):
        point = checkpoint(seq, {"n": text or seq}, changed={"n": 0})
        storage.commit(Commit("release", seq - 1, checkpoints=(point,), durable=durable))


def log_of(storage: Storage) -> int:
    return storage.path.with_name(f"{storage.path.name}-wal").stat().st_size


def keeps_its_size(storage: Storage) -> None:
    begin(storage, "release", n=0)
    run_on(storage, 1, 160, durable=True)
    size = log_of(storage)
    run_on(storage, 161, 640, durable=True)
    assert log_of(storage) < 1.2 * size


def keeps_below_its_limit(storage: Storage) -> None:
    """Commits without an fsync fold it in by its size alone."""
    begin(storage, "release", n=0)
    run_on(storage, 1, 300, "x" * 20_000)
    assert folding.LOG_KEPT / 2 < log_of(storage) < 1.2 * folding.LOG_KEPT


def is_cut_after_a_large_value(storage: Storage) -> None:
    begin(storage, "release", n=0)
    run_on(storage, 1, 64, "x" * 500_000)
    run_on(storage, 65, 16)
    assert log_of(storage) <= folding.LOG_KEPT


def does_not_pin_what_a_reader_sees(storage: Storage) -> None:
    begin(storage, "release", n=0)
    with closing(sqlite3.connect(storage.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        seen = reader.execute("SELECT count(*) FROM checkpoints").fetchone()
        run_on(storage, 1, 600)
        assert reader.execute("SELECT count(*) FROM checkpoints").fetchone() == seen
        large = log_of(storage)
    run_on(storage, 601, 600)
    assert log_of(storage) <= max(large, folding.LOG_KEPT)


def keeps_writers_out(storage: Storage) -> None:
    """While it is folded in nobody else can begin to write."""
    begin(storage, "release", n=0)
    met: list[str] = []
    with closing(sqlite3.connect(storage.path, timeout=0, isolation_level=None)) as other:

        def look(statement: str) -> None:
            if "wal_checkpoint" in statement:
                try:
                    other.execute("BEGIN IMMEDIATE").execute("ROLLBACK")
                    met.append("a writer")
                except sqlite3.OperationalError as error:
                    met.append(str(error))

        assert storage._database is not None
        with storage._database.use() as connection:
            connection.set_trace_callback(look)
        run_on(storage, 1, 300, durable=True)
    assert met == ["database is locked"] * 2


CASES = [
    keeps_its_size,
    keeps_below_its_limit,
    is_cut_after_a_large_value,
    does_not_pin_what_a_reader_sees,
    keeps_writers_out,
]


@pytest.mark.parametrize("case", CASES)
def test_the_log(case: Callable[[Storage], None], storage: Storage) -> None:
    case(storage)


def without_the_lock(connection: sqlite3.Connection, *_: object) -> bool:
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return True


@pytest.mark.parametrize(
    ("case", "fold"),
    [
        (keeps_its_size, lambda *_: True),
        (keeps_below_its_limit, lambda *_: True),
        (is_cut_after_a_large_value, lambda *_: True),
        (keeps_writers_out, without_the_lock),
    ],
)
def test_control_of_the_log(
    case: Callable[[Storage], None],
    fold: Callable[..., bool],
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graphcli.storage.sqlite.fold", fold)
    with pytest.raises(AssertionError):
        case(storage)


def test_a_fold_waits_for_nobody(tmp_path: Path) -> None:
    tries: list[str] = []
    with open_storage(tmp_path) as storage, open_storage(tmp_path) as other:
        begin(storage, "release", n=0)
        path, nobody = storage.path, lambda: None
        assert storage._database is not None
        assert other._database is not None
        with storage._database.use() as connection:
            connection.set_trace_callback(tries.append)

            def meanwhile(_writing: sqlite3.Connection) -> None:
                assert not folding.fold(connection, path, nobody)

            other._database.write(meanwhile, durable=False)
            assert tries == []
            assert folding.fold(connection, path, nobody)
        assert load(storage).checkpoint.seq == 0


def test_a_log_that_is_another_files_is_left_alone(storage: Storage) -> None:
    begin(storage, "release", n=0)
    run_on(storage, 1, 127)
    storage.path.rename(storage.path.with_name("moved.db"))
    with open_storage(storage.path) as other:
        begin(other, "another", n=0)
        log = other.path.with_name(f"{other.path.name}-wal")
        before = log.read_bytes()
        assert storage._database is not None
        with storage._database.use() as connection:
            storage._database._fold_log(connection)
        assert log.read_bytes() == before
        assert load(other, "another").checkpoint.values == {"n": 0}

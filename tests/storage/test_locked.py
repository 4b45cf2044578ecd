"""Another process that holds the lock: waited for aloud, then refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from subprocess import PIPE

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.errors import StorageLockedError
from graphcli.storage import Storage, examine, open_storage, sqlite
from tests.contract.build import begin, load


@pytest.fixture
def holder(storage: Storage) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else who writes and does not come to an end."""
    begin(storage, "release", n=1)
    with closing(sqlite3.connect(storage.path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@pytest.fixture(autouse=True)
def _notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "NOTICE", 0.02)


def test_who_waits_says_so_once_and_goes_on_when_the_lock_is_free(
    storage: Storage, holder: sqlite3.Connection
) -> None:
    said: list[str] = []

    def waiting(line: str) -> None:
        said.append(line)
        holder.execute("ROLLBACK")  # not before: so it was waited for

    with open_storage(storage.path, waiting=waiting) as waits:
        waits.commit(Commit("release", 0))
        waits.commit(Commit("release", 0))
    assert said == [f"waiting for another process, which keeps storage `{storage.path}` locked"]


def test_who_has_waited_for_long_enough_gives_up(
    storage: Storage, holder: sqlite3.Connection
) -> None:
    said: list[str] = []
    with open_storage(storage.path, patience=0.05, waiting=said.append) as waits:
        with pytest.raises(StorageLockedError, match=r"locked by another process for 0\.05 s"):
            waits.commit(Commit("release", 0))
        assert load(waits).checkpoint.values == {"n": 1}  # readers never wait
        holder.execute("ROLLBACK")
        waits.commit(Commit("release", 0))
    assert len(said) == 1


#: Another process that keeps the storage for itself until its stdin ends.
HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("mode", ["NORMAL", "EXCLUSIVE"])
def test_a_lock_that_stays_is_named_by_doctor(storage: Storage, mode: str) -> None:
    begin(storage, "release", n=1)
    storage.close()
    argv = [sys.executable, "-c", HOLDS, str(storage.path), f"PRAGMA locking_mode = {mode}"]
    with subprocess.Popen(argv, stdin=PIPE, stdout=PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        (found,) = [check for check in examine(storage.path) if check.name == "lock"]
        assert (found.state, found.remedy[-len(storage.path.name) :]) == ("note", storage.path.name)
        said: list[str] = []
        for reading in (False, True):
            if mode == "EXCLUSIVE":
                with pytest.raises(StorageLockedError):
                    open_storage(storage.path, reading=reading, patience=0.05, waiting=said.append)
        assert len(said) == (2 if mode == "EXCLUSIVE" else 0)
        other.communicate("")
    assert "lock" not in [check.name for check in examine(storage.path)]

"""A claim remembers how far its thread has got, so that a lost log is noticed, and only that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphcli.engine.checkpointer import Commit
from graphcli.engine.model import Status
from graphcli.errors import StorageDamagedError
from graphcli.storage import Storage, open_storage
from tests.contract.build import begin, checkpoint

ROOT = Path(__file__).parents[2]

#: A run that saves checkpoints 0 to 2 and dies. It says when, and how durable they are.
DIES = """
import os, sys
from graphcli.engine.checkpointer import Commit
from graphcli.storage import open_storage
from tests.contract.build import begin, checkpoint
storage = open_storage(sys.argv[1])
with storage.claim("release"):
    begin(storage, "release", n=0)
    for seq in (1, 2):
        point = checkpoint(seq, {"n": seq}, changed={"n": 0})
        storage.commit(Commit("release", seq - 1, checkpoints=(point,), durable=sys.argv[2] == "1"))
    os._exit(9)
"""


def dies(path: Path, *, durable: bool = True) -> None:
    argv = [sys.executable, "-c", DIES, str(path), str(int(durable))]
    assert subprocess.run(argv, cwd=ROOT).returncode == 9


def test_a_lost_log_is_noticed_by_every_opening(tmp_path: Path) -> None:
    dies(tmp_path)
    (tmp_path / "graphcli.db-wal").unlink()
    for reading in (True, False):
        with pytest.raises(StorageDamagedError, match=r"has lost its log `graphcli\.db-wal`"):
            open_storage(tmp_path, reading=reading)
    with open_storage(tmp_path, lossy=True) as storage:
        assert storage.lost() == ["release"]


def test_a_log_that_is_older_than_it_was_is_noticed_too(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "another", n=0)
        old = {p.name: p.read_bytes() for p in tmp_path.glob("graphcli.db*") if p.is_file()}
        dies(tmp_path)
    for name, data in old.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(StorageDamagedError, match="thread `release` was further"):
        open_storage(tmp_path)


def test_a_dead_run_with_its_log_is_no_damage(tmp_path: Path) -> None:
    # The control of the tests above.
    dies(tmp_path)
    with open_storage(tmp_path) as storage:
        assert storage.lost() == []
    with open_storage(tmp_path) as storage:  # by now the log was folded in and removed
        assert storage.lost() == []
        assert (tmp_path / "graphcli.db-wal").stat().st_size == 0


def test_what_was_never_promised_is_not_missed(tmp_path: Path) -> None:
    # A power cut may take what was not fsynced, and with it the log; that is no damage.
    dies(tmp_path, durable=False)
    claims = list((tmp_path / "graphcli.db.claims").iterdir())
    assert [int.from_bytes(p.read_bytes()[1024:], "big") for p in claims] == [1]


def test_a_run_that_ends_leaves_nothing_to_be_missed(storage: Storage) -> None:
    with storage.claim("release"):
        begin(storage, "release", n=0)
        point = checkpoint(1, {"n": 1}, changed={"n": 0})
        storage.commit(Commit("release", 0, checkpoints=(point,), status=Status.FINISHED))
        assert storage.lost() == []
    storage.delete("release")
    assert storage.lost() == []
    assert list(storage.path.with_name(f"{storage.path.name}.claims").iterdir()) == []


def test_a_thread_that_is_made_anew_begins_anew(storage: Storage) -> None:
    dies(storage.path)
    storage.delete("release")
    with storage.claim("release"):
        begin(storage, "release", n=0)
        assert storage.lost() == []

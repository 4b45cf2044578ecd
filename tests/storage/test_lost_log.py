"""A claim remembers how far its thread has got, so that a lost log is noticed, and only that."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.errors import StorageDamagedError
from graphcli.storage import Storage, open_storage
from graphcli.storage.claims import Claims
from tests.contract.build import begin, checkpoint

ROOT = Path(__file__).parents[2]

#: A run that saves checkpoints 0 to 2 and dies. It says when, and how durable they are.
DIES = """
import os, sys
from graphcli.engine.values.checkpointer import Commit
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
    claims = Claims(tmp_path / "graphcli.db.claims", str).every()
    assert [claim.reached for claim in claims] == [0]


@pytest.mark.parametrize(("cut", "reached"), [(1024, None), (1036, 7)])
def test_a_claim_cut_short_takes_nothing_over_from_the_one_before_it(
    tmp_path: Path, cut: int, reached: int | None
) -> None:
    # With all of it as before the second is the control: then it is what the one before had said.
    claims = Claims(tmp_path, str)
    with claims.hold("far"):
        claims.reached("far", 7)
        far = (tmp_path / "0.slot").read_bytes()
    with claims.hold("near"):
        near = (tmp_path / "0.slot").read_bytes()
    (tmp_path / "0.slot").write_bytes((near if cut == 1024 else far)[:1024] + far[1024:])
    assert [claim.reached for claim in claims.every()] == [reached]


def test_a_run_that_ends_leaves_nothing_to_be_missed(storage: Storage) -> None:
    with storage.claim("release"):
        begin(storage, "release", n=0)
        point = checkpoint(1, {"n": 1}, changed={"n": 0})
        storage.commit(Commit("release", 0, checkpoints=(point,), status=Status.FINISHED))
        assert storage.lost() == []
    storage.delete("release")
    assert storage.lost() == []
    assert Claims(storage.path.with_name(f"{storage.path.name}.claims"), str).every() == []


def test_what_a_dead_run_said_outlives_the_next_use_of_its_slot(tmp_path: Path) -> None:
    dies(tmp_path)
    with open_storage(tmp_path) as storage, storage.claim("another"):
        assert storage.lost() == []
    held = Claims(tmp_path / "graphcli.db.claims", str)
    assert [(claim.thread, claim.reached, claim.held) for claim in held.every()] == [
        ("release", 2, False)
    ]
    assert len(list((tmp_path / "graphcli.db.claims").iterdir())) == 2
    damaged = tmp_path / "graphcli.db"
    with sqlite3.connect(damaged) as connection:
        connection.execute("DELETE FROM checkpoints WHERE seq = 2")
    connection.close()
    with pytest.raises(StorageDamagedError, match="thread `release` was further"):
        open_storage(tmp_path)
    with open_storage(tmp_path, lossy=True) as storage, storage.claim("release"):
        pass
    assert held.every() == [], "the next run of its thread has taken it over"


def test_a_control_whose_slot_says_only_what_it_is_used_for_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphcli.storage.claims.set_aside", lambda *_: None)
    with pytest.raises(AssertionError):
        test_what_a_dead_run_said_outlives_the_next_use_of_its_slot(tmp_path)


def test_a_power_cut_brings_nothing_back_of_what_was_deleted(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = storage.path.with_name(f"{storage.path.name}.claims") / "0.slot"
    with storage.claim("release"):
        begin(storage, "release", n=0)
        on_disk = slot.read_bytes()  # the system has written it by itself; now the run ends

    def fsync(descriptor: int, write: Callable[[int], None] = os.fsync) -> None:
        nonlocal on_disk
        write(descriptor)
        if os.path.samestat(os.fstat(descriptor), slot.stat()):
            on_disk = slot.read_bytes()

    monkeypatch.setattr(os, "fsync", fsync)
    storage.delete("release")
    slot.write_bytes(on_disk)
    assert storage.lost() == []


def test_a_control_that_deletes_without_waiting_for_its_claims(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Claims, "settle", lambda _: None)
    with pytest.raises(AssertionError, match="release"):
        test_a_power_cut_brings_nothing_back_of_what_was_deleted(storage, monkeypatch)


def test_a_thread_that_is_made_anew_begins_anew(storage: Storage) -> None:
    dies(storage.path)
    storage.delete("release")
    with storage.claim("release"):
        begin(storage, "release", n=0)
        assert storage.lost() == []

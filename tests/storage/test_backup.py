"""A backup is one moment of the storage, whatever runs write meanwhile."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphcli.errors import ConflictError, StorageDamagedError, StorageError
from graphcli.storage import Storage, backup, examine, open_storage
from tests.contract.build import begin
from tests.storage.test_damage import change

ROOT = Path(__file__).parents[2]

#: A run that goes on and on: each superstep adds its number to the list of all of them.
GOES_ON = """
import sys
from graphcli.engine.values.checkpointer import Commit
from graphcli.storage import open_storage
from tests.contract.build import begin, checkpoint
with open_storage(sys.argv[1]) as storage, storage.claim("release"):
    begin(storage, "release", log=[])
    print("begun", flush=True)
    log = []
    for seq in range(1, 10**6):
        log = [*log, seq]
        point = checkpoint(seq, {"log": log, "n": seq}, changed={"log": len(log) - 1, "n": 0})
        storage.commit(Commit("release", seq - 1, checkpoints=(point,)))
"""


def test_ten_backups_of_a_run_that_goes_on_are_whole_and_in_order(storage: Storage) -> None:
    argv = [sys.executable, "-c", GOES_ON, str(storage.path)]
    run = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline() == "begun\n"
            copies = [storage.path.with_name(f"copy-{n}.db") for n in range(10)]
            for copy in copies:
                storage.back_up(copy)
            assert run.poll() is None
        finally:
            run.kill()
    reached = [how_far(copy) for copy in copies]
    assert reached == sorted(reached)
    assert reached[-1] > 0
    assert not list(storage.path.parent.glob(".*"))


def how_far(copy: Path) -> int:
    assert {check.state for check in examine(copy)} <= {"ok", "note"}
    with open_storage(copy) as storage:
        saved = storage.load("release")
    assert saved is not None
    values = saved.checkpoint.values
    assert values["log"] == list(range(1, values.get("n", 0) + 1))
    return saved.checkpoint.seq


def test_what_is_damaged_is_no_backup(storage: Storage) -> None:
    begin(storage, "release", log=["a"])
    target = storage.path.with_name("copy.db")
    change(storage.path, "channel_values", "body")
    with pytest.raises(StorageDamagedError, match="no backup was made"):
        storage.back_up(target)
    assert not target.exists()


def test_a_name_that_is_taken_while_it_is_copied_stays_what_it_is(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(storage, "release", n=1)
    target = storage.path.with_name("copy.db")
    copy = backup._copy

    def slow(*given: Any) -> None:
        copy(*given)
        assert not target.exists(), "half a copy has no name"
        target.write_text("mine")

    for link in (os.link, no_links):
        with monkeypatch.context() as patch:
            patch.setattr(backup, "_copy", slow)
            patch.setattr(os, "link", link)
            with pytest.raises(ConflictError, match=r"copy\.db` exists, so it is left alone"):
                storage.back_up(target)
        assert target.read_text() == "mine"
        target.unlink()
    monkeypatch.setattr(os, "link", no_links)
    storage.back_up(target)
    with open_storage(target) as copied:
        assert copied.match("") == ["release"]
    assert not list(target.parent.glob(".*"))


def no_links(_source: Path, _target: Path) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")  # as on FAT


def test_a_name_that_is_taken_stays_what_it_is(storage: Storage) -> None:
    begin(storage, "release", n=1)
    target = storage.path.with_name("copy.db")
    target.symlink_to("/nowhere")
    with pytest.raises(ConflictError):
        storage.back_up(target)
    assert target.is_symlink()


def test_a_place_that_takes_no_file_says_so(storage: Storage) -> None:
    begin(storage, "release", n=1)
    with pytest.raises(StorageError, match=r"backup `/proc/copy\.db` cannot be made") as caught:
        storage.back_up(Path("/proc/copy.db"))
    assert caught.value.remedy

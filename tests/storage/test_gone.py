"""A storage that is removed or replaced while it is open: nothing is believed to be kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.errors import StorageGoneError
from graphcli.storage import Storage, examine, open_storage
from graphcli.storage.identity import Identity
from tests.contract.build import begin, checkpoint


def replaced(path: Path) -> None:
    other = path.with_name("other.db")
    with open_storage(other) as storage:
        begin(storage, "another", n=0)
    other.replace(path)
    path.with_name(f"{path.name}-wal").unlink()  # else it is read as the new file's


def removed_with_all_beside_it(path: Path) -> None:
    shutil.rmtree(path.parent)


def made_anew(path: Path) -> None:
    removed_with_all_beside_it(path)
    with open_storage(path) as storage:
        begin(storage, "another", n=0)


def log_removed(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


GONE: dict[str, tuple[Callable[[Path], object], str]] = {
    "removed": (Path.unlink, "storage `PATH` was removed or moved away"),
    "moved": (
        lambda p: p.rename(p.with_name("moved.db")),
        "storage `PATH` was removed or moved away",
    ),
    "removed with all beside it": (
        removed_with_all_beside_it,
        "storage `PATH` was removed or moved away",
    ),
    "replaced": (replaced, "storage `PATH` was replaced by another file"),
    "made anew": (made_anew, "storage `PATH` was replaced by another file"),
    "its log removed": (log_removed, "the log `PATH-wal` was removed or moved away"),
}


def commit(storage: Storage) -> None:
    point = checkpoint(1, {"n": 1}, changed={"n": 0})
    storage.commit(Commit("release", 0, checkpoints=(point,)))


@pytest.mark.parametrize(("harm", "told"), GONE.values(), ids=GONE)
def test_a_commit_into_a_file_that_is_gone_is_refused(
    storage: Storage, harm: Callable[[Path], object], told: str
) -> None:
    begin(storage, "release", n=0)
    harm(storage.path)
    with pytest.raises(StorageGoneError) as caught:
        commit(storage)
    told = told.replace("PATH", str(storage.path))
    assert caught.value.message == f"{told} while it was in use; nothing more was kept"
    with pytest.raises(StorageGoneError):  # nor is it told as what is there
        storage.load("release")
    storage.close()
    if harm in (replaced, made_anew):  # what is there by now is as it was made, with its own log
        assert {check.state for check in examine(storage.path)} <= {"ok", "note"}
        with open_storage(storage.path) as other:
            assert other.match("") == ["another"]


def test_without_a_look_it_would_be_believed_to_be_kept(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Identity, "refuse_another", lambda self: None)  # the control
    begin(storage, "release", n=0)
    storage.path.unlink()
    commit(storage)
    with open_storage(storage.path, create=False) as anew:
        assert anew.load("release") is None


def test_the_end_of_one_process_harms_no_storage_that_others_made_there(storage: Storage) -> None:
    begin(storage, "release", n=0)
    removed_with_all_beside_it(storage.path)
    with open_storage(storage.path) as other:
        begin(other, "another", n=0)
        storage.close()  # which folds its log in, and removes it, where it is its own
        assert other.path.with_name(f"{other.path.name}-wal").stat().st_size > 0
        begin(other, "third", n=0)
    with open_storage(storage.path) as again:
        assert again.match("") == ["another", "third"]


def test_a_log_that_others_fold_in_is_the_same_log(storage: Storage) -> None:
    begin(storage, "release", n=0)
    with open_storage(storage.path) as other:
        begin(other, "another", n=0)
        other.delete("another")
    commit(storage)
    saved = storage.load("release")
    assert saved is not None
    assert saved.checkpoint.values == {"n": 1}

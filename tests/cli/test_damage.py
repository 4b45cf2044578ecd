"""A storage that is damaged, foreign, newer or out of reach: said before anything has an effect."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from tests.cli.session import steady
from tests.cli.test_crash import killed
from tests.conftest import Shell


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def flip(path: Path) -> None:
    """Turn one bit of the last page that holds something."""
    data = bytearray(path.read_bytes())
    place = max(n for n, byte in enumerate(data) if byte)
    data[place] ^= 1
    path.write_bytes(data)


def not_a_directory(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.touch()


def in_a_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (
        lambda p: os.truncate(p, 0),
        snapshot("""\
error: storage `STORAGE` is an empty file
  restore it from a backup; if it never held anything, delete it
"""),
    ),
    "cut in its head": (
        lambda p: os.truncate(p, 60),
        snapshot("""\
error: storage `STORAGE` has been cut off
  restore it from a backup, or delete it
"""),
    ),
    "cut in its body": (
        lambda p: os.truncate(p, 8192),
        snapshot("""\
error: storage `STORAGE` is damaged: database disk image is malformed
  restore it from a backup, or move it away to begin a new one
"""),
    ),
    "a changed row": (
        lambda p: change(p, "UPDATE threads SET open = 0"),
        snapshot("""\
error: the storage is damaged: thread `one` is not as it was written
  restore the storage from a backup, or delete the thread
"""),
    ),
    "a changed question": (
        lambda p: change(p, "UPDATE questions SET digest = 'x'"),
        snapshot("""\
error: the storage is damaged: question ID is not as it was written
  restore the storage from a backup, or delete the thread
"""),
    ),
    "a changed status": (
        lambda p: change(p, "UPDATE threads SET status = 'finished'"),
        snapshot("""\
error: the storage is damaged: thread `one` is not as it was written
  restore the storage from a backup, or delete the thread
"""),
    ),
    "rows that are gone": (
        lambda p: change(p, "DELETE FROM channel_values"),
        snapshot("""\
graph: DIR/ask.py:graph
error: the storage is damaged: value 4294967297 of channel `output` is not as it was written
  restore the storage from a backup, or delete the thread
"""),
    ),
    "foreign": (
        lambda p: change(p, "PRAGMA application_id = 7"),
        snapshot("""\
error: `STORAGE` is no storage of graphcli, so it is left alone
  give another --storage, or move the file away
"""),
    ),
    "newer": (
        lambda p: change(p, "PRAGMA user_version = 99"),
        snapshot("""\
error: storage `STORAGE` has layout 99; this graphcli knows up to 3
  use the graphcli that wrote it, or a newer one
"""),
    ),
    "unreachable": (
        not_a_directory,
        snapshot("""\
error: storage `STORAGE` cannot be used: Not a directory
  what its path names as a directory is a file: give another --storage
"""),
    ),
    "a link": (
        in_a_loop,
        snapshot("""\
error: storage `STORAGE` is a symbolic link
  a link can be turned elsewhere between two runs: give the path that it leads to
"""),
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_told_before_anything_has_an_effect(here: Shell, kind: str) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    damage, told = DAMAGE[kind]
    damage(here.storage)
    before = here.storage.read_bytes() if here.storage.is_file() else None
    resumed = here("resume", "one", "--value", "approve")
    assert resumed.code == 7
    assert resumed.stdout == ""
    assert steady(resumed.stderr, here) == told
    # A retry of the same job begins nothing either, whatever is left of the thread.
    assert here("run", "ask.py", "--thread", "one", "--value", "approve").code in (6, 7)
    assert here("list").code == 7 or kind in ("a changed question", "rows that are gone")
    assert here("doctor").code == 7
    assert not (here.cwd / "effects").exists()
    assert before is None or here.storage.read_bytes() == before


def test_without_damage_it_goes_on(here: Shell) -> None:
    # The control of the test above.
    here("run", "ask.py", "--thread", "one", "--no-input")
    assert here("doctor").code == 0
    assert here("resume", "one", "--value", "approve").code == 0
    assert (here.cwd / "effects").read_text() == "approve\n"


def test_every_flipped_bit_that_matters_is_noticed(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    flip(here.storage)
    assert here("doctor").code == 7


def test_the_json_has_the_same_error(here: Shell) -> None:
    here.storage.parent.mkdir()
    here.storage.touch()
    done = here("resume", "one", "--value", "approve", "-o", "json")
    assert (done.code, done.json["error"]) == (
        7,
        {
            "code": "storage_damaged",
            "message": f"storage `{here.storage}` is an empty file",
            "remedy": "restore it from a backup; if it never held anything, delete it",
        },
    )


def log(shell: Shell) -> Path:
    return shell.storage.with_name("graphcli.db-wal")


def test_a_log_that_was_lost_is_noticed_and_nothing_begins_again(here: Shell) -> None:
    killed(here)
    assert log(here).stat().st_size > 0
    log(here).unlink()
    for argv in (
        ("resume", "one", "--rerun"),
        ("run", "work.py", "--thread", "one", "-i", "mode=ok"),
        ("run", "work.py", "--thread", "two", "-i", "mode=ok"),
        ("list",),
        ("inspect", "one"),
        ("cancel", "one"),
        ("backup", "copy.db"),
    ):
        done = here(*argv)
        assert done.code == 7, argv
        assert steady(done.stderr, here) == snapshot("""\
error: storage `STORAGE` has lost its log `graphcli.db-wal`: thread `one` was further than it is there
  put the log back beside it, or restore a backup; to go on without what was in it: graphcli delete --storage STORAGE one
"""), argv
    assert here("doctor").code == 7
    assert (here.cwd / "attempts").read_text().split() == ["x"]
    assert here("delete", "one").code == 0
    assert (here("list").code, here("doctor").code) == (0, 0)
    assert here("run", "ask.py", "--thread", "one", "--value", "approve").code == 0


def test_a_log_that_was_put_back_is_all_that_is_needed(here: Shell) -> None:
    killed(here)
    kept = log(here).read_bytes()
    log(here).unlink()
    assert here("list").code == 7
    log(here).write_bytes(kept)
    assert here("list").stdout.split("\t")[2] == "uncertain"


def test_a_log_that_was_cut_or_changed_is_noticed(here: Shell) -> None:
    killed(here)
    kept = log(here).read_bytes()
    for broken in (b"", kept[:100], kept[: len(kept) // 2], kept[:60] + b"\xff" + kept[61:]):
        log(here).write_bytes(broken)
        here.storage.with_name("graphcli.db-shm").unlink(missing_ok=True)
        copy = here.storage.read_bytes()
        assert here("resume", "one", "--rerun").code == 7
        here.storage.write_bytes(copy)
    log(here).write_bytes(kept)
    assert here("list").stdout.split("\t")[2] == "uncertain"


def test_a_log_that_was_folded_in_by_another_program_is_not_lost(here: Shell) -> None:
    killed(here)
    change(here.storage, "PRAGMA wal_checkpoint(TRUNCATE)")
    log(here).unlink(missing_ok=True)
    assert here("list").stdout.split("\t")[2] == "uncertain"

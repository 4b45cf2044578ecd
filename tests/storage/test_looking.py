"""Looking works where nothing can be written, and changes nothing where it could."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.errors import StorageError, StorageVersionError
from graphcli.storage import open_storage
from graphcli.storage.claims import Claims
from graphcli.storage.looking import connect_to_look, connect_to_read
from graphcli.storage.migrations import MIGRATIONS, Migration, bring_up, version_of
from graphcli.storage.sqlite import PATIENCE, connect
from tests.contract.build import begin

ROOT = Path(__file__).parents[2]
NEXT = (*MIGRATIONS, Migration("m004_more", ("ALTER TABLE threads ADD COLUMN more TEXT",)))


def files(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}


def test_an_older_layout_is_read_as_if_it_were_new_and_left_as_it_is(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "release", n=1)
    before = files(storage.path)
    with closing(connect_to_read(storage.path, PATIENCE, NEXT)) as connection:
        assert version_of(connection) == 4
        assert connection.execute("SELECT id, more FROM threads").fetchall() == [("release", None)]
    assert files(storage.path) == before
    with open_storage(tmp_path) as storage:  # the program that wrote it still can
        storage.commit(Commit("release", 0))


def test_an_older_program_refuses_a_newer_layout_and_its_runs_keep_the_old_one(
    tmp_path: Path,
) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "release", n=1)
    claims = Claims(storage.path.with_name("graphcli.db.claims"), lambda: "then")
    with closing(connect(storage.path)) as newer:
        bring_up(newer, storage.path, claims, lambda: "then", NEXT)
    for reading in (True, False):
        with pytest.raises(StorageVersionError, match="has layout 4; this graphcli knows up to 3"):
            open_storage(tmp_path, reading=reading)


def test_whoever_only_reads_can_commit_nothing(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "release", n=1)
    with (
        open_storage(tmp_path, reading=True) as storage,
        pytest.raises(StorageError, match="cannot be opened for writing"),
    ):
        storage.commit(Commit("release", 0))


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with open_storage(tmp_path / "new" / "graphcli.db", reading=True) as storage:
        assert storage.threads() == []
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_nobody_tends_is_looked_at_and_stays(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "release", n=1)
        before = files(storage.path)
        assert before["graphcli.db-wal"]
        with closing(connect_to_look(storage.path, PATIENCE)) as connection:
            assert connection.execute("SELECT id FROM threads").fetchall() == [("release",)]
        after = files(storage.path)
        assert {n: after[n] for n in ("graphcli.db", "graphcli.db-wal")} == {
            n: before[n] for n in ("graphcli.db", "graphcli.db-wal")
        }


# Real users cannot write a read-only directory; root can, so it hands its rights to a child.
AS_NOBODY = """
import os, sys
from graphcli.cli.app import make_app
from graphcli.cli.main import leave, run_command
make_app()  # the child may be unable to read the program
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
leave(run_command(sys.argv[1:]))
"""


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A storage with one thread, in a directory that nobody can write; not under `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.db"
        with open_storage(path) as storage:
            begin(storage, "release", n=1)
        close(path)
        yield path
        path.parent.chmod(0o755)


def close(path: Path) -> None:
    for file in path.parent.iterdir():
        file.chmod(0o555 if file.is_dir() else 0o444)
    path.parent.chmod(0o555)


def as_nobody(*argv: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *argv], capture_output=True, text=True, cwd=ROOT
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", [["list"], ["inspect", "release"], ["doctor"]])
def test_commands_that_read_work_in_a_read_only_directory(
    read_only: Path, command: list[str]
) -> None:
    before = files(read_only)
    code, out, err = as_nobody(*command, "--storage", str(read_only), "-o", "json")
    assert (code, err) == (0, "")
    assert "release" in out
    assert files(read_only) == before


@pytest.mark.parametrize("command", [["cancel", "release"], ["delete", "release"]])
def test_commands_that_write_say_what_is_missing(read_only: Path, command: list[str]) -> None:
    code, out, err = as_nobody(*command, "--storage", str(read_only))
    assert (code, out) == (7, "")
    assert "writable for this user, or give another --storage" in err


def test_a_log_that_cannot_be_read_in_place_says_what_to_do(read_only: Path) -> None:
    read_only.parent.chmod(0o755)
    read_only.with_name("x.db-wal").write_bytes(b"x" * 5000)
    close(read_only)
    if os.geteuid():
        pytest.skip("only root can hand the file to somebody else")
    code, out, err = as_nobody("list", "--storage", str(read_only))
    assert (code, out) == (7, "")
    assert err == (
        f"error: storage `{read_only}` cannot be read here: "
        "the log beside it needs a writable directory\n"
        "  copy `x.db` and `x.db-wal` together to one, and give that --storage\n"
    )

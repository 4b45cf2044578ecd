"""What the fast path offers, and that it never harms, hangs or says anything else."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from graphcli import offers
from graphcli.storage import open_storage
from graphcli.storage.m001_threads import STATEMENTS
from tests.completions.scripts import FOLDER
from tests.completions.test_shells import HOSTILE, damage, store
from tests.conftest import Shell
from tests.contract.build import begin


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_ids_that_begin_so(tmp_path: Path) -> None:
    place = tmp_path / "threads.db"
    store(place, "a", "a-1", "a.b", "b", "A", *(f"many-{number:03}" for number in range(250)))
    before = files(tmp_path)
    assert offers.ids("a", str(place)) == ["a", "a-1", "a.b"]
    assert offers.ids("a-", f"sqlite:///{place}") == ["a-1"]
    assert offers.ids("b", str(place)) == ["b"]
    assert offers.ids("c", str(place)) == []
    assert offers.ids("", str(place))[:3] == ["@latest", "A", "a"]
    assert [offers.ids(prefix, str(place)) for prefix in ("@", "@lat")] == [["@latest"]] * 2
    assert offers.ids("@x", str(place)) == []
    assert offers.ids("many", str(place)) == [f"many-{number:03}" for number in range(200)]
    assert files(tmp_path) == before


def test_a_folder_is_a_storage_too_and_the_log_counts(tmp_path: Path) -> None:
    store(tmp_path / "graphcli.db", "first")
    with open_storage(tmp_path) as storage:
        store(tmp_path / "graphcli.db", "second")
        begin(storage, "third")
        assert (tmp_path / "graphcli.db-wal").stat().st_size > 0
        assert offers.ids("", str(tmp_path)) == ["@latest", "first", "second", "third"]


def test_no_hostile_id_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "threads.db"
    store(place, "one-thread")
    damage(place)
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("UPDATE threads SET id = CAST(x'6fff' AS TEXT) WHERE id = '*'")
        connection.execute("UPDATE threads SET id = '-rf' WHERE id LIKE '`%'")
        connection.commit()
    assert offers.ids("", str(place)) == ["@latest", "one-thread"]
    assert all(offers.ids(prefix, str(place)) == [] for prefix in (*HOSTILE, "-", "x" * 129))
    # The control: without the look at each id they come through.
    monkeypatch.setattr(offers, "_harmless", bool)
    monkeypatch.setattr(offers, "_is_ours", lambda _path: True)
    with pytest.raises(UnicodeDecodeError):
        offers.ids("", str(place))
    assert offers.ids("o;", str(place)) == ["o;touch pwned"]


def foreign(place: Path) -> None:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute(STATEMENTS[1])
        connection.execute("PRAGMA user_version = 1")


ODD: dict[str, Callable[[Path], Any]] = {
    "nothing there": lambda _place: None,
    "an empty file": lambda place: place.write_bytes(b""),
    "no database": lambda place: place.write_bytes(b"text" * 99),
    "another program's": foreign,
    "a folder without one": lambda place: place.mkdir(),
    "a pipe": os.mkfifo,
    "a link": lambda place: place.symlink_to(place.with_name("good.db")),
    "cut off": lambda place: place.write_bytes(place.with_name("good.db").read_bytes()[:5000]),
    "a folder in its place": lambda place: (place / "graphcli.db").mkdir(parents=True),
}


@pytest.mark.parametrize("kind", ODD)
def test_where_there_is_no_storage_nothing_is_said_or_made(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    store(tmp_path / "good.db", "one")
    ODD[kind](tmp_path / "bad.db")
    before = sorted(tmp_path.rglob("*"))
    offers.offer("__ids", "", str(tmp_path / "bad.db"))
    assert capfd.readouterr() == ("", "")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs itself is asked")
@pytest.mark.parametrize("home", [None, "", "/data", "relative"])
def test_the_default_is_where_platformdirs_says(
    monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("XDG_DATA_HOME", home)
    assert offers._default() == f"{platformdirs.user_data_dir('graphcli')}/graphcli.db"


def test_the_fast_path_of_the_command(graphcli: Shell) -> None:
    assert graphcli("__ids", "x").stdout == ""
    assert not graphcli.storage.parent.exists()
    store(graphcli.storage, "release-1", "other")
    done = graphcli("__ids", "rel")
    assert (done.code, done.stdout, done.stderr) == (0, "release-1\n", "")
    graphcli.write("graphs/release.yaml", "")
    graphcli.write("graphs/rel ease.yaml", "")
    graphcli.write("graphs/_rel.py", "")
    done = graphcli("__graphs", "re")
    assert (done.code, done.stdout, done.stderr) == (0, "release\nrelease_notes\nrevise\n", "")


def test_a_reader_that_has_gone_is_no_error(graphcli: Shell) -> None:
    store(graphcli.storage, "release-1")
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m graphcli __ids >&-; echo $?"],
        env=graphcli.full_environ,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize(
    ("shell", "file"), [("bash", "graphcli.bash"), ("zsh", "_graphcli"), ("fish", "graphcli.fish")]
)
def test_completion_prints_the_script(graphcli: Shell, shell: str, file: str) -> None:
    done = graphcli("completion", shell)
    script = (FOLDER / file).read_text(encoding="utf-8")
    assert (done.code, done.stdout, done.stderr) == (0, script, "")


def test_an_unknown_shell(graphcli: Shell) -> None:
    done = graphcli("completion", "csh")
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr == (
        "error: Invalid value for 'SHELL': 'csh' is not one of 'bash', 'zsh', 'fish'.\n"
        "  see graphcli completion --help\n"
    )

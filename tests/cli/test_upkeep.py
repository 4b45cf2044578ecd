"""Whether a storage is well, and a copy of it that is."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
from contextlib import closing

from inline_snapshot import snapshot

from tests.cli.session import play
from tests.cli.test_crash import hanging, killed
from tests.cli.test_damage import change, flip
from tests.conftest import Shell
from tests.test_readme import TEXT


def told(shell: Shell, **environ: str) -> str:
    """A session of `doctor`, without what differs by machine."""
    said = play(shell, "doctor", **environ)
    said = re.sub(r"(ok|note) +SQLite .*\n(> {10}.*\n)?", "...  SQLite\n", said)
    return re.sub(r"(\d+\.\d MB|\d+ bytes)", "SIZE", said)


def bytes_of(shell: Shell) -> dict[str, bytes]:
    """What is in the storage's directory; the index of the log is made anew at any time."""
    files = shell.storage.parent.rglob("*")
    return {p.name: p.read_bytes() for p in files if p.is_file() and p.suffix != ".db-shm"}


def test_a_storage_that_is_well(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    assert told(here) == snapshot("""\
$ graphcli doctor
> ok       `STORAGE` is a storage of graphcli
> ...  SQLite
> ok       nobody else can read or change it
> ok       every page and all 6 rows are as they were written
> ok       SIZE, and SIZE in the log
""")


def test_there_may_be_none_yet(here: Shell) -> None:
    assert told(here) == snapshot("""\
$ graphcli doctor
> ok       there is no storage `STORAGE` yet; the first run makes it
""")
    assert not here.storage.parent.exists()


def test_a_run_that_died_is_named_with_what_to_do(here: Shell) -> None:
    killed(here)
    before = bytes_of(here)
    assert told(here) == snapshot("""\
$ graphcli doctor
> ok       `STORAGE` is a storage of graphcli
> ...  SQLite
> ok       nobody else can read or change it
> ok       every page and all 3 rows are as they were written
> ok       SIZE, and SIZE in the log
> note     the run of thread `one` died: process N on HOST since TIME
>          nothing is held by it; the next run takes it over
> note     thread `one` was left in the middle of a run: it is uncertain
>          graphcli resume --storage STORAGE one
""")
    assert bytes_of(here) == before  # the log is still there, too: nothing was changed


def test_a_run_that_goes_on_is_no_trouble(here: Shell) -> None:
    run = hanging(here)
    try:
        assert told(here) == snapshot("""\
$ graphcli doctor
> ok       `STORAGE` is a storage of graphcli
> ...  SQLite
> ok       nobody else can read or change it
> ok       every page and all 3 rows are as they were written
> ok       SIZE, and SIZE in the log
> ok       thread `one` is being run by process N on HOST since TIME
""")
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()


def test_what_others_can_get_at(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    here.storage.chmod(0o640)
    here.storage.parent.chmod(0o777)
    assert told(here) == snapshot("""\
$ graphcli doctor
> ok       `STORAGE` is a storage of graphcli
> ...  SQLite
> note     others can get at `STORAGE` (mode 0640)
>          chmod 600 STORAGE
> note     others can get at `DIR/data` (mode 0777)
>          chmod 700 DIR/data
> ok       every page and all 6 rows are as they were written
> ok       SIZE, and SIZE in the log
""")


def test_every_damaged_row_is_named(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    change(here.storage, "UPDATE questions SET digest = 'x'")
    change(here.storage, "UPDATE progress SET k = k + 1")
    before = bytes_of(here)
    assert told(here) == snapshot("""\
$ graphcli doctor
> ok       `STORAGE` is a storage of graphcli
> ...  SQLite
> ok       nobody else can read or change it
> damaged  thread `one`: the progress of checkpoint 2 is not as it was written
>          restore a backup, or give the thread up: graphcli delete --storage STORAGE one
> damaged  thread `one`: question ID is not as it was written
>          restore a backup, or give the thread up: graphcli delete --storage STORAGE one
[7]
""")
    assert bytes_of(here) == before


def test_damage_is_in_the_json_too(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    change(here.storage, "UPDATE questions SET digest = 'x'")
    document = here("doctor", "-o", "json").json
    (damage,) = [check for check in document["checks"] if check["state"] == "damaged"]
    assert document["status"] == "damaged"
    assert document["error"] == {
        "code": "storage_damaged",
        "message": f"storage `{here.storage}`: {damage['message']}",
        "remedy": damage["remedy"],
    }


def test_a_backup_is_a_storage_for_this_user_only(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    done = here("backup", "copy.db", "-o", "json")
    copy = here.cwd / "copy.db"
    assert (done.code, done.json) == (
        0,
        {
            "schema_version": 1,
            "command": "backup",
            "storage": str(here.storage),
            "file": str(copy),
            "bytes": copy.stat().st_size,
            "error": None,
        },
    )
    assert copy.stat().st_mode & 0o777 == 0o600
    assert here("doctor", "--storage", "copy.db").code == 0
    assert here("resume", "one", "--storage", "copy.db", "--value", "approve", "-q").code == 0
    assert here("list").stdout.split("\t")[2] == "waiting"  # the copy is another storage


def test_a_backup_replaces_nothing_and_leaves_nothing_half(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one", "--no-input")
    here.write("mine", "mine")
    assert play(here, "backup mine", "backup nowhere/copy.db") == snapshot("""\
$ graphcli backup mine
! error: `DIR/mine` exists, so it is left alone
!   give a file that does not
[6]
$ graphcli backup nowhere/copy.db
! error: there is no directory `DIR/nowhere`
!   make it, or give another
[2]
""")
    assert (here.cwd / "mine").read_text() == "mine"
    flip(here.storage)
    assert here("backup", "copy.db").code == 7
    assert not list(here.cwd.glob("*copy*"))


def test_there_is_nothing_to_back_up(here: Shell) -> None:
    assert play(here, "backup copy.db") == snapshot("""\
$ graphcli backup copy.db
! there is no storage `STORAGE` yet
! error: there is no storage `STORAGE`
!   give another --storage
[4]
""")
    assert not (here.cwd / "copy.db").exists()


def test_a_backup_has_what_only_the_log_has_and_the_readme_brings_it_back(here: Shell) -> None:
    run = hanging(here)
    try:
        assert here("backup", "copy.db").code == 0
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()
    flip(here.storage)
    (line,) = re.findall(r"^rm -rf .*$", TEXT, re.MULTILINE)
    environ = {**here.full_environ, "db": str(here.storage), "backup": "copy.db"}
    subprocess.run(["sh", "-euc", line], cwd=here.cwd, env=environ, check=True)
    assert here("list").stdout.split("\t")[2] == "uncertain"
    assert here("doctor").code == 0
    assert here.storage.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(here.storage)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

"""Many processes on one file, and two versions of the program."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from graphcli.storage import examine, open_storage
from graphcli.storage.claims import Claims

ROOT = Path(__file__).parents[2]

#: How many threads each process runs; by hand GRAPHCLI_RACE=50, which takes half a minute.
THREADS = int(os.environ.get("GRAPHCLI_RACE", "10"))
PROCESSES = 16

#: Each thread is begun, asks, is answered and ends, under its claim.
WORK = """
import sys
from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.storage import open_storage
from tests.contract.build import answer, asked, asks, begin, checkpoint, done
sys.stdin.readline()
with open_storage(sys.argv[1]) as storage:
    for number in range(int(sys.argv[3])):
        thread = f"t{sys.argv[2]}-{number}"
        with storage.claim(thread):
            begin(storage, thread, "a", log=[])
            asking = (asks(asked("q", "a")),)
            storage.commit(Commit(thread, 0, results=asking, status=Status.WAITING))
            storage.commit(Commit(thread, 0, answers=(answer("q"),), status=Status.RUNNING))
            point = checkpoint(1, {"log": [thread]}, changed={"log": 0})
            end = Commit(thread, 0, checkpoints=(point,), results=(done("a"),))
            storage.commit(end)
            storage.commit(Commit(thread, 1, status=Status.FINISHED))
        assert storage.thread(thread).status is Status.FINISHED
print("done")
"""


def started(code: str, *argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_sixteen_processes_with_many_threads_each_on_one_new_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "graphcli.db"
    racing = [started(WORK, str(path), str(n), str(THREADS)) for n in range(PROCESSES)]
    for process in racing:
        goes_on(process)
    assert [process.communicate() for process in racing] == [("done\n", "")] * PROCESSES
    with open_storage(path) as storage:
        found = storage.threads(limit=10_000)
    assert {info.id for info in found} == {
        f"t{n}-{m}" for n in range(PROCESSES) for m in range(THREADS)
    }
    assert {info.status for info in found} == {"finished"}
    assert len({info.seq for info in found}) == len(found)
    assert {check.state for check in examine(path)} <= {"ok", "note"}
    assert Claims(path.with_name("graphcli.db.claims"), str).every() == []


#: The program as it will be one day: with one more layout.
NEWER = """
import sys
from graphcli.errors import StorageError
from graphcli.storage import looking, migrations, open_storage
more = migrations.Migration("m003_more", ("ALTER TABLE storage ADD COLUMN more TEXT",))
for function in (migrations.bring_up, migrations.is_newest, looking.connect_to_read):
    function.__defaults__ = ((*migrations.MIGRATIONS, more),)
try:
    with open_storage(sys.argv[1], reading=len(sys.argv) > 2) as storage:
        print("opened")
except StorageError as error:
    print(error.exit_code, error.message)
"""

#: The program of today: a thread is held, let go, and then wanted again.
OLDER = """
import sys
from graphcli.errors import StorageError
from graphcli.storage import open_storage
with open_storage(sys.argv[1]) as storage:
    with storage.claim("release"):
        print("held", flush=True)
        sys.stdin.readline()
    print("let go", flush=True)
    sys.stdin.readline()
    try:
        with storage.claim("release"):
            print("held again")
    except StorageError as error:
        print(error.exit_code, error.message)
"""


def layout(path: Path) -> int:
    connection = sqlite3.connect(path)
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found


def newer(*argv: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", NEWER, *argv], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def goes_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_newer_program_waits_for_the_runs_of_an_older_one_which_then_steps_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "graphcli.db"
    with started(OLDER, str(path)) as older:
        assert said(older) == "held\n"
        refused = newer(str(path))
        assert refused.startswith(f"7 storage `{path}` needs a newer layout, but process ")
        assert f"process {older.pid} on " in refused
        assert newer(str(path), "reading") == "opened\n"
        assert layout(path) == 3
        goes_on(older)
        assert said(older) == "let go\n"
        assert newer(str(path)) == "opened\n"
        assert layout(path) == 4
        goes_on(older)  # it opened the storage before, and must not write into what is there now
        refused = said(older)
        assert refused == f"7 storage `{path}` has layout 4; this graphcli knows up to 3\n"
        assert older.wait() == 0

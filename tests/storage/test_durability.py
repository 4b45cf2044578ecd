"""What was acknowledged survives kill -9; fsync happens when it is promised."""

from __future__ import annotations

import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.storage import open_storage
from tests.contract.build import answer, asked, begin, checkpoint, load, waiting

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from graphcli.engine.values.checkpointer import Commit
from graphcli.storage import open_storage
from tests.contract.build import begin, checkpoint, done
storage = open_storage(sys.argv[1])
saved = storage.load("release")
if saved is None:
    begin(storage, "release", "t0", log=[])
    saved = storage.load("release")
log, seq = list(saved.checkpoint.values["log"]), saved.checkpoint.seq
while True:
    seq += 1
    log = [*log, seq]
    point = checkpoint(seq, {"log": log}, f"t{seq}", changed={"log": len(log) - 1})
    storage.commit(Commit("release", seq - 1, results=(done(f"t{seq - 1}"),), checkpoints=(point,),
        durable=bool(seq % 3)))
    print(seq, flush=True)
"""


def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    chance, last = random.Random(7), 0
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        with process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 60)):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            # What it had printed by then counts too, up to the last whole line.
            said = re.findall(r"(\d+)\n", process.stdout.read())
        with open_storage(tmp_path) as storage:
            head = load(storage).checkpoint
            assert head.seq >= max([last, *map(int, said)])
            assert head.values == {"log": list(range(1, head.seq + 1))}
            last = head.seq
    with sqlite3.connect(tmp_path / "graphcli.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


SYNCED = """
import sys
from graphcli.engine.values.checkpointer import Commit
from graphcli.storage import open_storage
from tests.contract.build import begin, checkpoint
storage = open_storage(sys.argv[1])
begin(storage, "release", n=0)
for seq, durable in enumerate([False, False, True, True, False, True], 1):
    sys.stderr.write(f"commit {durable}\\n")
    point = checkpoint(seq, {"n": seq}, changed={"n": 0})
    storage.commit(Commit("release", seq - 1, checkpoints=(point,), durable=durable))
sys.stderr.write("end\\n")
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace tells what is fsynced")
def test_a_durable_commit_is_fsynced_and_no_other(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *("strace", "-f", "-y", "-o", str(tmp_path / "trace")),
            *("-e", "trace=fsync,fdatasync,write"),
            *(sys.executable, "-c", SYNCED, str(tmp_path / "x.db")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode and "ptrace" in done.stderr.lower():
        pytest.skip("this machine lets nobody trace")
    found: list[tuple[str, int]] = []
    for line in (tmp_path / "trace").read_text().splitlines():
        if (said := re.search(r'write\(2<.*"(commit (?:True|False)|end)\\n"', line)) is not None:
            found.append((said[1], 0))
        elif found and re.search(r"f(data)?sync\(\d+<.*x\.db-wal>", line):
            found[-1] = (found[-1][0], found[-1][1] + 1)
    assert [(said, bool(count)) for said, count in found[:-1]] == [
        ("commit False", False),
        ("commit False", False),
        ("commit True", True),
        ("commit True", True),
        ("commit False", False),
        ("commit True", True),
    ]


ANSWER = """
import sys
from graphcli.engine.values.checkpointer import Commit
from graphcli.errors import AlreadyAnsweredError
from graphcli.storage import open_storage
from tests.contract.build import answer
with open_storage(sys.argv[1]) as storage:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        storage.commit(Commit("release", 0, answers=(answer("q1", sys.argv[2], by=sys.argv[2]),)))
        print("won")
    except AlreadyAnsweredError as error:
        print("lost to", error.by)
"""


def test_of_processes_that_answer_at_once_one_wins(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        waiting(storage, asked("q1", "t1"))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ANSWER, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for name in "abcd"
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate()[0].strip() for process in processes]
    with open_storage(tmp_path) as storage:
        winner = load(storage).answers["t1"][0].by
        assert [entry.answer.by for entry in storage.journal("release")] == [winner]
    assert sorted(said) == sorted(["won"] + [f"lost to {winner}"] * 3)


def test_the_log_does_not_grow_without_end(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "release", n="")
        log, largest = tmp_path / "graphcli.db-wal", 0
        for seq in range(1, 200):
            point = checkpoint(seq, {"n": "x" * 500_000}, changed={"n": 0})
            storage.commit(Commit("release", seq - 1, checkpoints=(point,), durable=False))
            largest = max(largest, log.stat().st_size)
        assert largest < 60 * 2**20
    assert not log.exists() or log.stat().st_size == 0


def test_a_commit_that_fails_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        waiting(storage, asked("q1", "t1"))
        before = (load(storage), storage.journal("release"))
        with pytest.raises(Exception, match="log"):
            storage.commit(
                Commit(
                    "release",
                    0,
                    answers=(answer("q1"),),
                    checkpoints=(checkpoint(1, {"ok": 1, "log": len}),),
                )
            )
        assert (load(storage), storage.journal("release")) == before

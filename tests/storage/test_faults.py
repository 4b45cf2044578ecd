"""A disk that is full or fails, at each write and each fsync: nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHIM = Path(__file__).with_name("shim.c")
COMPILER = shutil.which("cc") or shutil.which("gcc")

pytestmark = pytest.mark.skipif(
    COMPILER is None or sys.platform != "linux",
    reason="no C compiler here: faults of the disk are NOT tried",
)

#: For each n: a new storage in which a thread is begun and goes on, with the n-th call failing.
#: A line tells what was acknowledged, what was said, and what a later look finds.
SWEEP = """
import ctypes, json, sys
from pathlib import Path
from graphcli.engine.checkpointer import Commit
from graphcli.errors import StorageError
from graphcli.storage import examine, open_storage
from tests.contract.build import begin, checkpoint

kind, error, sticky = map(int, sys.argv[2:])
shim = ctypes.CDLL(None)


def go_on(place):
    told = -1
    try:
        with open_storage(place) as storage, storage.claim("release"):
            begin(storage, "release", n=0)
            told = 0
            for seq in (1, 2, 3):
                point = checkpoint(seq, {"n": str(seq) * 9000}, changed={"n": 0})
                storage.commit(Commit("release", seq - 1, checkpoints=(point,)))
                told = seq
            storage.give_back()
    except StorageError as error:
        return told, [type(error).__name__, error.message.replace(str(place), ""), error.remedy]
    return told, None


n = 0
while True:
    n += 1
    place = Path(sys.argv[1], str(n), "graphcli.db")
    shim.fault_arm(kind, n, error, sticky)
    told, said = go_on(place)
    reached = shim.fault_seen() >= n
    shim.fault_arm(0, 0, 0, 0)
    if not reached:
        break
    with open_storage(place, create=False) as storage:
        saved = storage.load("release")
    found = -1 if saved is None else saved.checkpoint.seq
    bad = [check.says for check in examine(place) if check.state == "damaged"]
    print(json.dumps({"told": told, "said": said, "found": found, "bad": bad}))
"""

WRITE, SYNC = 1, 2
ENOSPC, EIO = 28, 5


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert COMPILER is not None
    built = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run(
        [COMPILER, "-O1", "-shared", "-fPIC", "-o", str(built), str(SHIM), "-ldl"], check=True
    )
    return built


def sweep(shim: Path, place: Path, kind: int, error: int, sticky: int) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", SWEEP, str(place), str(kind), str(error), str(sticky)],
        env={**os.environ, "LD_PRELOAD": str(shim)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("sticky", [0, 1], ids=["once", "from then on"])
@pytest.mark.parametrize(
    ("kind", "error"), [(WRITE, ENOSPC), (WRITE, EIO), (SYNC, EIO)], ids=["full", "write", "fsync"]
)
def test_at_every_call_what_was_acknowledged_is_kept(
    shim: Path, tmp_path: Path, kind: int, error: int, sticky: int
) -> None:
    tried = sweep(shim, tmp_path, kind, error, sticky)
    assert len(tried) > (30 if kind == WRITE else 5)
    for n, each in enumerate(tried, 1):
        # A commit that failed may be found later, as after a power cut; one that was told is.
        assert each["told"] <= each["found"] <= each["told"] + 1, (n, each)
        assert each["bad"] == [], (n, each)
        assert each["told"] == 3 or each["said"] is not None, (n, each)
        if each["said"] is not None:
            name, message, remedy = each["said"]
            assert name == "StorageError" or error == ENOSPC, (n, each)
            assert message.startswith(("no space is left", "storage `")), (n, each)
            assert remedy, (n, each)
    assert sum(each["said"] is not None for each in tried) > len(tried) / 3
    if error == ENOSPC:  # SQLite says so of its files, but not of the index beside them
        assert "StorageFullError" in {each["said"][0] for each in tried if each["said"]}

"""A disk that is full or fails, denies or keeps no locks, at each call: nothing told is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults import shim
from tests.faults.shim import Call, How

pytestmark = pytest.mark.skipif(bool(shim.MISSING), reason=shim.MISSING)

#: For each n: a new storage in which a thread is begun and goes on, with the n-th call failing.
#: A line tells what was acknowledged, what was said, and what a later look finds.
SWEEP = """
import json, sys
from pathlib import Path
from graphcli.engine.values.checkpointer import Commit
from graphcli.errors import StorageError
from graphcli.storage import examine, open_storage
from tests.contract.build import begin, checkpoint
from tests.faults import shim

calls, how, error = map(int, sys.argv[2:])


def go_on(place):
    told = -1
    try:
        with open_storage(place, patience=0.01) as storage, storage.claim("release"):
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
    shim.watch(place.parent)
    shim.arm(calls, how, n, error)
    told, said = go_on(place)
    reached = shim.seen() >= n
    shim.disarm()
    if not reached:
        break
    with open_storage(place, create=False) as storage:
        saved = storage.load("release")
    found = -1 if saved is None else saved.checkpoint.seq
    bad = [check.says for check in examine(place) if check.state == "damaged"]
    print(json.dumps({"told": told, "said": said, "found": found, "bad": bad}))
"""

ENOSPC, EIO, ENOLCK, EACCES = 28, 5, 37, 13


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shim.build(tmp_path_factory.mktemp("shim"))


def sweep(library: Path, place: Path, calls: Call, how: How, error: int) -> list[dict[str, Any]]:
    argv = ["-c", SWEEP, str(place), *(str(int(each)) for each in (calls, how, error))]
    done = shim.preloaded(library, argv)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("how", [How.FAIL, How.FAIL_ON], ids=["once", "from then on"])
@pytest.mark.parametrize(
    ("calls", "error"),
    [
        (Call.WRITE, ENOSPC),
        (Call.WRITE, EIO),
        (Call.SYNC, EIO),
        (Call.FLOCK, ENOLCK),
        (Call.FLOCK, EACCES),
        (Call.OPEN, EACCES),
        (Call.NAME, EACCES),
    ],
    ids=["full", "write", "fsync", "no locks", "lock denied", "open", "name"],
)
def test_at_every_call_what_was_acknowledged_is_kept(
    library: Path, tmp_path: Path, calls: Call, how: How, error: int
) -> None:
    tried = sweep(library, tmp_path, calls, how, error)
    assert len(tried) > (30 if calls is Call.WRITE else 5)
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


#: A storage that is made while locks are kept, and then is on a file system without any.
WITHOUT_LOCKS = """
import sys
from pathlib import Path
from graphcli.errors import StorageError
from graphcli.storage import examine, open_storage
from tests.contract.build import begin
from tests.faults import shim

place = Path(sys.argv[1], "graphcli.db")
with open_storage(place) as storage:
    begin(storage, "release", n=0)
shim.watch(place.parent)
shim.arm(shim.Call.RANGE, shim.How.FAIL_ON, 1, int(sys.argv[2]))
try:
    open_storage(place, patience=0.01)
except StorageError as error:
    print(type(error).__name__, error.message, "|", error.remedy)
print([check.says for check in examine(place) if check.state == "damaged"])
"""


@pytest.mark.parametrize("error", [ENOLCK, EACCES])
def test_a_file_system_without_locks_is_named(library: Path, tmp_path: Path, error: int) -> None:
    done = shim.preloaded(library, ["-c", WITHOUT_LOCKS, str(tmp_path), str(error)])
    assert done.stderr == ""
    said, found = done.stdout.splitlines()
    if error == EACCES:  # the control: the lock is there, and somebody else holds it
        assert said.startswith(f"StorageLockedError storage `{tmp_path}/graphcli.db` has been lock")
        assert found == "[]"
        return
    why = "its file system keeps no locks (No locks available), as network file systems may"
    assert said == (
        f"StorageError storage `{tmp_path}/graphcli.db` cannot be used: {why} | "
        "put the storage on a local disk: give another --storage"
    )
    assert why in found

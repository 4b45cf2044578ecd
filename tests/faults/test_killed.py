"""kill -9 and power cuts at calls all over a storage's life: a part of the sweep by hand.

`python -m tests.faults` tries every call; here are a few of each scenario, and the controls.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.faults import shim
from tests.faults.scenarios import SCENARIOS
from tests.faults.weakened import WEAKENED

pytestmark = pytest.mark.skipif(bool(shim.MISSING), reason=shim.MISSING)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shim.build(tmp_path_factory.mktemp("shim"))


def swept(library: Path, *argv: str) -> list[dict[str, Any]]:
    done: subprocess.CompletedProcess[str] = shim.preloaded(
        library, ["-m", "tests.faults", "--json", *argv]
    )
    assert done.stderr == ""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == any(each["lost"] for each in found)
    return found


NAMES = list(SCENARIOS)


@pytest.mark.parametrize("names", [NAMES[0::4], NAMES[1::4], NAMES[2::4], NAMES[3::4]])
def test_whoever_is_killed_loses_nothing_that_was_told(library: Path, names: list[str]) -> None:
    found = swept(library, "--points", "2", *names)
    assert [each["scenario"] for each in found] == names
    for each in found:
        assert each["lost"] == []
        assert each["faults"] >= 4


#: Where each broken program loses something, and what is lost.
CAUGHT = {
    "acknowledge_first": ("chain", "after", "lost: checkpoint"),
    "run_before_the_answer_is_kept": ("answer", "before", "lost: the answer to"),
    "forget_what_was_started": ("chain", "before", "ran again"),
    "end_before_the_end": ("chain", "before", "it looks finished, and is not"),
    "start_after_the_start": ("chain", "after", "ran again"),
    "start_everybody": ("crowd", "before", "never began: "),
    "start_before_the_record": ("crowd", "before", "ran again"),
    "delete_row_by_row": ("delete", "before", "is lost"),
    "create_in_place": ("create", "after", "StorageDamagedError"),
    "migrate_statement_by_statement": ("migrate", "before", "duplicate column name"),
    "copy_in_place": ("backup", "before", "is damaged"),
    "never_fsync": ("chain", "cut", "lost its log"),
}


@pytest.mark.parametrize("weaken", CAUGHT)
def test_a_program_that_breaks_a_promise_is_caught(library: Path, weaken: str) -> None:
    # The controls of the test above.
    name, how, lost = CAUGHT[weaken]
    (found,) = swept(library, "--points", "20", "--how", how, "--weaken", weaken, name)
    assert any(lost in trial["lost"] for trial in found["lost"]), found


def test_no_broken_program_is_left_out() -> None:
    assert set(CAUGHT) == set(WEAKENED) - {"nothing"}

"""Kill a scenario at one call after the other, each time in a process of its own.

The modules are imported once; each fault is a fork that dies, and a fork that judges.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults import shim
from tests.faults.place import Place
from tests.faults.scenarios import Scenario
from tests.faults.shim import Call, How

Weaken = Callable[[], None]

#: A process that takes longer hangs, in seconds.
_PATIENCE = 30

#: What a disk writes as one: of what is not fsynced, a power cut leaves any of these.
_SECTOR = 4096


@dataclass(frozen=True)
class Fault:
    """One way to die: `how` is before, after, within, cut or mixed; `number` counts calls."""

    how: str
    number: int


@dataclass(frozen=True)
class Trial:
    """What came of one fault: the call that it met, and what was lost; empty if nothing."""

    fault: Fault
    call: str
    lost: str


HOWS = {
    "before": How.BEFORE,
    "after": How.AFTER,
    "within": How.WITHIN,
    "cut": How.BEFORE,
    "mixed": How.BEFORE,
}


def calls_for(how: str) -> Call:
    """Return the kinds of calls at which a process can die in that way."""
    return Call.WRITE if how == "within" else Call.ANY


def count(scenario: Scenario, root: Path, calls: Call) -> int:
    """Return how many calls of these kinds a scenario makes that nothing befalls, and judge it."""
    place = _prepared(scenario, root)
    counted, said = os.pipe()

    def act() -> None:
        shim.watch(place.disk)
        shim.arm(calls, How.BEFORE, 0)
        scenario.act(place)
        os.write(said, str(shim.seen()).encode())

    failed = forked(act) or forked(lambda: scenario.judge(place))
    assert not failed, f"it fails by itself: {failed}"
    os.close(said)
    number = int(os.read(counted, 20))
    os.close(counted)
    shutil.rmtree(root)
    return number


def try_out(
    scenario: Scenario, faults: Iterable[Fault], root: Path, weaken: Weaken
) -> Iterator[Trial]:
    """Try `faults`, each on a fresh place under `root`, and yield what came of each."""
    ready = _prepared(scenario, root / "ready")
    for number, fault in enumerate(faults):
        place = ready.copy(root / str(number))
        yield _tried(scenario, place, fault, weaken)
        shutil.rmtree(place.root)


def _prepared(scenario: Scenario, root: Path) -> Place:
    place = Place(root)
    place.disk.mkdir(parents=True)
    failed = forked(lambda: scenario.before(place))
    assert not failed, f"it cannot be prepared: {failed}"
    place.shadow.mkdir()
    for path in place.disk.rglob("*"):
        if path.is_file():
            shutil.copy(path, place.shadow)
    return place


def _tried(scenario: Scenario, place: Place, fault: Fault, weaken: Weaken) -> Trial:
    call, met = os.pipe()
    cut = fault.how in ("cut", "mixed")

    def act() -> None:
        weaken()
        shim.watch(place.disk, met, place.shadow if cut else None)
        shim.arm(calls_for(fault.how), HOWS[fault.how], fault.number)
        scenario.act(place)

    failed = forked(act)
    os.close(met)
    name = os.read(call, 5000).decode().strip()
    os.close(call)
    if not name:
        return Trial(fault, "", f"it fails by itself: {failed}" if failed else "")
    if cut:
        power_off(place, mixed=random.Random(fault.number) if fault.how == "mixed" else None)
    return Trial(fault, name, forked(lambda: scenario.judge(place)))


def forked(work: Callable[[], object]) -> str:
    """Do `work` in a fork; return why it failed, empty if it did not or was killed by the shim."""
    told, telling = os.pipe()
    if (child := os.fork()) == 0:
        _work(work, telling)
    os.close(telling)
    with os.fdopen(told, errors="replace") as said:
        why = said.read()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return f"it hangs for {_PATIENCE} s"
    return why


def _work(work: Callable[[], object], telling: int) -> None:
    code = 1
    try:
        signal.alarm(_PATIENCE)
        work()
        code = 0
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent tells.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        os.write(telling, f"{type(error).__name__}: {error} ({place})"[:4000].encode())
    finally:
        sys.stdout.flush()
        os._exit(code)


def power_off(place: Place, mixed: random.Random | None) -> None:
    """Leave of the storage's files what was fsynced; `mixed` keeps some of the rest."""
    files = [path for path in place.disk.rglob("*") if path.is_file()]
    for path in files:
        if ".claims" in str(path.parent):
            continue  # they say how far a run was told that it got: to be held against the rest
        safe = place.shadow / path.name
        data = safe.read_bytes() if safe.exists() else b""
        if mixed is not None:
            data = _mixture(data, path.read_bytes(), mixed)
        path.write_bytes(data)
        if not safe.exists() and mixed is None:
            path.unlink()


def _mixture(safe: bytes, written: bytes, choice: random.Random) -> bytes:
    """Return sectors of what was safe and of what was written, the length of either."""
    length = choice.choice((len(safe), len(written)))
    sectors = range(0, max(len(safe), len(written)), _SECTOR)
    chosen = [choice.choice((safe, written))[at : at + _SECTOR] for at in sectors]
    mixed = b"".join(each.ljust(_SECTOR, b"\0") for each in chosen)
    return mixed[:length].ljust(length, b"\0")

"""python -m tests.faults [SCENARIO…]: kill at every call that touches a storage; print a table."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.faults import shim
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.sweep import HOWS, Fault, Trial, calls_for, count, try_out
from tests.faults.weakened import WEAKENED

#: In memory if there is such a place: a kill needs no disk.
_MEMORY = Path("/dev/shm")

#: So many losses in a scenario are told, and it goes on with the next.
_ENOUGH = 3


def main() -> int:
    """Try the faults; return 1 if one of them lost something."""
    asked = _arguments()
    if "LD_PRELOAD" not in os.environ:
        return _again()
    lost = 0
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as root:
        for number, name in enumerate(asked.scenarios or SCENARIOS):
            began = time.monotonic()
            trials = list(_until_lost(_trials(asked, SCENARIOS[name], Path(root, str(number)))))
            lost += sum(bool(trial.lost) for trial in trials)
            show = _json if asked.json else _table
            show(name, trials, time.monotonic() - began)
    return 1 if lost else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    # No `choices`: with them argparse refuses that none is given.
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--how", action="append", choices=list(HOWS), help="ways to die")
    parser.add_argument("--points", type=int, help="so many calls of each, evenly spread")
    parser.add_argument("--weaken", choices=list(WEAKENED), default="nothing")
    parser.add_argument("--json", action="store_true", help="a line for each scenario")
    return parser.parse_args()


def _again() -> int:
    """Start anew with the shim loaded."""
    if shim.MISSING:
        sys.stderr.write(f"{shim.MISSING}\n")
        return 2
    with tempfile.TemporaryDirectory() as directory:
        argv = ["-m", "tests.faults", *sys.argv[1:]]
        environ = {**os.environ, "LD_PRELOAD": str(shim.build(Path(directory)))}
        return os.spawnve(os.P_WAIT, sys.executable, [sys.executable, *argv], environ)


def _trials(asked: argparse.Namespace, scenario: Scenario, root: Path) -> Iterator[Trial]:
    hows = [how for how in asked.how or HOWS if scenario.synced or how not in ("cut", "mixed")]
    kinds = {calls_for(how) for how in hows}
    calls = {kind: count(scenario, root / f"whole-{int(kind)}", kind) for kind in kinds}
    for how in hows:
        numbers = _chosen(calls[calls_for(how)], asked.points)
        faults = [Fault(how, number) for number in numbers]
        yield from try_out(scenario, faults, root / how, WEAKENED[asked.weaken])


def _until_lost(trials: Iterator[Trial]) -> Iterator[Trial]:
    """End where so much was lost that more of it says nothing new."""
    lost = 0
    for trial in trials:
        yield trial
        lost += bool(trial.lost)
        if lost == _ENOUGH:
            return


def _chosen(calls: int, points: int | None) -> list[int]:
    """Every call, and a few more, because no two runs make the same ones; or `points` of them."""
    if points is None:
        return list(range(1, calls + 11))
    return sorted({1 + number * calls // points for number in range(points)})


def _table(name: str, trials: list[Trial], seconds: float) -> None:
    met = [trial for trial in trials if trial.call]
    lost = [trial for trial in trials if trial.lost]
    hows = Counter(trial.fault.how for trial in met)
    kinds = ", ".join(f"{how} {number}" for how, number in hows.items())
    _say(
        f"{name:10} {len(met):6} faults {len(met) - len(lost):6} survived {len(lost):4} lost"
        f" {seconds:5.0f} s   ({kinds})"
    )
    for trial in lost:
        _say(f"    {trial.fault.how} call {trial.fault.number}, {trial.call}: {trial.lost}")


def _json(name: str, trials: list[Trial], _seconds: float) -> None:
    met = [trial for trial in trials if trial.call]
    lost = [asdict(trial) for trial in trials if trial.lost]
    _say(json.dumps({"scenario": name, "faults": len(met), "lost": lost}))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


sys.exit(main())

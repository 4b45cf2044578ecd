"""The preloaded shim: built once, and steered from the process that it is loaded into."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from enum import IntEnum, IntFlag
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("shim.c")
COMPILER = shutil.which("cc") or shutil.which("gcc")

#: Why faults cannot be tried here; empty where they can.
MISSING = "" if COMPILER and sys.platform == "linux" else "no C compiler here: faults are NOT tried"


class Call(IntFlag):
    """Kinds of calls that can change what another process finds."""

    WRITE = 1
    SYNC = 2
    NAME = 4
    OPEN = 8
    FLOCK = 16
    RANGE = 32
    MAP = 64
    ANY = 127


class How(IntEnum):
    """What becomes of the n-th call: it fails (or all from there on), or the process dies."""

    FAIL = 1
    FAIL_ON = 2
    BEFORE = 3
    AFTER = 4
    WITHIN = 5


def build(directory: Path) -> Path:
    """Compile the shim into `directory` and return the library."""
    assert COMPILER is not None
    built = directory / "shim.so"
    argv = [COMPILER, "-O1", "-shared", "-fPIC", "-o", str(built), str(SOURCE), "-ldl"]
    subprocess.run(argv, check=True)
    return built


def preloaded(shim: Path, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run Python with the shim loaded and wait for its end."""
    return subprocess.run(
        [sys.executable, *argv],
        env={**os.environ, "LD_PRELOAD": str(shim), "PYTHONWARNINGS": "error"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def watch(place: Path, log: int = -1, shadow: Path | None = None) -> None:
    """Count the calls under `place`; name the last one to `log`, keep what is safe in `shadow`."""
    library = ctypes.CDLL(None)
    library.fault_place(os.fsencode(place))
    library.fault_shadow(os.fsencode(shadow) if shadow else b"")
    library.fault_log(log)


def arm(calls: Call, how: How, number: int, error: int = 0) -> None:
    """Let the call of that number meet its fate; number 0 only counts."""
    ctypes.CDLL(None).fault_arm(int(calls), int(how), number, error)


def seen() -> int:
    """Return how many calls were counted since the shim was armed."""
    count: int = ctypes.CDLL(None).fault_seen()
    return count


def disarm() -> None:
    """Let every call through, uncounted."""
    arm(Call(0), How.FAIL, 0)

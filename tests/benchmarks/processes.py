"""Whole processes: how long they take, and how much memory."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

OURS = """
from operator import add
from typing import Annotated, TypedDict
from graphcli import StateGraph, interrupt
class Log(TypedDict):
    log: Annotated[list[str], add]
def ask(state):
    return {"log": [interrupt("go on?")]}
graph = StateGraph(Log).add_node("ask", ask).add_edge("__start__", "ask").compile()
"""
THEIRS = """
import sqlite3, sys
from operator import add
from typing import Annotated, TypedDict
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import StateGraph
from langgraph.types import Command, interrupt
class Log(TypedDict):
    log: Annotated[list[str], add]
def ask(state):
    return {"log": [interrupt("go on?")]}
saver = SqliteSaver(sqlite3.connect("theirs.db", check_same_thread=False))
graph = StateGraph(Log).add_node("ask", ask).add_edge("__start__", "ask").compile(saver)
given = Command(resume=sys.argv[1]) if sys.argv[1:] else {"log": []}
print(graph.invoke(given, {"configurable": {"thread_id": "one"}}))
"""
_PEAK = """
import atexit, re, runpy, sys
def peak():
    with open("/proc/self/status") as file:
        sys.stderr.write(re.search(r"VmHWM.*", file.read())[0])
atexit.register(peak)
sys.argv = sys.argv[1:]
run = runpy.run_path if sys.argv[0].endswith(".py") else runpy.run_module
run(sys.argv[0], run_name="__main__")
"""


def python(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run Python with `argv` in `folder`, whose storage is `ours.db`."""
    environ = {**os.environ, "GRAPHCLI_STORAGE": str(folder / "ours.db")}
    return subprocess.run(
        [sys.executable, *argv], cwd=folder, env=environ, capture_output=True, text=True
    )


def prepare(folder: Path) -> Path:
    """Write the two scripts, and start each kind of process once, so that files are warm."""
    (folder / "ours.py").write_text(OURS)
    (folder / "theirs.py").write_text(THEIRS)
    return folder


def start(folder: Path, *argv: str) -> float:
    """Return the milliseconds that a short process computes, the median of five.

    It waits for nothing, so on a quiet machine that is how long it takes, and on a busy one it
    still is what it costs.
    """

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def once() -> float:
        before = spent()
        python(folder, *argv)
        return spent() - before

    return median(once() for _ in range(5)) * 1e3


def start_of_python(folder: Path) -> float:
    """Return the milliseconds that a Python computes that does nothing."""
    return start(folder, "-c", "pass")


def peak(folder: Path, *argv: str) -> float:
    """Return the megabytes that `argv` (a module or a script, and its arguments) has at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", python(folder, "-c", _PEAK, *argv).stderr)
    return int(found[1]) / 1024 if found else float("nan")

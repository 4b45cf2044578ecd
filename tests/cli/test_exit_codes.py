"""Each exit code of the README, once, as a script would meet it."""

from __future__ import annotations

import signal

import pytest

from tests.conftest import Shell

NO = "version: 1\nname: no\nnodes:\n  stop: {fail: a person said no}\n"
WAITS = ("run", "ask.py", "--thread", "one")


@pytest.mark.parametrize(
    ("code", "status", "commands"),
    [
        (0, "finished", [WAITS, ("resume", "one", "--value", "approve")]),
        (1, "failed", [("run", "work.py", "--thread", "one", "-i", "mode=raise")]),
        (2, None, [("run", "ask.py", "--nonsense")]),
        (3, None, [("run", "nosuch.py")]),
        (4, None, [("resume", "nosuch")]),
        (5, "waiting", [WAITS, ("resume", "one", "--value", "perhaps")]),
        (6, "waiting", [WAITS, WAITS]),
        (7, None, [("run", "ask.py", "--storage", "/dev/null/x")]),
        (8, "waiting", [WAITS]),
        (9, "uncertain", [("run", "work.py", "--thread", "one", "-i", "mode=lambda")]),
        (10, "rejected", [("run", "no.yaml", "--thread", "one")]),
        (124, "uncertain", [("run", "sleep.yaml", "--thread", "one", "--timeout", "2")]),
        (129, "stopped", [("run", "hup.py", "--thread", "one")]),
        (130, "stopped", [("run", "int.py", "--thread", "one")]),
        (143, "stopped", [("run", "term.py", "--thread", "one")]),
    ],
)
def test_exit_codes(
    here: Shell, code: int, status: str | None, commands: list[tuple[str, ...]]
) -> None:
    here.write("no.yaml", NO)
    here.write("sleep.yaml", "version: 1\nname: sleep\nnodes:\n  nap: {run: sleep 60}\n")
    for name in ("hup", "int", "term"):
        number = signal.Signals[f"SIG{name.upper()}"]
        here.write(f"{name}.py", SIGNALLED.format(number=int(number)))
    *_, done = [here(*command) for command in commands]
    assert done.code == code, done.stderr
    shown = here("inspect", "one", "-o", "json")
    assert (shown.json["status"] if shown.code == 0 else None) == status


SIGNALLED = """\
import os
from typing import TypedDict
from graphcli import START, StateGraph

class State(TypedDict, total=False):
    x: int

builder = StateGraph(State).add_node("work", lambda state: os.kill(os.getpid(), {number}))
builder.add_node("after", lambda state: None).add_edge("work", "after")
graph = builder.add_edge(START, "work").compile()
"""


def test_a_hangup_that_the_caller_ignores_stops_nothing(here: Shell) -> None:
    here.write("hup.py", SIGNALLED.format(number=int(signal.SIGHUP)))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        done = here.fresh("run", "hup.py", "--thread", "one", "-o", "json")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (done.code, done.json["status"]) == (0, "finished")

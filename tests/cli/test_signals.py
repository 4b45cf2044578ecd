"""Whatever a node is at, a command that is asked to stop ends, and leaves a thread that goes on."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphcli.cli import signals
from graphcli.cli.threads import as_left
from graphcli.storage import open_storage
from tests.conftest import Shell
from tests.launcher import Launcher

#: Longer than any test, in seconds.
LONG = 1000.0
INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP

HEAD = """\
import asyncio, ctypes, operator, os, signal, sys, threading, time
from typing import Annotated, TypedDict

from graphcli import START, StateGraph


def at(name):
    # Not open(): a file has a finalizer, and in one of those a signal is lost.
    os.close(os.open(name, os.O_WRONLY))


def slow(old, new):
    if new == "folded":
        at("ready")
        time.sleep(1000)
    return new


class State(TypedDict, total=False):
    sent: Annotated[str, slow]


builder = StateGraph(State)
"""
FOOT = """\
builder.add_node("work", work)
builder.add_edge(START, "work")
graph = builder.compile()
"""
BESIDE = """\
builder.add_node("beside", lambda state: {})
builder.add_edge(START, "beside")
"""

#: What `work` is at when the signal comes.
SLEEPS = "def work(state):\n    at('ready')\n    time.sleep(1000)\n"
SWALLOWS = """\
def work(state):
    fresh = ["ready"]
    while True:
        try:
            if fresh:
                at(fresh.pop())
            time.sleep(1000)
        except BaseException:
            continue
"""
#: It is the time limit's own clock: however slow the machine is, the time is up when it works.
LIMITED = SWALLOWS.replace("at(fresh.pop())", "signal.setitimer(signal.ITIMER_REAL, 0.01)")
#: No signal interrupts a mutex that is locked twice; and nobody else runs before it is.
IN_C = """\
def work(state):
    sys.setswitchinterval(1000)
    lock, locked = ctypes.CDLL(None).pthread_mutex_lock, threading.Event()
    mutex = ctypes.create_string_buffer(64)
    tell = lambda: locked.wait() and at("ready")
    threading.Thread(target=tell, daemon=True).start()
    lock(mutex)
    locked.set()
    lock(mutex)
"""
SWALLOWS_ASYNC = """\
async def work(state):
    at("ready")
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            continue
"""
WAITS = """\
def work(state):
    at("ready")
    at("go")
    os.close(os.open("effects", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    return {"sent": "ended"}


builder.add_node("after", lambda state: open("after", "w").close())
builder.add_edge("work", "after")
"""
WAITS_ASYNC = WAITS.replace("def work", "async def work").replace(
    'at("go")', 'await asyncio.to_thread(at, "go")'
)
LAST = WAITS.partition("\n\n\nbuilder")[0]
FAILS = LAST.replace('return {"sent": "ended"}', "raise ValueError")
READS = "def work(state):\n    at('ready')\n    sys.stdin.read()\n"
FINALIZES = """\
class Slow:
    def __del__(self):
        at("ready")
        time.sleep(1000)


def work(state):
    Slow()
    time.sleep(1000)
"""
FOLDS = "def work(state):\n    return {'sent': 'folded'}\n"
SWALLOWS_ONCE = """\
def work(state):
    try:
        at("ready")
        time.sleep(1000)
    except BaseException:
        pass
    return {"sent": "swallowed"}


builder.add_node("after", lambda state: open("after", "w").close())
builder.add_edge("work", "after")
"""
RUNS = """\
version: 1
name: runs
nodes:
  work:
    run: 'trap "" TERM INT HUP; echo $$ > pid; echo > ready; while :; do sleep 1000; done'
"""
RUNS_ON = """\
version: 1
name: runs
nodes:
  work: {run: 'echo > ready; echo > go; mkdir effects', next: after}
  after: {run: 'mkdir after'}
"""


@dataclass
class Scene:
    """One run that is stopped: what its node is at, by which signals, and how that ends.

    With `ends` its node comes to its end once it was signalled.
    """

    source: str
    signals: tuple[int, ...] = (INT,)
    code: int = 130
    status: str | None = "uncertain"
    left: bool = False
    more: tuple[str, ...] = ()
    name: str = "g.py"
    ends: bool = False
    mark: str = "✓"

    def seconds(self) -> dict[str, float]:
        """What its process takes for the constants of `graphcli.cli.signals`.

        However slow the machine is, only a scene that is left ends because its time is up.
        """
        if self.left or self.status is None:
            return {"_LAST_WORDS": LONG}
        waits = {"MOMENT": LONG} if self.ends or len(self.signals) > 1 else {}
        return {"PATIENCE": LONG, "IMPATIENCE": LONG, **waits}


def node(body: str, also: str = "") -> str:
    return f"{HEAD}\n{body}\n\n{also}{FOOT}"


SCENES = {
    "sleeps": Scene(node(SLEEPS)),
    "sleeps beside": Scene(node(SLEEPS, BESIDE)),
    "swallows": Scene(node(SWALLOWS), left=True),
    "swallows twice": Scene(node(SWALLOWS), (INT, INT), left=True),
    "swallows TERM": Scene(node(SWALLOWS), (TERM,), 143, left=True),
    "swallows HUP": Scene(node(SWALLOWS), (HUP,), 129, left=True),
    "swallows the time limit": Scene(node(LIMITED), (), 124, left=True, more=("--timeout", "999")),
    "swallows beside": Scene(node(SWALLOWS, BESIDE)),
    "swallows, async": Scene(node(SWALLOWS_ASYNC)),
    "in C": Scene(node(IN_C), left=True),
    "in C, TERM then INT": Scene(node(IN_C), (TERM, INT), 143, left=True),
    "in C beside": Scene(node(IN_C, BESIDE)),
    "reads": Scene(node(READS)),
    "reads beside": Scene(node(READS, BESIDE)),
    "in a finalizer": Scene(node(FINALIZES)),
    "in a finalizer, TERM": Scene(node(FINALIZES), (TERM,), 143),
    "in a reducer": Scene(node(FOLDS), status="stopped"),
    "swallows once": Scene(node(SWALLOWS_ONCE), status="stopped"),
    "imports": Scene(f"{HEAD}at('ready')\ntime.sleep(1000)\n", status=None),
    "imports, TERM": Scene(f"{HEAD}at('ready')\ntime.sleep(1000)\n", (TERM,), 143, status=None),
    "imports in C": Scene(f"{HEAD}{IN_C}\nwork(0)\n", (HUP,), 129, status=None),
    "ends": Scene(node(WAITS), status="stopped", ends=True),
    "ends, TERM": Scene(node(WAITS), (TERM,), 143, "stopped", ends=True),
    "ends, HUP": Scene(node(WAITS), (HUP,), 129, "stopped", ends=True),
    "ends beside": Scene(node(WAITS, BESIDE), status="stopped", ends=True),
    "ends, async": Scene(node(WAITS_ASYNC), status="stopped", ends=True),
    "ends, the last": Scene(node(LAST), (TERM,), 0, "finished", ends=True),
    "ends, failing": Scene(node(FAILS), status="failed", ends=True, mark="✗"),
    "runs to its end": Scene(RUNS_ON, (TERM,), 143, "stopped", False, (), "g.yaml", True),
    "sleeps, asked twice": Scene(node(SLEEPS), (INT, TERM)),
    "sleeps beside, asked twice": Scene(node(SLEEPS, BESIDE), (INT, TERM)),
    "runs": Scene(RUNS, name="g.yaml"),
    "runs, TERM": Scene(RUNS, (TERM,), 143, name="g.yaml"),
}


class Stage:
    """One scene that plays in a folder of its own."""

    def __init__(self, launcher: Launcher, shell: Shell, name: str, scene: Scene) -> None:
        self.scene = scene
        self.cwd = shell.cwd / name
        self.cwd.mkdir()
        os.mkfifo(self.cwd / "ready")
        os.mkfifo(self.cwd / "go")
        os.mkfifo(self.cwd / "stdin")
        (self.cwd / scene.name).write_text(scene.source)
        argv = ["run", scene.name, "--thread", "one", "-o", "json", *scene.more]
        self.environ = {**shell.full_environ, "GRAPHCLI_STORAGE": str(self.storage)}
        self._stdin = os.open(self.cwd / "stdin", os.O_RDWR)  # so that it never ends
        job = {"stdin": "stdin", "patience": scene.seconds()}
        self.pid = launcher.start(argv, self.cwd, self.environ, **job)

    @property
    def storage(self) -> Path:
        return self.cwd / "data.db"

    def stop(self) -> None:
        if self.scene.signals:
            (self.cwd / "ready").read_bytes()
        for number in self.scene.signals:
            os.kill(self.pid, number)
        if self.scene.ends:
            (self.cwd / "go").read_bytes()

    def ended(self, code: int) -> dict[str, Any]:
        """How the scene ended: exit code, document and the thread's status as others see it."""
        os.close(self._stdin)
        document, said = json.loads((self.cwd / "stdout").read_text()), self.said()
        return {
            "code": code,
            "status": self.status(),
            "told": ((document["error"] or {}).get("code"), document["status"]),
            "left": "has been left" in said,
            "goes on with": "graphcli resume" in said,
            "traceback": any(word in said for word in ("Traceback", "Exception ignored", "Fatal")),
        }

    def said(self) -> str:
        return (self.cwd / "stderr").read_text()

    def folded(self) -> bool:
        """Whether what its node has written is in the state, and what comes next is planned."""
        with open_storage(self.storage, reading=True) as storage:
            saved = storage.load("one")
        assert saved is not None
        return bool(saved.checkpoint.values) and saved.checkpoint.tasks[0].node == "after"

    def status(self) -> str | None:
        with open_storage(self.storage, reading=True) as storage:
            standing = as_left(storage, "one")
        return None if standing is None else standing.saved.thread.status.value


def expected(scene: Scene) -> dict[str, Any]:
    return {
        "code": scene.code,
        "status": scene.status,
        "told": ("stopped" if scene.code else None, scene.status),
        "left": scene.left,
        "goes on with": bool(scene.code) and scene.status is not None,
        "traceback": False,
    }


def test_a_command_that_is_asked_to_stop_ends_and_its_thread_goes_on(
    graphcli: Shell, launcher: Launcher
) -> None:
    stages = {name: Stage(launcher, graphcli, name, scene) for name, scene in SCENES.items()}
    for stage in stages.values():
        stage.stop()
    codes = launcher.wait()
    ended = {name: stage.ended(codes[stage.pid]) for name, stage in stages.items()}
    assert signals.PATIENCE + signals._LAST_WORDS < 2
    assert ended == {name: expected(scene) for name, scene in SCENES.items()}
    assert not (stages["swallows once"].cwd / "after").exists()
    in_time = [stage for stage in stages.values() if stage.scene.ends]
    assert all(f"{stage.scene.mark} work" in stage.said() for stage in in_time)
    in_time = [stage for stage in in_time if stage.scene.status == "stopped"]
    assert [stage.folded() for stage in in_time] == [True] * 6
    assert not any((stage.cwd / "after").exists() for stage in in_time)
    for stage in in_time:  # what has ended is not run again: it would fail
        launcher.start(["resume", "one"], stage.cwd, stage.environ)
    assert set(launcher.wait().values()) == {0}
    assert all((stage.cwd / "after").exists() for stage in in_time)
    waits = "Stopping: waiting for `work`"
    assert f"{waits}; Ctrl-C again stops it now\n" in stages["sleeps beside"].said()
    assert f"{waits}\n" in stages["swallows TERM"].said()
    assert "✓ work" not in stages["sleeps"].said()
    assert "Stopping" not in stages["in a reducer"].said()

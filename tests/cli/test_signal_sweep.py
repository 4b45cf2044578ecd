"""A signal at moments all over a command: the status is right, and nothing runs twice unasked."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphcli.cli.threads import as_left
from graphcli.engine.running.standing import Standing
from graphcli.engine.values.model import Status
from graphcli.storage import open_storage
from tests.conftest import Shell
from tests.launcher import Launcher

#: Moments that are tried of each command; set it to try more of them by hand.
MOMENTS = int(os.environ.get("GRAPHCLI_TEST_MOMENTS", "8"))

GRAPH = """\
import operator
from typing import Annotated, TypedDict

from graphcli import START, StateGraph, interrupt


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


def acts(name):
    def act(state):
        with open("effects", "a") as effects:
            effects.write(name + "\\n")
        return {"log": [name]}

    return act


def ask(state):
    return {"log": [interrupt({"question": "Go on?", "options": ["yes", "no"]})]}


builder = StateGraph(State)
for name in ("first", "left", "right", "last"):
    builder.add_node(name, acts(name))
builder.add_node("ask", ask)
builder.add_edge(START, "first").add_edge("first", "left").add_edge("first", "right")
builder.add_edge(["left", "right"], "ask").add_edge("ask", "last")
graph = builder.compile()
"""
RUN = ("run", "g.py", "--thread", "one", "--answer", "ask=yes", "-o", "json")
#: Before this line of ours Python itself is starting.
FIRST = 8
AT_ONCE = 8
EFFECTS = ["first", "left", "right", "last"]


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    started = Launcher()
    yield started
    started.close()


@dataclass(eq=False)
class Moment:
    """One command that is signalled at a line of ours, in a folder of its own."""

    launcher: Launcher
    shell: Shell
    folder: Path
    pid: int = 0

    def start(self, *argv: str, line: int = 0, signals: Sequence[int] = ()) -> None:
        environ = {**self.shell.full_environ, "GRAPHCLI_STORAGE": str(self.folder / "data.db")}
        job = {"line": line, "signals": signals}
        self.pid = self.launcher.start(argv, self.folder, environ, **job)

    def said(self) -> str:
        return "".join((self.folder / name).read_text() for name in ("stdout", "stderr"))

    def standing(self) -> Standing | None:
        if not (self.folder / "data.db").exists():
            return None
        with open_storage(self.folder / "data.db", reading=True) as storage:
            return as_left(storage, "one")

    def status(self) -> str:
        standing = self.standing()
        return "none" if standing is None else standing.saved.thread.status.value

    def go_on(self) -> None:
        """Begin anew if nothing had begun, else go on, unless it is finished."""
        standing = self.standing()
        if standing is None:
            self.start(*RUN)
        elif standing.status is not Status.FINISHED:
            doubted = [("--task", task.id, "--rerun") for task in standing.uncertain[:1]]
            answer = () if self.is_answered() else RUN[-4:]
            self.start("resume", "one", *(doubted[0] if doubted else ()), *answer)

    def is_answered(self) -> bool:
        """Whether the answer is on record: it counts, and another one would be refused."""
        with open_storage(self.folder / "data.db", reading=True) as storage:
            return bool(storage.journal("one"))

    def check_effects(self, *, doubtful: bool) -> None:
        """Nothing ran twice, but what was in doubt and was run again because we said so."""
        path = self.folder / "effects"
        effects = Counter(path.read_text().split() if path.exists() else [])
        assert max(effects.values(), default=0) <= 1 + doubtful, effects
        if self.status() == "finished":
            assert set(effects) == set(EFFECTS)


def moments(launcher: Launcher, shell: Shell, lines: Sequence[int]) -> list[Moment]:
    made = []
    for line in lines:
        folder = shell.cwd / str(line)
        folder.mkdir()
        (folder / "g.py").write_text(GRAPH)
        made.append(Moment(launcher, shell, folder))
    return made


def lines_of_a_run(launcher: Launcher, shell: Shell) -> int:
    (moment,) = moments(launcher, shell, [0])
    moment.start(*RUN, line=10**9)
    assert launcher.wait() == {moment.pid: 0}
    return int((moment.folder / "lines").read_text())


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGINT]])
def test_a_signal_at_any_moment(graphcli: Shell, launcher: Launcher, signals: list[int]) -> None:
    total = lines_of_a_run(launcher, graphcli)
    lines = [FIRST + (total - FIRST) * n // MOMENTS for n in range(MOMENTS)]
    tried = moments(launcher, graphcli, [*lines, total - 5, total - 1])
    seen = set()
    for begin in range(0, len(tried), AT_ONCE):
        seen |= signalled(launcher, tried[begin : begin + AT_ONCE], signals)
    assert seen > {"finished", "none"}


def signalled(launcher: Launcher, tried: Sequence[Moment], signals: Sequence[int]) -> set[str]:
    """Signal each, look at it, go on with it to its end; return what their threads were."""
    for moment in tried:
        moment.start(*RUN, line=int(moment.folder.name), signals=signals)
    codes = launcher.wait()
    seen = {moment: moment.status() for moment in tried}
    for moment, status in seen.items():
        said, code = moment.said(), codes[moment.pid]
        where = f"at line {moment.folder.name}: {code}, {status}, {said}"
        # Before anything has begun a signal kills, and a shell shows that as the same status.
        asked = {128 + signals[0]} | ({-signals[0]} if status == "none" else {0})
        assert code in asked, where
        assert code or status == "finished", where
        assert not any(word in said for word in ("Traceback", "Exception ignored")), where
        moment.check_effects(doubtful=False)
    for _ in EFFECTS:
        for moment in tried:
            moment.go_on()
        launcher.wait()
    for moment in tried:
        assert moment.status() == "finished", moment.said()
        moment.check_effects(doubtful=seen[moment] == "uncertain")
    return set(seen.values())

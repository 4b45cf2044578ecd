"""What a run says while it runs."""

import io
import os
import pty
from collections.abc import Iterable

import pytest
from inline_snapshot import snapshot

from graphcli.engine.running.events import (
    CheckpointSaved,
    CustomEvent,
    Event,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskRetried,
    TaskStarted,
)
from graphcli.engine.values.model import START, Checkpoint, Failure, Result, Status
from graphcli.render.console import Console, Look
from graphcli.render.live import Aside, Live
from graphcli.render.progress import Progress, make_progress
from tests.render.samples import widest

BOOM = Failure("ValueError", "no\nroute\x1b[2J")


def started(node: str, task: str = "t1", step: int = 1, ns: str = "", attempt: int = 1) -> Event:
    return TaskStarted(ns, step, task, node, attempt)


def done(node: str, task: str = "t1", step: int = 1, ns: str = "", kept: bool = False) -> Event:
    return TaskEnded(ns, step, Result(task, node, "done"), 1.234, kept)


RUN: list[Event] = [
    RunStarted("t", "g", new=True),
    started(START, "t0", 0),
    done(START, "t0", 0),
    done("fetch", kept=True),
    started("build"),
    TaskRetried("", 1, "t1", "build", 1, 90.0, BOOM),
    TaskEnded("", 1, Result("t1", "build", "done", attempts=2), 3725.0),
    CheckpointSaved("", Checkpoint("c", 1, 1, "loop", {})),
    CustomEvent("", 1, "build", {"token": "x"}),
    done("check", ns="review:8f3a|inner:11"),
    TaskEnded("", 2, Result("t2", "approve", "asked"), 0.1),
    TaskEnded("", 2, Result("t3", "deploy", "failed", failure=BOOM, attempts=3), 0.1),
    RunEnded("t", "g", Status.FAILED, {}),
]


def said(events: Iterable[Event], stream: io.TextIOBase | None = None, **how: bool) -> str:
    to = io.StringIO()
    progress = make_progress(
        to,
        terminal=how.get("terminal", False),
        quiet=how.get("quiet", False),
        environ={"NO_COLOR": "1"},
        clock=lambda: 0.0,
    )
    for event in events:
        progress.emit(event)
    progress.close()
    return to.getvalue()


def test_plain_lines() -> None:
    assert said(RUN) == snapshot("""\
✓ fetch  done by an earlier run
↻ build  attempt 1: ValueError: no route\\x1b[2J; again in 1 min 30 s
✓ build  1 h 2 min
✓ review/inner/check  1.2 s
? approve  asks a person
✗ deploy  failed after 3 attempts: ValueError: no route\\x1b[2J
""")


def test_a_terminal_keeps_the_same_lines() -> None:
    assert said(RUN, terminal=True) == said(RUN)


def test_quiet_says_nothing() -> None:
    assert said(RUN, quiet=True, terminal=True) == ""


def test_ascii_streams_get_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    progress = make_progress(stream, terminal=False, quiet=False, environ={})
    for event in RUN:
        progress.emit(event)
    assert raw.getvalue().decode("ascii") == snapshot("""\
+ fetch  done by an earlier run
~ build  attempt 1: ValueError: no route\\x1b[2J; again in 1 min 30 s
+ build  1 h 2 min
+ review/inner/check  1.2 s
? approve  asks a person
x deploy  failed after 3 attempts: ValueError: no route\\x1b[2J
""")


def test_a_fan_out_of_a_thousand_is_counted() -> None:
    events = [done("deploy", f"t{n}") for n in range(1000)] + [done("report", step=2)]
    assert said(events) == snapshot("""\
✓ deploy  1.2 s
✓ deploy  1.2 s
✓ deploy  1.2 s
✓ deploy  1.2 s
✓ deploy  1.2 s
✓ deploy  995 more
✓ report  1.2 s
""")


def test_a_loop_is_told_superstep_by_superstep() -> None:
    events = [done("turn", step=step) for step in range(12)]
    assert said(events).count("turn") == 12


def test_what_was_only_counted_is_told_before_a_pause() -> None:
    to = io.StringIO()
    progress = make_progress(to, terminal=False, quiet=False, environ={})
    for n in range(8):
        progress.emit(done("deploy", f"t{n}"))
    progress.pause()
    assert to.getvalue().endswith("✓ deploy  3 more\n")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_closed_pipe_is_no_error(terminal: bool) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    progress = make_progress(Broken(), terminal=terminal, quiet=False, environ={})
    for event in RUN:
        progress.emit(event)
    progress.close()
    progress.close()


class Screen:
    """A terminal of the simplest kind: what a person sees after each write."""

    def __init__(self) -> None:
        self.lines = [""]

    def feed(self, text: str) -> None:
        for part in text.replace("\x1b", "\n\x1b").split("\n\x1b"):
            if part.startswith("[1A"):
                self.lines.pop()
            elif part.startswith("[2K"):
                self.lines[-1] = ""
                self.type(part[3:])
            else:
                self.type(part)

    def type(self, text: str) -> None:
        first, *rest = text.split("\n")
        self.lines[-1] += first
        self.lines += rest


def live_view(width: int = 40, *, unicode: bool = True) -> tuple[Live, io.StringIO, list[float]]:
    to, now = io.StringIO(), [0.0]
    console = Console(to, Look(width, unicode=unicode), terminal=True)
    return Live(console, lambda: now[0]), to, now


def seen(to: io.StringIO) -> list[str]:
    screen = Screen()
    screen.feed(to.getvalue())
    return screen.lines


def test_the_live_view_shows_what_runs_and_leaves_nothing() -> None:
    live, to, now = live_view()
    live.started("t1", "build", 1)
    live.started("t2", "test", 2)
    now[0] = 62.0
    live.redraw()
    assert seen(to) == ["⠙ build 1 min 2 s", "⠙ test 1 min 2 s, attempt 2", ""]
    live.above("✓ lint  1.0 s\n")
    assert seen(to) == ["✓ lint  1.0 s", "⠙ build 1 min 2 s", "⠙ test 1 min 2 s, attempt 2", ""]
    live.ended("t1")
    live.redraw()
    assert seen(to) == ["✓ lint  1.0 s", "⠹ test 1 min 2 s, attempt 2", ""]
    live.stop()
    assert seen(to) == ["✓ lint  1.0 s", ""]


def test_the_live_view_stays_small() -> None:
    live, to, _ = live_view(20, unicode=False)
    for n in range(1_500):
        live.started(f"t{n}", "a-node-with-a-long-name", 1)
    live.redraw()
    live.stop()
    drawn = to.getvalue().split("\x1b")[0]
    assert drawn.count("\n") == 7
    assert drawn.endswith("  and 1,494 more\n")
    assert widest(drawn) < 20


def test_a_short_task_never_flickers() -> None:
    live, to, _ = live_view()
    live.started("t1", "build", 1)
    live.ended("t1")
    live.above("✓ build  0.0 s\n")
    live.stop()
    assert to.getvalue() == "✓ build  0.0 s\n"


def test_output_of_user_code_appears_above_the_live_view() -> None:
    live, to, _ = live_view()
    aside = Aside(live, to)
    live.started("t1", "build", 1)
    live.redraw()
    print("compiling", end=" ", file=aside)
    print("a\nlinking", end="", file=aside)
    assert seen(to) == ["compiling a", "⠙ build 0.0 s", ""]
    aside.finish()
    assert seen(to) == ["compiling a", "linking", "⠙ build 0.0 s", ""]
    live.stop()


def test_off_a_terminal_output_of_user_code_goes_straight_to_stderr() -> None:
    to = io.StringIO()
    for quiet in (True, False):
        progress = make_progress(to, terminal=False, quiet=quiet, environ={})
        assert progress.aside is to


def test_a_pause_shows_what_user_code_began_to_say() -> None:
    to = io.StringIO()
    progress = make_progress(to, terminal=True, quiet=False, environ={"NO_COLOR": "1"})
    progress.aside.write("half a line")
    progress.pause()
    assert to.getvalue() == "half a line\n"


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"CI": "true"}])
def test_no_animation_on_dumb_terminals_and_in_ci(environ: dict[str, str]) -> None:
    to = io.StringIO()
    progress = make_progress(to, terminal=True, quiet=False, environ=environ)
    assert progress.aside is to


def read_until(fd: int, wanted: str) -> str:
    found = ""
    while wanted not in found:
        found += os.read(fd, 65536).decode()
    return found


def test_in_a_real_terminal_the_view_redraws_itself_and_pauses() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        progress: Progress = make_progress(terminal, terminal=True, quiet=False, environ={})
        progress.emit(started("build"))
        # Drawn by the view's own thread: nothing else happens until it was.
        read_until(ours, "build")
        read_until(ours, "\x1b[1A\x1b[2K")
        progress.pause()
        assert progress.aside.fileno() == terminal.fileno()
        assert progress.aside.isatty()
        progress.emit(started("test", "t2"))
        read_until(ours, "test")
        progress.close()
    os.close(ours)

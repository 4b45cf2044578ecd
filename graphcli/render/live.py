"""The live view of a run on a terminal: a few lines, redrawn in place."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Final, TextIO

from graphcli.dataclass import dataclass
from graphcli.render.canvas import fitted, styled
from graphcli.render.console import Console
from graphcli.render.times import duration

Clock = Callable[[], float]

#: Running tasks that the view names; the others are counted.
_NAMED: Final = 6

#: Redraws a second. Ten look alive and cost less than 1 % of a core.
_RATE: Final = 10.0

_SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER: Final = "|/-\\"


@dataclass(slots=True)
class _Running:
    name: str
    attempt: int
    since: float


class Live:
    """The running tasks, redrawn in place below everything that was said.

    A thread of its own redraws it, so that a task that takes long is seen to be alive.
    """

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._running: dict[str, _Running] = {}
        self._drawn = 0
        self._frame = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._ticker: threading.Thread | None = None

    def started(self, task: str, name: str, attempt: int) -> None:
        """Add a task; it is seen with the next redraw, so what ends sooner never flickers."""
        with self._lock:
            self._running[task] = _Running(name, attempt, self._clock())
        if self._ticker is None:
            self._stopped.clear()
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def ended(self, task: str) -> None:
        """Remove a task."""
        with self._lock:
            self._running.pop(task, None)

    def above(self, text: str) -> None:
        """Write whole lines that stay, above the live view."""
        with self._lock:
            lines = self._lines() if self._drawn else []
            self._replace(lines, text)

    def redraw(self) -> None:
        """Draw the tasks that run now in place of what was drawn before."""
        with self._lock:
            self._frame += 1
            self._replace(self._lines())

    def stop(self) -> None:
        """Stop redrawing and leave nothing of the view behind."""
        ticker, self._ticker = self._ticker, None
        if ticker:
            self._stopped.set()
            ticker.join()
        with self._lock:
            self._write(self._erase())

    def forget(self) -> None:
        """Forget the tasks that were running."""
        self._running.clear()

    def _tick(self) -> None:
        while not self._stopped.wait(1 / _RATE):
            self.redraw()

    def _replace(self, lines: list[str], above: str = "") -> None:
        erase = self._erase()
        self._drawn = len(lines)
        self._write(erase + above + "".join(f"{line}\n" for line in lines))

    def _erase(self) -> str:
        # One line up and cleared, for each that was drawn; the cursor ends where it began.
        drawn, self._drawn = self._drawn, 0
        return "\x1b[1A\x1b[2K" * drawn

    def _write(self, text: str) -> None:
        if text and not self._console.write(text):
            self._stopped.set()

    def _lines(self) -> list[str]:
        look = self._console.look
        frames = _SPINNER if look.unicode else _ASCII_SPINNER
        mark = styled(frames[self._frame % len(frames)], "cyan", look)
        named = list(self._running.values())[:_NAMED]
        lines = [f"{mark} {self._running_line(task)}" for task in named]
        more = len(self._running) - len(named)
        return [*lines, f"  and {more:,} more"] if more else lines

    def _running_line(self, task: _Running) -> str:
        took = duration(self._clock() - task.since)
        again = f", attempt {task.attempt}" if task.attempt > 1 else ""
        return fitted(
            f"{task.name} {took}{again}", self._console.look.width - 3, self._console.look
        )


class Aside(io.StringIO):
    """A stream whose whole lines appear above the live view: the output of user code.

    It passes on what it is given: a program that runs on a person's terminal may colour it.
    """

    def __init__(self, live: Live, terminal: TextIO) -> None:
        super().__init__()
        self._live = live
        self._terminal = terminal
        self._begun = ""

    def write(self, text: str) -> int:
        """Take `text`; a line is shown once it has ended."""
        lines, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            self._live.above(lines + newline)
        return len(text)

    def finish(self) -> None:
        """Show a line that was begun and never ended."""
        if self._begun:
            self.write("\n")

    def fileno(self) -> int:
        """Return the terminal's own number, for child processes that inherit it."""
        return self._terminal.fileno()

    def isatty(self) -> bool:
        """Return whether a person watches."""
        return self._terminal.isatty()

"""What happens while a graph runs, on stderr: a small live view, or one plain line a task."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from graphcli.deferred import later
from graphcli.engine.graph.place import path_of
from graphcli.engine.running.events import Event, RunEnded, TaskEnded, TaskRetried, TaskStarted
from graphcli.engine.values.model import START, Result
from graphcli.render.canvas import styled
from graphcli.render.console import Console, make_console
from graphcli.render.failures import failure_line
from graphcli.render.leads import again_text
from graphcli.render.times import duration
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.render import live as live_view
    from graphcli.render.live import Clock, Live
else:
    live_view = later("graphcli.render.live")

#: Lines for equal tasks of one superstep before they are only counted: a fan-out of a thousand.
_EACH: Final = 5
_LONGEST_NAME: Final = 60
_LONGEST_MESSAGE: Final = 200


class Progress(Protocol):
    """Tells a person what a run does.

    `aside` is where the output of user code goes while a run lasts: written straight to the
    terminal, it would be mixed up with the live view.
    """

    @property
    def aside(self) -> TextIO:
        """The stream for the output of user code."""
        ...

    def emit(self, event: Event) -> None:
        """Take one event of the run."""
        ...

    def say(self, line: str) -> None:
        """Say one line, which must be safe already; any thread may."""
        ...

    def pause(self) -> None:
        """Leave the terminal to somebody else, as a prompt; the next event takes it back."""
        ...

    def close(self) -> None:
        """Stop for good; may be called twice."""
        ...


def make_progress(
    stderr: TextIO,
    *,
    terminal: bool,
    quiet: bool,
    environ: Mapping[str, str],
    clock: Clock = time.monotonic,
    graphs: Collection[str] = (),
) -> Progress:
    """Return the progress for this stream: nothing, plain lines, or a live view on a terminal.

    `graphs` are the paths of nodes that are graphs: these go on where they stopped.
    """
    if quiet:
        return _Silent(stderr)
    console = make_console(stderr, environ, terminal=terminal)
    live = terminal and environ.get("TERM") != "dumb" and not environ.get("CI")
    return _Told(console, live_view.Live(console, clock) if live else None, graphs)


class _Silent:
    def __init__(self, stderr: TextIO) -> None:
        self.aside = stderr

    def emit(self, event: Event) -> None:
        """Say nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def pause(self) -> None:
        """Hold nothing."""

    def close(self) -> None:
        """Hold nothing."""


class _Told:
    """Says one line a finished task, above the live view where there is one."""

    def __init__(self, console: Console, live: Live | None, graphs: Collection[str]) -> None:
        self._console = console
        self._live = live
        self._graphs = graphs
        self._counted: dict[str, int] = {}
        self._again: dict[str, int] = {}
        self.aside: TextIO = live_view.Aside(live, console.stream) if live else console.stream

    def emit(self, event: Event) -> None:
        """Show one event."""
        match event:
            case TaskStarted() if event.node != START:
                self._began(event)
            case TaskRetried():
                self.say(self._retried(event))
            case TaskEnded():
                self._ended(event)
            case RunEnded():
                self.close()

    def say(self, line: str) -> None:
        """Say one line, which must be safe already, above the live view."""
        if self._live:
            self._live.above(f"{line}\n")
        else:
            self._console.print([line])

    def pause(self) -> None:
        """Take the live view away; what was said stays."""
        self._flush("")
        if self._live and isinstance(self.aside, live_view.Aside):
            self.aside.finish()
        if self._live:
            self._live.stop()

    def close(self) -> None:
        """Take the live view away and forget what was running."""
        self.pause()
        if self._live:
            self._live.forget()

    def _began(self, event: TaskStarted) -> None:
        name = _name(event.ns, event.node)
        again = event.attempt > 1 and not event.settled
        if again and path_of(event.ns, event.node) not in self._graphs:
            self._say_again(name, event)
        if self._live:
            self._live.started(event.task, name, event.attempt)

    def _say_again(self, name: str, event: TaskStarted) -> None:
        """Say that a node runs again, so that nobody wonders what it does for the second time."""
        self._again[name] = self._again.get(name, 0) + 1
        if self._again[name] <= _EACH:
            self.say(f"{self._mark('↻', '~', 'yellow')} {name}  {again_text(event.attempt)}")

    def _ended(self, event: TaskEnded) -> None:
        result = event.result
        if self._live:
            self._live.ended(result.task)
        if result.outcome == "paused" or (result.node == START and result.outcome == "done"):
            return  # what pauses it has been told of already
        name = _name(event.ns, result.node)
        group = f"{name} {event.step}"
        self._flush(group)
        if result.outcome == "done":
            self._counted[group] = self._counted.get(group, 0) + 1
            if self._counted[group] > _EACH:
                return
        self.say(self._line(name, event))

    def _flush(self, group: str) -> None:
        """Say how many tasks were only counted, once another group begins."""
        for old in [key for key in self._counted if key != group]:
            more = self._counted.pop(old) - _EACH
            if more > 0:
                name = old.rpartition(" ")[0]
                self.say(f"{self._mark('✓', '+', 'green')} {name}  {more:,} more")

    def _line(self, name: str, event: TaskEnded) -> str:
        result = event.result
        if result.outcome == "asked":
            return f"{self._mark('?', '?', 'yellow')} {name}  asks a person"
        if result.outcome == "failed":
            return f"{self._mark('✗', 'x', 'red')} {name}  {_failed(result)}"
        return f"{self._mark('✓', '+', 'green')} {name}  {_took(event)}"

    def _retried(self, event: TaskRetried) -> str:
        mark = self._mark("↻", "~", "yellow")
        why = safe_line(failure_line(event.failure), _LONGEST_MESSAGE)
        again = f"again in {duration(event.delay)}"
        return f"{mark} {_name(event.ns, event.node)}  attempt {event.attempt}: {why}; {again}"

    def _mark(self, glyph: str, ascii_form: str, style: str) -> str:
        look = self._console.look
        return styled(look.glyph(glyph, ascii_form), style, look)


def _name(ns: str, node: str) -> str:
    return safe_line(path_of(ns, node), _LONGEST_NAME)


def _took(event: TaskEnded) -> str:
    if event.settled:
        return "taken as done: it did not run"
    return "done by an earlier run" if event.kept else duration(event.seconds)


def _failed(result: Result) -> str:
    why = safe_line(failure_line(result.failure), _LONGEST_MESSAGE) if result.failure else ""
    tries = f" after {result.attempts} attempts" if result.attempts > 1 else ""
    return f"failed{tries}: {why}" if why else f"failed{tries}"

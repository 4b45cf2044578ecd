"""Signals and the time limit: each ends a command by the way of Ctrl-C, with its own status."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from graphcli.errors import GraphcliError


class Stopped(KeyboardInterrupt):
    """The command was asked to end; the thread is left so that it can be resumed."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(why)
        self.why = why
        self.exit_code = exit_code

    @classmethod
    def by_signal(cls, number: int) -> Stopped:
        """Return the stop that signal `number` asks for; its status is what a shell shows."""
        return cls(f"stopped by {signal.Signals(number).name}", 128 + number)


class StopError(GraphcliError):
    """How a stop looks to the reporter."""

    code = "stopped"

    def __init__(self, stopped: Stopped) -> None:
        super().__init__(stopped.why)
        self.exit_code = stopped.exit_code  # type: ignore[misc]  # one class for all signals


def stop_of(error: KeyboardInterrupt) -> Stopped:
    """Return how a command was stopped; a bare KeyboardInterrupt is Ctrl-C."""
    return error if isinstance(error, Stopped) else Stopped("interrupted (Ctrl-C)", 130)


@contextmanager
def stoppable(seconds: float | None) -> Iterator[None]:
    """Turn SIGTERM, SIGHUP and the time limit (`seconds`) into Stopped while a run lasts."""

    def end(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGALRM:
            raise Stopped(f"stopped after {seconds:g} s (--timeout)", 124)
        raise Stopped.by_signal(number)

    numbers = [signal.SIGTERM, signal.SIGHUP, *([signal.SIGALRM] if seconds else [])]
    before = {number: signal.signal(number, end) for number in numbers}
    if seconds:
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        if seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)

"""Signals and the time limit: each asks a command to stop, and sees to it that it does.

The first one raises `Stopped` in the main thread, by the way of Ctrl-C: the run parks its thread.
What is left of a command that does not end by itself, because a node swallows the stop or is
stuck in C code, is ended by a thread that the kernel tells of each signal. That is a crash of which
the storage knows what is in doubt; so nothing is lost by it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

from graphcli.errors import GraphcliError, UsageError

#: Seconds that a command has to park its thread once it was asked to stop.
PATIENCE: Final = 1.5
#: The same after it was asked again: a commit that is being made may come to its end.
IMPATIENCE: Final = 0.2
#: Seconds for the last words of a command that is ended; whoever reads them may have stopped.
_LAST_WORDS: Final = 0.3
#: Seconds until a stop that got lost is sent again.
_AGAIN: Final = 0.05
#: Longer than any command runs, in seconds: three years.
_LONGEST: Final = 10.0**8
#: Not the number of a signal: a stop got lost.
_LOST: Final = 255


class Stopped(KeyboardInterrupt):
    """The command was asked to end; the thread is left so that it can be resumed."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(why)
        self.why = why
        self.exit_code = exit_code

    @classmethod
    def by_signal(cls, number: int) -> Stopped:
        """Return the stop that signal `number` asks for; its status is what a shell shows."""
        if number == signal.SIGINT:
            return cls("interrupted (Ctrl-C)", 130)
        return cls(f"stopped by {signal.Signals(number).name}", 128 + number)


class StopError(GraphcliError):
    """How a stop looks to the reporter."""

    code = "stopped"

    def __init__(self, stopped: Stopped) -> None:
        super().__init__(stopped.why)
        self.exit_code = stopped.exit_code  # type: ignore[misc]  # one class for all signals


def stop_of(error: KeyboardInterrupt) -> Stopped:
    """Return how a command was stopped; a bare KeyboardInterrupt is Ctrl-C."""
    return error if isinstance(error, Stopped) else Stopped.by_signal(signal.SIGINT)


class Stops:
    """What asks this process to stop. There is one, as there is one process to be signalled.

    `last_words` tells what a command that is ended leaves behind; `end_children` ends what its
    nodes have started.
    """

    def __init__(self) -> None:
        self.asked: Stopped | None = None
        self.last_words: Callable[[Stopped], None] = lambda _stopped: None
        self.end_children: Callable[[], None] = lambda: None
        self._reasons = {
            number: Stopped.by_signal(number)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        self._reader = self._writer = -1

    def listen(self) -> None:
        """Take over SIGINT, SIGTERM and SIGHUP, but those that the caller ignores, as `nohup`."""
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        sys.unraisablehook = self._unraisable
        self._take()
        self._restore = _terminal_restorer()
        threading.Thread(target=self._watch, name="graphcli-signals", daemon=True).start()

    def listen_again(self) -> None:
        """Take over again what a prompt had for itself."""
        if self._writer >= 0:
            self._take()

    def raise_if_asked(self) -> None:
        """Raise the stop that a node has swallowed.

        Raises:
            Stopped: one was asked for.
        """
        if self.asked is not None:
            raise self.asked

    @contextmanager
    def limited(self, seconds: float | None) -> Iterator[None]:
        """Stop the block after `seconds`, if that is not None.

        Raises:
            UsageError: that is no time.
        """
        if seconds is None:
            yield
            return
        if not seconds <= _LONGEST:  # so that NaN is refused, too
            raise UsageError(f"--timeout {seconds:g} is no time", "give seconds, as in 90")
        self._reasons[signal.SIGALRM] = Stopped(f"stopped after {seconds:g} s (--timeout)", 124)
        before = signal.signal(signal.SIGALRM, self._ask)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def over(self, code: int) -> None:
        """End the process at a signal from here on: the command is over, with `code`."""
        if self._writer < 0:
            return
        self.asked, self.last_words = Stopped("", code), lambda _stopped: None
        for number in self._ours():
            signal.signal(number, lambda _number, _frame: end_process(code))

    def _take(self) -> None:
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask)

    def _ours(self) -> list[int]:
        # By equality: each access to a method makes another object.
        return [number for number in self._reasons if signal.getsignal(number) == self._ask]

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self.asked is None:  # once: what comes later must not disturb the parking
            self.asked = self._reasons[signal.Signals(number)]
            raise self.asked

    def _unraisable(self, lost: sys.UnraisableHookArgs) -> None:
        """A stop that was raised in a finalizer stopped nothing: have it sent again."""
        if isinstance(lost.exc_value, Stopped):
            os.write(self._writer, bytes([_LOST]))
        else:
            sys.__unraisablehook__(lost)

    def _watch(self) -> None:
        """Wait until somebody asks to stop, then for the end, and no longer than we promise."""
        while (number := self._next()) not in self._ours():
            pass
        stopped = self._reasons[signal.Signals(number)]
        deadline, ours = time.monotonic() + PATIENCE, 0
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._reader], [], [], left)[0]:
                break
            again = self._next()
            if again == _LOST:
                ours += 1
                self._send_again(number)
            elif again == number and ours:
                ours -= 1
            elif again in self._ours():
                deadline = min(deadline, time.monotonic() + IMPATIENCE)
        self._end_now(self.asked or stopped)

    def _send_again(self, number: int) -> None:
        time.sleep(_AGAIN)  # by then the finalizer is over
        self.asked = None
        signal.pthread_kill(_main(), number)

    def _next(self) -> int:
        return os.read(self._reader, 1)[0]

    def _end_now(self, stopped: Stopped) -> NoReturn:
        late = threading.Timer(_LAST_WORDS, os._exit, (stopped.exit_code,))
        late.daemon = True
        late.start()
        with suppress(BaseException):
            self.end_children()
            self._restore()
            self.last_words(stopped)
        os._exit(stopped.exit_code)


def end_process(code: int) -> NoReturn:
    """End this process and the commands of its nodes now, whatever else is still at work."""
    STOPS.end_children()
    os._exit(code)


def _main() -> int:
    return threading.main_thread().ident or 0


def _terminal_restorer() -> Callable[[], None]:
    """Return what gives the terminal back its settings, for an end that no `finally` sees."""
    # Deferred: only a terminal needs it.
    import termios

    try:
        before = termios.tcgetattr(0)
    except termios.error:
        return lambda: None

    def restore() -> None:
        # Never from the background: that would stop us instead.
        if os.tcgetpgrp(0) == os.getpgrp():
            termios.tcsetattr(0, termios.TCSANOW, before)

    return restore


#: The one of this process.
STOPS: Final = Stops()

"""Signals and the time limit: each asks a command to stop, and sees to it that it does.

A stop is raised as `Stopped` in the main thread, by the way of Ctrl-C, and the run parks its
thread. While tasks are at work the first signal raises nothing yet: for a moment they may come to
their end, so that nothing of them is in doubt. The second one, or the end of the moment, does.

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

#: The exit status of a command that Ctrl-C has ended.
CTRL_C: Final = 130
#: Seconds that the tasks at work have to end by themselves once a command was asked to stop.
MOMENT: Final = 0.75
#: Seconds until what has not parked its thread by then is ended.
PATIENCE: Final = 1.5
#: The same after it was asked again: commands are ended, and commits come to their end.
IMPATIENCE: Final = 0.5
#: Seconds for the last words of a command that is ended; whoever reads them may have stopped.
_LAST_WORDS: Final = 0.3
#: Seconds until a signal is sent again: by then the finalizer that its stop got lost in is over.
_SOON: Final = 0.05
#: Longer than any command runs, in seconds: three years.
_LONGEST: Final = 10.0**8
#: Not the number of a signal: the one that came is to be sent again.
_AGAIN: Final = 255


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
            return cls("interrupted (Ctrl-C)", CTRL_C)
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

    `at_work` names the tasks that may come to their end first, by their ids, and `waiting` tells
    that they are waited for. `last_words` tells what a command that is ended leaves behind;
    `end_children` ends what its nodes have started.
    """

    def __init__(self) -> None:
        self.asked: Stopped | None = None
        self.at_work: dict[str, str] = {}
        self.waiting: Callable[[Stopped], None] = lambda _stopped: None
        self.last_words: Callable[[Stopped], None] = lambda _stopped: None
        self.end_children: Callable[[], None] = lambda: None
        self._reasons = {
            number: Stopped.by_signal(number)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        self._raised = False
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

    def is_asked(self) -> bool:
        """Return whether the command was asked to stop: nothing more begins."""
        return self.asked is not None

    def raise_if_asked(self) -> None:
        """Raise the stop that waited for the tasks at work, or that a node has swallowed.

        Raises:
            Stopped: one was asked for, and no task may go on.
        """
        if self.asked is not None and (self._raised or not self.at_work):
            self._raise(self.asked)

    def came_too_late(self) -> None:
        """Drop what was asked: the work has come to its end by itself."""
        if self.asked is not None:
            self.asked, self._raised = None, True  # else it would be sent again

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
        waits = self.asked is None and bool(self.at_work)
        self.asked = self.asked or self._reasons[signal.Signals(number)]
        if not waits and not self._raised:  # once: what comes later must not disturb the parking
            self._raise(self.asked)

    def _raise(self, stopped: Stopped) -> NoReturn:
        self._raised = True
        raise stopped

    def _unraisable(self, lost: sys.UnraisableHookArgs) -> None:
        """A stop that was raised in a finalizer stopped nothing: have it sent again."""
        if isinstance(lost.exc_value, Stopped):
            self._raised = False
            self._remind()
        else:
            sys.__unraisablehook__(lost)

    def _remind(self) -> None:
        os.write(self._writer, bytes([_AGAIN]))

    def _watch(self) -> None:
        """Wait until somebody asks to stop, then for the end, and no longer than we promise."""
        while (number := self._next()) not in self._ours():
            pass
        stopped = self._reasons[signal.Signals(number)]
        _later(0, self._tell, stopped)
        _later(MOMENT, self._remind)
        deadline, ours = time.monotonic() + PATIENCE, 0
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._reader], [], [], left)[0]:
                break
            again = self._next()
            if again == _AGAIN:
                ours += self._sent_again(number)
            elif again == number and ours:
                ours -= 1
            elif again in self._ours():
                deadline = min(deadline, time.monotonic() + IMPATIENCE)
                ours += self._sent_again(number)  # two of a kind may be heard as one
        self._end_now(self.asked or stopped)

    def _tell(self, stopped: Stopped) -> None:
        if self.at_work and not self._raised:
            self.waiting(stopped)

    def _sent_again(self, number: int) -> bool:
        """Send the signal that came once more, unless it has done its work."""
        time.sleep(_SOON)
        if self._raised:
            return False
        signal.pthread_kill(_main(), number)
        return True

    def _next(self) -> int:
        return os.read(self._reader, 1)[0]

    def _end_now(self, stopped: Stopped) -> NoReturn:
        _later(_LAST_WORDS, os._exit, stopped.exit_code)
        with suppress(BaseException):
            self.end_children()
            self._restore()
            self.last_words(stopped)
        os._exit(stopped.exit_code)


def end_process(code: int) -> NoReturn:
    """End this process and the commands of its nodes now, whatever else is still at work."""
    STOPS.end_children()
    os._exit(code)


def _later(seconds: float, work: Callable[..., None], *args: object) -> None:
    """Do `work` beside: whoever reads what it writes may have stopped reading."""
    timer = threading.Timer(seconds, work, args)
    timer.daemon = True
    timer.start()


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

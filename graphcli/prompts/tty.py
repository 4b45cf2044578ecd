"""The terminal: whether there is one, and its keyboard between two prompts.

What is typed there is neither shown nor kept.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

#: Seconds in which what was typed too early may still come in.
_SOON: Final = 0.05
#: Seconds without a key after which a hurry is over: a macro, a held key, a paste without brackets.
_QUIET: Final = 0.1
#: Seconds after which a prompt appears although somebody goes on typing.
_LONGEST: Final = 3.0
#: The place of the local modes in what `tcgetattr` returns.
_LOCAL: Final = 3


def interactive() -> bool:
    """Return whether a person can be asked: stdin and stderr are terminals, and this is no CI."""
    if os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no"):
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def drain(*, echo: bool) -> None:
    """Drop what is typed until nobody types for a moment; no part of a hurry is an answer.

    Only with `echo` are keys shown afterwards: the next prompt may be for a secret.
    """
    import select
    import termios

    with suppress(termios.error):  # no terminal, or it has hung up
        _show_keys(shown=False)  # and each key counts, not only whole lines
        deadline, wait = time.monotonic() + _LONGEST, _SOON
        termios.tcflush(0, termios.TCIFLUSH)
        while select.select([0], [], [], wait)[0] and time.monotonic() < deadline:
            termios.tcflush(0, termios.TCIFLUSH)
            wait = _QUIET
        if echo:
            _show_keys(shown=True)


def echo_again() -> None:
    """Let the terminal show what is typed, line by line, as an editor expects to find it."""
    import termios

    with suppress(termios.error):
        _show_keys(shown=True)


@contextmanager
def settings_kept() -> Iterator[None]:
    """Restore the terminal's settings; an editor that was killed leaves it raw."""
    import termios

    try:
        before = termios.tcgetattr(0)
    except termios.error:
        yield
        return
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def _show_keys(*, shown: bool) -> None:
    import termios

    modes = termios.tcgetattr(0)
    lines = termios.ECHO | termios.ICANON
    modes[_LOCAL] = modes[_LOCAL] | lines if shown else modes[_LOCAL] & ~lines
    termios.tcsetattr(0, termios.TCSANOW, modes)

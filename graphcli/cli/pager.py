"""More text than a screen holds, a page at a time, by the pager that git would take."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, TextIO

#: What git sets as well: leave at once what fits the screen, pass colours on, keep the screen.
_LESS: Final = "FRX"


def paged(text: str, out: TextIO, environ: Mapping[str, str]) -> bool:
    """Show `text`, which must be safe already, in a pager on the terminal `out`.

    `GRAPHCLI_PAGER` names it, else `PAGER`, else it is `less`. Returns False if there is none, or
    none is wanted (`cat`, or nothing): then nothing has been written.
    """
    command = environ.get("GRAPHCLI_PAGER", environ.get("PAGER", "less"))
    try:
        argv = shlex.split(command)
        if argv in ([], ["cat"]) or environ.get("TERM", "dumb") == "dumb":
            return False
        with _left_alone(), _started(argv, out, environ) as pager:
            _feed(pager, text)
    except (OSError, ValueError):  # no such program, or no such command line
        return False
    return True


def _started(argv: list[str], out: TextIO, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A payload may ask its reader to type `!` or `v`: a secured `less` runs nothing.
    own = {"LESS": environ.get("LESS", _LESS), "LESSSECURE": "1", "LESSOPEN": ""}
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, env={**environ, **own})


def _feed(pager: subprocess.Popen[bytes], text: str) -> None:
    """Write all that the pager takes: whoever has seen enough leaves before the end."""
    assert pager.stdin is not None  # noqa: S101 - it was asked for.
    with suppress(BrokenPipeError):
        pager.stdin.write(text.encode())
    with suppress(BrokenPipeError):
        pager.stdin.close()
    pager.wait()


@contextmanager
def _left_alone() -> Iterator[None]:
    """Leave Ctrl-C to the pager, which stays on the terminal until it is left."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

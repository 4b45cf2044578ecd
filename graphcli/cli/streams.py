"""The three streams, kept apart: stdout is for results, whatever user code prints."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TextIO, TypedDict


class Caller(NamedTuple):
    """Who calls, and from where: passed in, so that a command depends on nothing hidden."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    cwd: Path

    @classmethod
    def here(cls) -> Caller:
        """Return the caller of this process; a closed stream becomes one that swallows."""
        return cls(
            sys.stdin or io.StringIO(),
            sys.stdout or io.StringIO(),
            sys.stderr or io.StringIO(),
            os.environ,
            _cwd(),
        )


def _cwd() -> Path:
    """The folder that the caller is in, or was in: it may have been deleted since."""
    try:
        return Path.cwd()
    except OSError:
        return Path(os.environ.get("PWD", "/"))


class _Encoding(TypedDict):
    encoding: str
    errors: str


@contextmanager
def results_apart() -> Iterator[TextIO]:
    """Yield the stream for results, while file descriptor 1 leads to stderr.

    So a `print` in a node, or a command that it starts, cannot get into `x=$(graphcli run …)`.
    """
    sys.stdout.flush() if sys.stdout else None
    try:
        real = os.dup(1)
        os.dup2(2, 1)
    except OSError:  # closed: there is nobody to tell
        yield io.StringIO()
        return
    # Written as it comes, so that a reader of jsonl sees each event when it happens.
    out = open(real, "w", buffering=1, **_encoding())  # noqa: PTH123, SIM115 - it is a descriptor, and outlives the block below.
    swapped, sys.stdout = sys.stdout, sys.stderr
    try:
        yield out
        out.flush()
    finally:
        sys.stdout = swapped
        with suppress(OSError):
            os.dup2(real, 1)
        with suppress(OSError, ValueError):
            out.close()


def _encoding() -> _Encoding:
    """How stdout was opened; a file name in a result keeps its bytes, other text is never lost."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    utf8 = encoding.lower().replace("-", "") == "utf8"
    return {"encoding": encoding, "errors": "surrogateescape" if utf8 else "backslashreplace"}


def open_what_is_closed() -> None:
    """Lead descriptors 0 to 2 nowhere if they are closed.

    Else the next file that is opened, the database, gets such a number, and a `print` writes
    into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken; commands that nodes start need it as well.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def swallow_the_rest(*numbers: int) -> None:
    """Point these descriptors nowhere: nobody takes the rest, and exit must not complain."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in numbers:
            os.dup2(nowhere, number)

"""Commands on a real terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pexpect

from tests.conftest import PROGRAM, Shell

Terminal = Callable[..., "pexpect.spawn[str]"]


@contextmanager
def at_terminal(shell: Shell) -> Iterator[Terminal]:
    """Yield a function that starts a command (or `script`, for a shell) on a terminal."""
    started: list[pexpect.spawn[str]] = []

    def spawn(
        *argv: str, script: str = "", columns: int = 80, **environ: str
    ) -> pexpect.spawn[str]:
        command = ["/bin/sh", "-c", script] if script else [*PROGRAM, *argv]
        child = pexpect.spawn(
            command[0],
            command[1:],
            cwd=str(shell.cwd),
            env={**os.environ, "CI": "", "TERM": "xterm", **shell.full_environ, **environ},
            encoding="utf-8",
            timeout=30,
            dimensions=(40, columns),
        )
        started.append(child)
        return child

    try:
        yield spawn
    finally:
        for child in started:
            child.close(force=True)


def ended(child: pexpect.spawn[str]) -> tuple[str, int | None]:
    """Wait for the end; return what was written since the last match, and the exit code."""
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before).replace("\r\n", "\n"), child.exitstatus

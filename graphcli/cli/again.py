"""Another graphcli at the same terminal: a process of its own for each graph that is loaded."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from graphcli.cli.work import Work

if TYPE_CHECKING:
    import subprocess
    from types import FrameType


def resume_here(work: Work, thread: str) -> int:
    """Resume `thread` at this terminal and return the exit code, 128 + N after signal N.

    A process of its own, because two graphs may have modules of the same name, and because
    whatever a graph does to its process must not end the inbox.
    """
    # Deferred: 8 ms, and listing starts nothing.
    import subprocess

    # -P: a folder `graphcli` where the command happens to be run must not be taken for us.
    argv = [sys.executable, "-P", "-m", "graphcli", "resume", thread]
    if work.setting.source == "flag":
        argv += ["--storage", work.setting.location]
    before = signal.signal(signal.SIGINT, _left_to_it)
    try:
        code = _ended(subprocess.Popen(argv, stdout=work.reporter.out))
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of `process`, which is asked to stop when we are."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise


def _left_to_it(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C is for the process at the terminal. Not SIG_IGN, which that process would inherit."""

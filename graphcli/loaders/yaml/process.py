"""Run one command: bounded output, a time limit, and nothing of it left behind."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graphcli.dataclass import dataclass, field

if TYPE_CHECKING:
    import selectors
    import subprocess

#: Bytes kept of each stream; what comes after is counted and dropped.
MAX_KEPT: Final = 1024 * 1024
#: What a command inherits: enough to find programs and files, and nothing that is secret.
INHERITED: Final = ("PATH", "HOME", "LANG", "TMPDIR")
#: Seconds between a polite signal and SIGKILL.
_GRACE: Final = 1.0
#: The same when this process is interrupted: it has to be over soon.
_HASTE: Final = 0.3
#: Seconds between looks at a command that has closed its streams, or left them to a child.
_LOOK: Final = 0.05
#: Reads that empty two full pipes; a child that got away may go on writing forever.
_PIPE_READS: Final = 64


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended. `timed_out` tells that it was ended for taking too long."""

    stdout: str
    stderr: str
    exit_code: int
    timed_out: bool = False


@dataclass(slots=True)
class _Stream:
    kept: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def take(self, data: bytes) -> None:
        room = MAX_KEPT - len(self.kept)
        self.kept += data[:room]
        self.dropped += max(0, len(data) - room)

    def text(self) -> str:
        text = self.kept.decode(errors="replace")
        if self.dropped:
            return f"{text}\n… {self.dropped} bytes more"
        return text


def run_command(
    command: str, env: Mapping[str, str], folder: Path, timeout: float | None
) -> Finished:
    """Run `command` under `sh -eu` in `folder`, with `env` and the few inherited variables.

    It gets a process group of its own, which is ended with it: after `timeout` seconds, when
    this process is interrupted, and when the command leaves something running behind.

    Raises:
        OSError: it cannot be started.
        ValueError: a text in it is none that the system can take.
    """
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    process = _started(command, {**inherited, **env}, folder)
    with process:
        try:
            return _watch(process, timeout)
        finally:
            _end(process, _HASTE)  # where it has ended nothing is left to do


def _started(command: str, env: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a command in a thread of its own, where no interrupt can lose the process half made."""
    begun: list[subprocess.Popen[bytes] | OSError | ValueError] = []
    thread = threading.Thread(target=_start, args=(command, env, folder, begun), daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:
        thread.join()
        for process in begun:
            if not isinstance(process, OSError | ValueError):
                _end(process, _HASTE)
        raise
    if isinstance(begun[0], OSError | ValueError):
        raise begun[0]
    return begun[0]


def _start(
    command: str,
    env: Mapping[str, str],
    folder: Path,
    begun: list[subprocess.Popen[bytes] | OSError | ValueError],
) -> None:
    # Deferred: 8 ms with `selectors`, and most commands of graphcli run no command of a graph.
    import subprocess

    with _starting:
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-eu", "-c", command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=env,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            begun.append(error)
        else:
            _running[process.pid] = process
            begun.append(process)


def _watch(process: subprocess.Popen[bytes], timeout: float | None) -> Finished:
    import selectors

    deadline = None if timeout is None else time.monotonic() + timeout
    out, err = _Stream(), _Stream()
    with selectors.DefaultSelector() as selector:
        for pipe, stream in ((process.stdout, out), (process.stderr, err)):
            assert pipe is not None  # noqa: S101 - both were asked for.
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, selectors.EVENT_READ, stream)
        timed_out = _read(process, selector, deadline)
        _end(process)
        _drain(selector)
    return Finished(out.text(), err.text(), process.returncode, timed_out)


def _read(
    process: subprocess.Popen[bytes],
    selector: selectors.BaseSelector,
    deadline: float | None,
) -> bool:
    """Read until the command has ended; return whether the deadline came first."""
    while process.poll() is None:
        left = _LOOK if deadline is None else min(_LOOK, deadline - time.monotonic())
        if left <= 0:
            return True
        if selector.get_map():
            _take(selector, left)
        else:
            _wait(process, left)
    return False


def _take(selector: selectors.BaseSelector, seconds: float) -> bool:
    ready = selector.select(seconds)
    for key, _ in ready:
        data = os.read(key.fd, 65536)
        if data:
            key.data.take(data)
        else:
            selector.unregister(key.fileobj)
    return bool(ready)


def _drain(selector: selectors.BaseSelector) -> None:
    """Take what an ended command had already written, and no more than its pipes can hold."""
    for _ in range(_PIPE_READS):
        if not selector.get_map() or not _take(selector, 0):
            return


def _end(process: subprocess.Popen[bytes], grace: float = _GRACE) -> None:
    """End a command and what it left running, once: politely first, then for sure."""
    if process.pid not in _running:
        return
    try:
        if process.poll() is None:
            _signal(process.pid, signal.SIGTERM)
            _wait(process, grace)
    finally:
        _signal(process.pid, signal.SIGKILL)
        process.wait()
        # Last, so that one that Ctrl-C comes between is not forgotten; its number is free now.
        _running.pop(process.pid, None)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    import subprocess

    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


#: Commands of worker threads: an interrupted run leaves those threads where they are, and only
#: the end of this process ends the commands.
_running: Final[dict[int, subprocess.Popen[bytes]]] = {}
#: Held from before a command is there until it is in `_running`, so that none slips through.
_starting: Final = threading.Lock()


@atexit.register
def end_commands(grace: float = _GRACE) -> None:
    """End every command that runs, politely first if there are `grace` seconds; none starts after.

    For the end of this process: worker threads that a run has left are not told.
    """
    # Never given back: the worker threads live a little longer, and must start nothing more.
    _starting.acquire(timeout=grace + _LOOK)
    left = list(_running.values())
    if grace:
        _ask_to_end(left, grace)
    for process in left:
        _signal(process.pid, signal.SIGKILL)


def _ask_to_end(left: list[subprocess.Popen[bytes]], grace: float) -> None:
    for process in left:
        _signal(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    for process in left:
        _wait(process, max(0.0, deadline - time.monotonic()))

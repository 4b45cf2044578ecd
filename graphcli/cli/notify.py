"""`--notify COMMAND`: a command that is told when a thread starts to wait for a person."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from graphcli.cli.signals import STOPS, stop_of
from graphcli.cli.threads import standing
from graphcli.cli.work import Work
from graphcli.engine.values.model import Status
from graphcli.errors import GraphcliError
from graphcli.hidden import redact_data
from graphcli.render.plain import dumps
from graphcli.settings import NOTIFY, notify_setting
from graphcli.storage import Storage

#: Seconds that the command may take: it must not hold up the script that runs us.
PATIENCE: Final = 10.0
#: What the command inherits: what finds programs and files, and the person's desktop. Of all else
#: only GRAPHCLI_*, so that a CI's secrets do not reach it unless they are called so.
_INHERITED: Final = (
    *("PATH", "HOME", "LANG", "TMPDIR", "USER"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"),
)


@contextmanager
def notifying(work: Work, storage: Storage, thread: str, flag: str | None) -> Iterator[None]:
    """Tell the person's command at the end if `thread` waits then for what it did not before.

    Whatever becomes of the command, it harms neither the thread nor the exit code.
    """
    command = notify_setting(flag, work.caller.environ)
    if not command:
        yield
        return
    told: deque[dict[str, Any]] = deque(maxlen=1)  # the last document is the envelope
    work.reporter.hearers.append(told.append)
    before = _open(storage, thread)
    try:
        yield
    finally:
        with suppress(GraphcliError):  # what keeps us from looking has been told already
            if _open(storage, thread) - before and _waits(storage, thread):
                _notify(work, thread, command, told)


def _open(storage: Storage, thread: str) -> set[tuple[str, str]]:
    return {(asked.id, asked.digest) for asked in storage.questions(thread)}


def _waits(storage: Storage, thread: str) -> bool:
    info = storage.thread(thread)
    return info is not None and standing(storage, info).status is Status.WAITING


def _notify(work: Work, thread: str, command: str, told: Iterable[dict[str, Any]]) -> None:
    document = "".join(dumps(redact_data(one), terminal=False) + "\n" for one in told)
    environ = _environ(work.caller.environ, thread, work.setting.named)
    try:
        why = run_notify(command, document, environ)
    except KeyboardInterrupt as error:  # how the run ended has been told, and is told once
        raise SystemExit(stop_of(error).exit_code) from None
    if why:
        work.reporter.notes.print([f"the notification {why}; the thread waits all the same"])


def run_notify(
    command: str, document: str, environ: Mapping[str, str], patience: float = PATIENCE
) -> str:
    """Run `command` under `sh -c` with `document` on stdin; return what went wrong, or nothing.

    What it writes goes to stderr. After `patience` seconds it is ended, with what it started.
    """
    # Deferred: 8 ms, and most runs notify nobody.
    import subprocess

    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=2,
            env=environ,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return f"cannot be run: {error}"
    before, STOPS.end_children = STOPS.end_children, lambda: _end(process.pid)
    try:
        process.communicate(document.encode(), timeout=patience)
    except subprocess.TimeoutExpired:
        _end(process.pid)
        process.wait()
        return f"took longer than {patience:g} s and was ended"
    except BaseException:  # Ctrl-C: the command is in a session of its own
        _end(process.pid)
        process.wait()
        raise
    finally:
        STOPS.end_children = before
    code = process.returncode
    return f"failed with {f'exit {code}' if code >= 0 else f'signal {-code}'}" if code else ""


def _end(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _environ(environ: Mapping[str, str], thread: str, storage: str | None) -> dict[str, str]:
    given = {
        name: value
        for name, value in environ.items()
        if name in _INHERITED or (name.startswith("GRAPHCLI_") and name != NOTIFY)
    }
    place = {} if storage is None else {"GRAPHCLI_STORAGE": storage}
    return {**given, **place, "GRAPHCLI_THREAD": thread}

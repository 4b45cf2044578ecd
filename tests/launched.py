"""What `tests.launcher` starts: a process that has loaded graphcli and forks for each command.

It reads a job a line, starts it, and tells its pid; then an empty line makes it wait
for all of them and tell how each ended.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import graphcli
from graphcli import __main__ as program
from graphcli.cli import signals

#: Seconds after which a second signal follows: by then the first one is being dealt with.
SOON = 0.002
OURS = str(Path(graphcli.__file__).parent)
#: What commands load when they need it, or their libraries do.
LIBRARIES = (
    "asyncio",
    "jsonschema_rs",
    "ormsgpack",
    "platformdirs",
    "questionary",
    "rich.markdown",
    "rich.live",
    "rich.syntax",
    "rich.tree",
    "sqlite3",
    "yaml",
)


def _serve() -> None:
    for module in pkgutil.walk_packages(graphcli.__path__, "graphcli."):
        importlib.import_module(module.name)
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    started: list[int] = []
    for line in sys.stdin:
        if line.strip():
            if (pid := os.fork()) == 0:
                _become(json.loads(line))
            started.append(pid)
            _answer(pid)
        else:
            ended = {pid: os.waitpid(pid, 0)[1] for pid in started}
            started.clear()
            codes = {pid: os.waitstatus_to_exitcode(status) for pid, status in ended.items()}
            _answer(json.dumps(codes))


def _answer(said: object) -> None:
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


def _become(job: Mapping[str, Any]) -> NoReturn:
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environ"])
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        mode = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(job.get(name, name if number else os.devnull), mode, 0o600), number)
        stream = getattr(sys, name)
        setattr(sys, name, os.fdopen(number, stream.mode, errors=stream.errors, closefd=False))
    sys.argv[:] = [program.__file__, *job["argv"]]
    sys.path[0] = job["cwd"]
    exec(job.get("broken", ""), {})
    if "gate" in job:
        os.close(os.open(job["gate"], os.O_RDONLY))
    for name, seconds in job.get("patience", {}).items():
        setattr(signals, name, seconds)
    if job.get("line"):
        interrupting = _Interrupting(job["line"], job["signals"])
        atexit.register(interrupting.tell)
        sys.settrace(interrupting.trace)
    try:
        program.main()
    except SystemExit as end:
        _end(end.code)
    _end(0)


def _end(code: Any) -> NoReturn:
    """End as Python does, but leave the loaded modules as they are: to clear them costs 60 ms."""
    threading._shutdown()  # type: ignore[attr-defined] # what the interpreter calls as it ends
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # None, or closed by a node
            stream.flush()
    os._exit(code or 0)


class _Interrupting:
    """Sends this process a signal at the n-th line of ours; others follow while it is ending."""

    def __init__(self, line: int, signals: Sequence[int]) -> None:
        self.left = self.line = line
        self.signals = list(signals)

    def tell(self) -> None:
        """Leave the number of lines that were run in the file `lines`."""
        Path("lines").write_text(str(self.line - self.left))

    def trace(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                try:
                    signal.raise_signal(self.signals[0])
                finally:
                    for number in self.signals[1:]:
                        threading.Timer(SOON, os.kill, (os.getpid(), number)).start()
        return self.trace


if __name__ == "__main__":
    _serve()

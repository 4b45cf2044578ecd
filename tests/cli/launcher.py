"""Many real processes for the price of one start: each is a fork of one that has loaded graphcli.

As a program it reads a job a line, starts it, and tells its pid; then an empty line makes it wait
for all of them and tell how each ended.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import graphcli
from graphcli.__main__ import main
from graphcli.cli import main as _main
from graphcli.cli import signals as _signals
from graphcli.loaders.yaml import load as _yaml
from graphcli.storage import codec as _codec

#: Seconds after which a second signal follows: by then the first one is being dealt with.
SOON = 0.002
ROOT = Path(__file__).parent.parent.parent
OURS = str(Path(graphcli.__file__).parent)
PRELOADED = (_main, _yaml, _codec)


class Launcher:
    """Starts commands, with their output in the files `stdout` and `stderr` of their folder."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.launcher"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], **job: Any
    ) -> int:
        """Start a command and return its pid.

        `line` is where in our code it interrupts itself with `signals`, counted from 1; `patience`
        has other values for the constants of `graphcli.cli.signals`.
        """
        return int(self._tell({"argv": argv, "cwd": str(folder), "environ": dict(environ), **job}))

    def wait(self) -> dict[int, int]:
        """Return the status of each command that was started, by pid; negative for a signal."""
        return {int(pid): code for pid, code in json.loads(self._tell(None)).items()}

    def close(self) -> None:
        self._process.communicate()

    def _tell(self, job: Any) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(job) if job else ''}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


def _serve() -> None:
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
        os.dup2(os.open(name if number else job.get("stdin", os.devnull), mode, 0o600), number)
    sys.argv[:] = ["graphcli", *job["argv"]]
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    for name, seconds in job.get("patience", {}).items():
        setattr(_signals, name, seconds)
    if job.get("line"):
        interrupting = _Interrupting(job["line"], job["signals"])
        atexit.register(interrupting.tell)
        sys.settrace(interrupting.trace)
    main()
    sys.exit()


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

"""Many real processes for the price of one start: each is a fork of `tests.launched`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent


class Launcher:
    """Starts commands, with their output in the files `stdout` and `stderr` of their folder."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.launched"],
            cwd=ROOT,
            env={**os.environ, "LANG": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], **job: Any
    ) -> int:
        """Start a command and return its pid.

        `stdin`, `stdout` and `stderr` are other files than /dev/null and those of its folder.
        `broken` is Python that it runs first: how a control takes a promise away. At the pipe
        `gate` it waits until somebody opens that to write. `line` is where in our code it
        interrupts itself with `signals`, counted from 1; `patience` has other values for the
        constants of `graphcli.cli.signals`.
        """
        return int(self._tell({"argv": argv, "cwd": str(folder), "environ": dict(environ), **job}))

    def wait(self) -> dict[int, int]:
        """Return the status of each command that was started, by pid; negative for a signal."""
        return {int(pid): code for pid, code in json.loads(self._tell(None)).items()}

    def run(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], stdin: str | None
    ) -> tuple[int, str, str]:
        """Run a command to its end and return its status and what it wrote."""
        with TemporaryDirectory() as kept:
            files = {name: f"{kept}/{name}" for name in ("stdin", "stdout", "stderr")}
            Path(files["stdin"]).write_text(stdin or "")
            pid = self.start(argv, folder, environ, **files)
            code = self.wait()[pid]
            return code, Path(files["stdout"]).read_text(), Path(files["stderr"]).read_text()

    def close(self) -> None:
        self._process.communicate()

    def _tell(self, job: Any) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(job) if job else ''}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

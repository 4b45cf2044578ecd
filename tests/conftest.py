"""What tests share: a caller with a storage of its own."""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.launcher import Launcher

# A shell that runs this in the background ignores SIGINT for all it starts, and tests send it.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No timed assertions: a slow machine is no failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

#: The command itself, in this interpreter: a real process each time.
PROGRAM = [sys.executable, "-m", "graphcli"]

#: What Python and the loader read when they start: a fork of the launcher would not see it.
READ_AT_START = ("LANG", "LC_", "LD_", "PYTHON")
AS_LAUNCHED = {"LANG": "C.UTF-8", "PYTHONWARNINGS": "error"}


@functools.cache
def the_launcher() -> Launcher:
    """Return what starts the commands of this process's tests."""
    launcher = Launcher()
    atexit.register(launcher.close)
    return launcher


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass
class Shell:
    """A shell in an empty folder, with a storage of its own and no terminal."""

    cwd: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def storage(self) -> Path:
        return self.cwd / "data" / "graphcli.db"

    @property
    def full_environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.cwd),
            **AS_LAUNCHED,
            "USER": "ana",
            "GRAPHCLI_STORAGE": str(self.storage),
            "PROMPT_TOOLKIT_NO_CPR": "1",
            **self.environ,
        }

    def __call__(
        self, *argv: str, stdin: str | None = None, environ: Mapping[str, str] | None = None
    ) -> Ended:
        """Run `graphcli argv…` and return how it ended."""
        full = {**self.full_environ, **(environ or {})}
        own = dict(full.items() - AS_LAUNCHED.items())
        if any(name.startswith(READ_AT_START) for name in own):
            return self.fresh(*argv, stdin=stdin, environ=environ)
        return Ended(*the_launcher().run(argv, self.cwd, full, stdin))

    def fresh(
        self, *argv: str, stdin: str | None = None, environ: Mapping[str, str] | None = None
    ) -> Ended:
        """Run it as a child of this process that starts from nothing, ten times as slow."""
        done = subprocess.run(
            [*PROGRAM, *argv],
            cwd=self.cwd,
            env={**self.full_environ, **(environ or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, text: str) -> Path:
        """Write a file in the folder and return its path."""
        path = self.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def graphcli(tmp_path: Path) -> Shell:
    """`graphcli("run", "approve")` as a script would call it."""
    return Shell(tmp_path)

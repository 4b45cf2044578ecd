"""What the tests of the examples share: a real git repository, and a real terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.conftest import Shell

Terminal = Callable[..., "pexpect.spawn[str]"]
Repository = Callable[..., Path]


@pytest.fixture
def terminal(graphcli: Shell) -> Terminal:
    """`terminal("run", "approve")` as a person would type it; stdout goes to the file `result`."""

    def start(*argv: str, **environ: str) -> pexpect.spawn[str]:
        line = 'exec "$0" -m graphcli "$@" > result'
        return pexpect.spawn(
            "/bin/sh",
            ["-c", line, sys.executable, *argv],
            cwd=str(graphcli.cwd),
            env={**graphcli.full_environ, "TERM": "xterm-256color", **environ},
            encoding="utf-8",
            timeout=30,
            dimensions=(40, 100),
        )

    return start


def ended(child: pexpect.spawn[str]) -> int | None:
    """Wait for the command to end and return its exit status."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.fixture
def repository(graphcli: Shell) -> Repository:
    """`repository(["first"], tags={"v1": 0})` makes the shell's folder a repository."""

    def make(subjects: list[str], tags: dict[str, int] | None = None) -> Path:
        git(graphcli.cwd, "init", "--quiet", "--initial-branch=main")
        named = {f":{mark + 1}": name for name, mark in (tags or {}).items()}
        stream = "".join(
            _commit(number, subject) for number, subject in enumerate(subjects, start=1)
        )
        stream += "".join(
            f"reset refs/tags/{name}\nfrom {mark}\n\n" for mark, name in named.items()
        )
        git(graphcli.cwd, "fast-import", "--quiet", stdin=stream)
        return graphcli.cwd

    return make


def _commit(number: int, subject: str) -> str:
    length = len(subject.encode())
    return (
        f"commit refs/heads/main\nmark :{number}\n"
        f"committer Ana <ana@example.org> {1_700_000_000 + number} +0000\n"
        f"data {length}\n{subject}\n"
    )


def git(folder: Path, *argv: str, stdin: str = "") -> str:
    """Run git in `folder`, free of the settings of whoever runs the tests."""
    done = subprocess.run(
        ["git", *argv],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull},
        input=stdin.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()

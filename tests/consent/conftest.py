from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ended, Shell
from tests.consent.graphs import FILES

Forge = subprocess.Popen[str]


@dataclass
class Desk(Shell):
    """A shell whose commands are real processes that need not load graphcli anew.

    `broken` is Python that each of them runs first: how a control takes a promise away.
    """

    forge: Forge | None = None
    broken: str = ""

    def __call__(
        self, *argv: str, stdin: str | None = None, environ: Mapping[str, str] | None = None
    ) -> Ended:
        """Run `graphcli argv…` and return how it ended."""
        (ended,) = self.together(argv, stdin=stdin, environ=environ)
        return ended

    def together(
        self,
        *commands: tuple[str, ...] | list[str],
        stdin: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> list[Ended]:
        """Begin several commands at the same moment; return how each ended."""
        assert self.forge is not None
        assert self.forge.stdin is not None
        assert self.forge.stdout is not None
        shared: dict[str, Any] = {
            "cwd": str(self.cwd),
            "environ": {**self.full_environ, **(environ or {})},
            "stdin": "/dev/null" if stdin is None else str(self.write(".stdin", stdin)),
            "broken": self.broken,
        }
        requests: list[dict[str, Any]] = [
            {"argv": argv, "stdout": self._file(n, "out"), "stderr": self._file(n, "err"), **shared}
            for n, argv in enumerate(commands)
        ]
        self.forge.stdin.write(json.dumps(requests) + "\n")
        self.forge.stdin.flush()
        codes = json.loads(self.forge.stdout.readline())
        return [
            Ended(code, Path(one["stdout"]).read_text(), Path(one["stderr"]).read_text())
            for code, one in zip(codes, requests, strict=True)
        ]

    def _file(self, number: int, name: str) -> str:
        return str(self.cwd / f".{name}{number}")

    # What tests ask again and again ---------------------------------------------------------

    def parked(self, graph: str, *argv: str, thread: str = "t") -> list[Any]:
        """Run a graph until it waits; return its open questions."""
        done = self("run", graph, "--thread", thread, "-o", "json", *argv)
        assert done.code == 8, done
        questions: list[Any] = done.json["questions"]
        return questions

    def effects(self) -> list[str]:
        """What the graphs of this folder have done to the world, in order."""
        path = self.cwd / "effects"
        return path.read_text().split() if path.exists() else []

    def seen(self, thread: str = "t") -> Any:
        """What `inspect` shows of a thread."""
        return self("inspect", thread, "-o", "json").json


def answering(question: Any, value: str, *more: str) -> list[str]:
    """Return the command that graphcli itself printed, with the value and more."""
    return [*question["answer_with"]["argv"][1:], value, *more]


def error_of(ended: Ended) -> dict[str, Any]:
    """Return the error in a command's document, with empty facts if there is none."""
    return defaultdict(str, ended.json["error"] or {})


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.consent.forge"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def desk(tmp_path: Path, forge: Forge) -> Desk:
    """A folder with the graphs of `graphs.py`, and a storage of its own."""
    made = Desk(tmp_path, forge=forge)
    for name, text in FILES.items():
        made.write(name, text)
    return made

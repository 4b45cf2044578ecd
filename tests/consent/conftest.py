from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ended, Shell, the_launcher
from tests.consent.graphs import FILES


@dataclass
class Desk(Shell):
    """A shell that begins several commands at once.

    `broken` is Python that each of them runs first: how a control takes a promise away.
    """

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
        job = {"broken": self.broken, "gate": str(self.cwd / ".gate")}
        if stdin is not None:
            job["stdin"] = str(self.write(".stdin", stdin))
        told = [self._files(number) for number in range(len(commands))]
        os.mkfifo(job["gate"])
        launcher, full = the_launcher(), {**self.full_environ, **(environ or {})}
        pids = [
            launcher.start(argv, self.cwd, full, **files, **job)
            for argv, files in zip(commands, told, strict=True)
        ]
        with open(job["gate"], "wb"):  # noqa: PTH123 - a pipe
            codes = launcher.wait()
        Path(job["gate"]).unlink()
        return [
            Ended(codes[pid], *(Path(file).read_text() for file in files.values()))
            for pid, files in zip(pids, told, strict=True)
        ]

    def _files(self, number: int) -> dict[str, str]:
        return {name: str(self.cwd / f".{name}{number}") for name in ("stdout", "stderr")}

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


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A folder with the graphs of `graphs.py`, and a storage of its own."""
    made = Desk(tmp_path)
    for name, text in FILES.items():
        made.write(name, text)
    return made

"""Where a process works that is about to die, and what outlives it."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A directory with a disk that is watched; beside it what happened, and what was said."""

    root: Path

    @property
    def disk(self) -> Path:
        """What the storage and its files are on: the calls on it are counted."""
        return self.root / "disk"

    @property
    def storage(self) -> Path:
        """The storage; its directory does not exist at first."""
        return self.disk / "data" / "graphcli.db"

    @property
    def shadow(self) -> Path:
        """What a power cut would leave of the storage's files."""
        return self.root / "shadow"

    def effect(self, name: str) -> None:
        """Have an effect on the outside: a line in a file."""
        self._append("effects", name)

    def effects(self) -> Counter[str]:
        """Return how often each effect happened."""
        return Counter(self._lines("effects"))

    def tell(self, line: str) -> None:
        """Acknowledge something, as a command does that prints it."""
        self._append("told", line)

    def told(self) -> list[list[str]]:
        """Return what was acknowledged, line by line, as words."""
        return [line.split() for line in self._lines("told")]

    def copy(self, root: Path) -> Place:
        """Return a copy of the whole place at `root`."""
        shutil.copytree(self.root, root)
        return Place(root)

    def _append(self, name: str, line: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.root / name, flags, 0o600)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)

    def _lines(self, name: str) -> list[str]:
        path = self.root / name
        return path.read_text().splitlines() if path.exists() else []

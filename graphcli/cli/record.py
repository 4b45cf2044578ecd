"""`--record FILE`: what was answered, as a file that `--answers` takes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from graphcli.cli.files import read_text
from graphcli.cli.given import INPUTS, read_answers
from graphcli.dataclass import dataclass, field
from graphcli.deferred import later
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Secret
from graphcli.errors import ConflictError, UsageError
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.loaders.yaml import positions, writing
else:
    positions = later("graphcli.loaders.yaml.positions")
    writing = later("graphcli.loaders.yaml.writing")

_TIME: Final = r"(?s:(.+?)(?:#([1-9][0-9]*))?)"
_NUMBERED: Final = r"(?s:.*#[1-9][0-9]*)"


@dataclass(slots=True)
class Record:
    """The answers of one thread in a file: for its owner alone, and whole at any time.

    `said` is told once if the file can no longer be written; the thread goes on all the same.
    """

    path: Path
    said: Callable[[str], None]
    thread: ThreadInfo | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    answers: dict[tuple[str, int], Any] = field(default_factory=dict)
    secrets: bool = False
    begun: bool = False
    lost: bool = False

    def keep(self, node: str, time: int, value: Any) -> None:
        """Note the answer to the question that `node` asked for the `time`-th time."""
        self.answers[node, time] = self._plain(value, f"{node}_{time}" if time > 1 else node)

    def keep_inputs(self, values: Mapping[str, Any]) -> None:
        """Note what was asked for before the thread began."""
        self.inputs |= {name: self._plain(value, name) for name, value in values.items()}

    def save(self, thread: ThreadInfo) -> None:
        """Write the file anew, so that whoever reads it finds the whole of it."""
        self.thread = thread
        if self.lost:
            return
        try:
            self._make() if not self.begun else None
            self._replace()
        except OSError as error:
            self.lost = True
            self.said(f"not recorded: {self.path}: {error.strerror}; the thread goes on")

    def text(self) -> str:
        """Return what the file holds."""
        data: dict[str, Any] = {INPUTS: self.inputs} if self.inputs else {}
        data |= {self._key(*key): value for key, value in self.answers.items()}
        lines = [_title(self.thread)] if self.thread else []
        if self.secrets:
            lines += ["# env:NAME stands for a secret that was typed: set the variable to replay."]
        return "\n".join([*lines, writing.write(data)])

    def _key(self, node: str, time: int) -> str:
        several = (node, 2) in self.answers or re.fullmatch(_NUMBERED, node) or node == INPUTS
        return f"{node}#{time}" if time > 1 or several else node

    def _plain(self, value: Any, name: str) -> Any:
        if isinstance(value, Mapping):
            return {key: self._plain(item, f"{name}_{key}") for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item, name) for item in value]
        if not isinstance(value, Secret):
            return value
        if not value.typed:
            return value.reference
        self.secrets = True
        return f"env:{_variable(name)}"

    def _make(self) -> None:
        # Exclusive: two runs that were told the same file must not write over one another.
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(self.path, flags, 0o600))
        self.begun = True

    def _replace(self) -> None:
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(self.text())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)


def open_record(
    name: str | None, said: Callable[[str], None], thread: ThreadInfo | None = None
) -> Record | None:
    """Return the record that `--record` asks for: a new file, or that of the same `thread`.

    Raises:
        ConflictError: the file exists, and is not the record of this thread.
        UsageError: there is no such folder, nothing can be written there, or what the file holds
            cannot be read as answers.
    """
    if name is None:
        return None
    path = Path(name).absolute()
    record = Record(path, said, thread)
    if os.path.lexists(path):
        _go_on_with(record, thread)
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        why = "cannot be written" if path.parent.is_dir() else "does not exist"
        raise UsageError(f"--record {name}: folder `{path.parent}` {why}", "give another FILE")
    return record


def _go_on_with(record: Record, thread: ThreadInfo | None) -> None:
    source = f"--record {record.path}"
    known = record.path.is_file() and not record.path.is_symlink()
    text = read_text(str(record.path), source, sys.stdin, positions.MAX_BYTES) if known else ""
    if thread is None or text.partition("\n")[0] != _title(thread):
        raise ConflictError(
            f"`{record.path}` exists, and is not a record of this thread",
            "give another --record FILE, or remove it",
        )
    for key, value in read_answers(source, str(record.path), text).items():
        if key == INPUTS:
            record.inputs = value
        elif (match := re.fullmatch(_TIME, key)) is not None:
            record.answers[match[1], int(match[2] or 1)] = value
    record.begun, record.secrets = True, "\n# env:NAME" in text


def _title(thread: ThreadInfo) -> str:
    """The first line, which tells whose record it is: an id may come again, `uid` does not."""
    id_, uid, graph = map(safe_line, (thread.id, thread.uid, thread.graph))
    return f"# Answers of thread {id_} ({uid}), graph {graph}"


def _variable(name: str) -> str:
    word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper() or "SECRET"
    return f"_{word}" if word[0].isdigit() else word

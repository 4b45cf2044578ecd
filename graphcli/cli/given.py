"""What the flags give as answers, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from graphcli.cli.files import read_text
from graphcli.dataclass import dataclass
from graphcli.deferred import later
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidGraphError, UsageError
from graphcli.prompts.reading import parse_json

if TYPE_CHECKING:
    from graphcli.loaders.yaml import positions
else:
    positions = later("graphcli.loaders.yaml.positions")

#: In a file of answers, what `-i` gives: the graph's input. No node is meant.
INPUTS: Final = "-i"

_TAIL: Final = re.compile(r"(?:#(?P<time>[1-9][0-9]*))?(?:\.(?P<field>.+))?", re.DOTALL)


@dataclass(slots=True)
class Given:
    """One answer given ahead. Without a `key` it fits whatever is asked.

    `key` is `NODE[#TIME][.FIELD]` as it was written; `Sheet.find_nodes` finds out what it means.
    `text` is read as the question's kind says; `data` is a value that needs no reading. `instead`
    names the flag that takes its place.
    """

    source: str
    how: str
    key: str = ""
    text: str = ""
    data: Any = UNSET
    file: str = ""
    path: str | None = None
    time: int | None = None
    field: str | None = None
    used: bool = False
    instead: str = ""

    def left(self, *, cut_short: bool = False) -> str:
        """Return what is said of it where it was not used, perhaps for the run was `cut_short`."""
        why = "the run was left before it could be" if cut_short else "nothing asked for it"
        return f"{self.source}: {f'{self.instead} takes its place' if self.instead else why}"

    def take(self, path: str, tail: tuple[int | None, str | None]) -> None:
        """Know from now on which node is meant, and which time and field of it."""
        self.path = path
        self.time, self.field = tail

    def said_of(self, path: str) -> tuple[int | None, str | None] | None:
        """Return time and field that this says of the node at `path`; None if it means another.

        As long as the graph is not loaded, a node is meant that may be.
        """
        if not self.key:
            return None, None
        if self.key == INPUTS:
            return None
        if self.path is not None:
            return (self.time, self.field) if self.path == path else None
        name = name_in(self.key, path)
        return tail_of(self.key, name) if name else None


def tail_of(key: str, name: str) -> tuple[int | None, str | None] | None:
    """Return time and field that a key says after `name`; None if it does not mean that name."""
    match = _TAIL.fullmatch(key, len(name)) if key.startswith(name) else None
    if match is None:
        return None
    return int(match["time"]) if match["time"] else None, match["field"]


def name_in(key: str, path: str) -> str:
    """Return the longest end of `path` that a key begins with, the whole of it included."""
    parts = path.split("/")
    names = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((name for name in names if name and tail_of(key, name) is not None), "")


def read_given(
    *,
    value: str | None,
    value_file: str | None,
    answers: Sequence[str],
    answers_file: str | None,
    stdin: TextIO,
) -> Iterator[Given]:
    """Yield the answers that the flags give, in the order of their precedence.

    Raises:
        UsageError: a flag is not understood, or a file cannot be read.
    """
    yield from (_spec(text) for text in answers)
    if value is not None:
        yield Given("--value", "flag", text=value)
    if value_file is not None:
        yield _from_file(value_file, stdin)
    if answers_file is not None:
        yield from _from_answers(answers_file, stdin)


def read_answers(source: str, name: str, text: str) -> dict[str, Any]:
    """Return the answers in the `text` of the file `name`, which `source` gave, by their keys.

    Raises:
        UsageError: it is no YAML or JSON that maps keys to answers.
    """
    document = _document(source, name, text)
    if not isinstance(document, dict):
        raise UsageError(f"{source} must map nodes to answers", "for example `approve: yes`")
    if "" in document:
        raise UsageError(f"{source}: a key is empty", "write NODE, or NODE#2")
    return document


def _document(source: str, name: str, text: str) -> Any:
    if text.lstrip().startswith("{"):
        with suppress(ValueError):  # YAML says where the mistake is, and may know it as its own
            return parse_json(text)
    try:
        return positions.read(text, name).data
    except InvalidGraphError as error:
        found = "\n".join(error.problems)
        raise UsageError(
            f"{source} cannot be read:\n{found}", "correct what this points at; nothing was sent"
        ) from None


def _spec(text: str) -> Given:
    key, equals, value = text.partition("=")
    if not equals or not key.strip("."):
        raise UsageError(
            f"--answer `{text}` is not understood",
            "write NODE=VALUE, NODE.FIELD=VALUE, or NODE#2=VALUE for the second time it asks",
        )
    return Given(f"--answer {key}", "flag", key, value)


def _from_file(name: str, stdin: TextIO) -> Given:
    text = read_text(name, f"--value-file {name}", stdin).removesuffix("\n")
    # What is no file, as `<(pass show token)`, cannot be read again either.
    file = str(Path(name).resolve()) if name != "-" and Path(name).is_file() else ""
    return Given(f"--value-file {name}", "file", text=text, file=file)


def _from_answers(name: str, stdin: TextIO) -> Iterator[Given]:
    source = f"--answers {name}"
    text = read_text(name, source, stdin, positions.MAX_BYTES)
    for key, value in read_answers(source, name, text).items():
        yield Given(f"{source}: {key}", "file", key, data=value)

"""YAML text → plain data, with the place of everything in it.

It reads the parser's events one by one, so that what is refused (anchors, aliases, tags, merge
keys, duplicate keys, depth, size) is refused before anything is built from it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from graphcli.dataclass import dataclass, field
from graphcli.errors import InvalidGraphError
from graphcli.loaders.yaml.scalars import resolve
from graphcli.text import safe_text

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 64
#: Far more than people write by hand, and read in a twentieth of a second.
MAX_VALUES: Final = 4_000

Path = tuple[str | int, ...]

#: To the parser these end a line, a comment too; whoever reads the file sees one line.
_HIDDEN_BREAK: Final = re.compile("[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands: character offsets in the text; `plain` is an unquoted scalar."""

    start: int
    stop: int
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: its data, and the marks of each value and each key by path."""

    file: str
    text: str
    data: Any
    values: dict[Path, Mark]
    keys: dict[Path, Mark]

    def at(self, path: Path, *, key: bool = False) -> Mark:
        """Return the mark of the value (or key) at `path`, or of the nearest thing around it."""
        if key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(0, 1))

    def get(self, path: Path) -> Any:
        """Return the value at `path`."""
        value = self.data
        for part in path:
            value = value[part]
        return value

    def inside(self, path: Path, offset: int, stop: int) -> Mark:
        """Return the mark of characters `offset` to `stop` of the text value at `path`.

        Escapes and folded lines move characters: then it is the mark of the whole value.
        """
        mark, value = self.at(path), self.get(path)
        for start in (mark.start, mark.start + 1):
            if isinstance(value, str) and self.text.startswith(value, start):
                return Mark(start + offset, start + max(stop, offset + 1))
        return self._in_block(mark, value, offset, stop) or mark

    def _in_block(self, mark: Mark, value: Any, offset: int, stop: int) -> Mark | None:
        """The place of characters in a literal block, whose lines are only indented."""
        if not isinstance(value, str) or not self.text.startswith("|", mark.start):
            return None
        number = value.count("\n", 0, offset)
        column = offset - (value.rfind("\n", 0, offset) + 1)
        line = value.split("\n")[number]
        start = mark.start
        for _ in range(number + 1):
            start = self.text.find("\n", start) + 1
        end = self.text.find("\n", start)
        written = self.text[start : len(self.text) if end < 0 else end].rstrip("\r")
        if not written.endswith(line):
            return None
        begin = start + len(written) - len(line) + column
        return Mark(begin, begin + max(1, min(stop - offset, len(line) - column)))

    def raw(self, path: Path) -> str:
        """Return the value at `path` as it is written in the file."""
        mark = self.at(path)
        return self.text[mark.start : mark.stop]

    def line(self, message: str, mark: Mark) -> str:
        """Return `file:line:col: message` with the line and a caret under the place."""
        return located(self.file, self.text, message, mark.start, mark.stop)


#: A line of a hostile or minified file may be a megabyte long.
_WIDTH: Final = 160


def located(file: str, text: str, message: str, start: int, stop: int = 0) -> str:
    """Return `file:line:col: message`, the line of `text` that has `start`, and a caret."""
    start = min(start, len(text))
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    content = text[begin : len(text) if end < 0 else end].replace("\t", " ").rstrip("\r")
    column = start - begin
    cut = 0 if column < _WIDTH // 2 else max(0, min(column - _WIDTH // 2, len(content) - _WIDTH))
    before, after = safe_text(content[cut:column]), content[column : cut + _WIDTH]
    caret = "^" * max(1, min(stop - start, len(after)))
    line = text.count("\n", 0, start) + 1
    shown = f"    {before}{safe_text(after)}".rstrip()
    return f"{file}:{line}:{column + 1}: {message}\n{shown}\n    {' ' * len(before)}{caret}"


def read(text: str, file: str) -> Document:
    """Return the data and the marks of the one YAML document in `text`.

    Raises:
        InvalidGraphError: it is no YAML, is empty, has more than one document, or uses what is
            refused.
    """
    # Deferred: 45 ms, and only a YAML graph needs it.
    import yaml

    # Without its C part PyYAML is slower, and otherwise the same.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = _Reader(text, file)
    if hidden := _HIDDEN_BREAK.search(text):
        words = "a line break that editors do not show; write it as an escape, in double quotes"
        raise reader.refusal(words, hidden.start())
    try:
        for event in yaml.parse(text, Loader=loader):
            reader.take(type(event).__name__, event)
    except yaml.reader.ReaderError as error:
        raise reader.refusal(f"a character that YAML does not allow: {error.reason}",
                             error.position) from None  # fmt: skip
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = error.problem or error.context or "this is no YAML"
        start = mark.index if mark else 0
        tab = text.startswith("\t", start)
        words = "YAML is indented with spaces, not tabs" if tab else words
        raise reader.refusal(words, start) from None
    if not reader.values:
        raise reader.refusal("the file is empty", 0)
    return Document(file, text, reader.root, reader.values, reader.keys)


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read; `key` waits for its value."""

    data: dict[str, Any] | list[Any]
    path: Path
    start: int
    key: str | None = None


@dataclass(slots=True)
class _Reader:
    text: str
    file: str
    root: Any = None
    documents: int = 0
    count: int = 0
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)

    def refusal(self, message: str, start: int, stop: int = 0) -> InvalidGraphError:
        problem = located(self.file, self.text, message, start, stop)
        return InvalidGraphError(f"{self.file} is not a valid graph", problems=(problem,))

    def take(self, kind: str, event: Any) -> None:
        start, stop = event.start_mark.index, event.end_mark.index
        self._refuse(kind, event, start, stop)
        if kind == "ScalarEvent":
            self._scalar(event, start, stop)
        elif kind == "MappingStartEvent":
            self._open({}, start)
        elif kind == "SequenceStartEvent":
            self._open([], start)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = self.stack.pop()
            self.values[done.path] = Mark(done.start, max(done.start + 1, stop))

    def _refuse(self, kind: str, event: Any, start: int, stop: int) -> None:
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                raise self.refusal("a graph file holds one document", start, stop)
            if event.tags:
                raise self.refusal("tags are not used here", start, stop)
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            raise self.refusal(
                "anchors (`&`) and aliases (`*`) are not used here; write it out, or quote it",
                start, stop,
            )  # fmt: skip
        if getattr(event, "tag", None):
            raise self.refusal("tags (`!`) are not used here; quote the text", start, stop)

    def _open(self, data: dict[str, Any] | list[Any], start: int) -> None:
        if self.text.startswith("{{", start):
            raise self.refusal('put quotes around it: `"{{ … }}"`', start, start + 2)
        if len(self.stack) >= MAX_DEPTH:
            raise self.refusal(f"more than {MAX_DEPTH} levels deep", start)
        opened = _Open(data, self._place(start), start)
        self._put(data, start)
        self.stack.append(opened)

    def _scalar(self, event: Any, start: int, stop: int) -> None:
        plain = not event.style
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.data, dict) and top.key is None:
            self._key(top, event.value, plain, start, stop)
            return
        self.values[self._place(start)] = Mark(start, max(stop, start + 1), plain)
        self._put(resolve(event.value) if plain else event.value, start)

    def _key(self, top: _Open, text: str, plain: bool, start: int, stop: int) -> None:
        if plain and text == "<<":
            raise self.refusal("merge keys (`<<`) are not used here; write it out", start, stop)
        if plain and not isinstance(resolve(text), str):
            raise self.refusal(f'a key is text; write `"{text}"`', start, stop)
        if text in top.data:
            first = self.keys[(*top.path, text)].start
            line = self.text.count("\n", 0, first) + 1
            raise self.refusal(f"`{text}` is given twice; first on line {line}", start, stop)
        top.key = text
        self.keys[(*top.path, text)] = Mark(start, max(stop, start + 1), plain)

    def _place(self, start: int) -> Path:
        if not self.stack:
            return ()
        top = self.stack[-1]
        if isinstance(top.data, list):
            return (*top.path, len(top.data))
        if top.key is None:
            raise self.refusal("a key is text, not a mapping or a list", start)
        return (*top.path, top.key)

    def _put(self, value: Any, start: int) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            raise self.refusal(f"more than {MAX_VALUES:,} values in one file", start)
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        if isinstance(top.data, list):
            top.data.append(value)
        elif top.key is not None:
            top.data[top.key] = value
            top.key = None

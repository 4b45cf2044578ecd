"""Plain data → YAML that our own reader takes back as it was: nothing in it needs guessing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphcli.loaders.yaml.scalars import looks_boolean, resolve
from graphcli.text import safe_text

#: Words that no reader of YAML, old or new, takes for anything but text.
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./#-]*( [A-Za-z0-9_./][A-Za-z0-9_./-]*)*")
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
#: In Unicode, and refused by readers of YAML.
_NO_CHARACTERS: Final = "\ufffe\uffff"


def write(data: Mapping[str, Any]) -> str:
    """Return `data` as a YAML document, one line for each value.

    `data` is JSON: keys are texts, numbers finite. Integers of more than 18 digits come back as
    text, which is all that YAML says of them.
    """
    return "\n".join(_lines(data)) + "\n" if data else "{}\n"


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield f"{_text(key)}:"
            yield from (f"  {line}" for line in _lines(value))
        else:
            yield f"{_text(key)}: {_inline(value)}"


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(k)}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, allow_nan=False)


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and isinstance(resolve(text), str) and not looks_boolean(text)
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    """The character as it stands between quotes; what drives or deceives a terminal is not."""
    if char in _SHORT:
        return _SHORT[char]
    if safe_text(char) == char and char not in _NO_CHARACTERS:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

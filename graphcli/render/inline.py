"""Single values and keys, on one line."""

from __future__ import annotations

from typing import Any, Final

from graphcli.render.plain import dumps
from graphcli.text import safe_line

#: A longer text is not a cell of a table or the end of a line any more.
LONGEST_INLINE: Final = 200

_LONGEST_KEY: Final = 60


def inline(value: Any) -> str:
    """Return plain data as text: a text is itself, anything else JSON. Not yet safe to show."""
    return value.rstrip("\n") if isinstance(value, str) else dumps(value, terminal=False)


def key_name(key: str, *, whole: bool) -> str:
    """Return a key, safe and on one line; cut if it is absurdly long, unless `whole`."""
    return safe_line(key, 0 if whole else _LONGEST_KEY)

"""What a person gets on stdout: the graph's result."""

from __future__ import annotations

from typing import Any

from graphcli.render.plain import dumps, to_json
from graphcli.text import safe_text


def result_text(value: Any, *, terminal: bool, ascii: bool = False) -> str:  # noqa: A002 - as in dumps.
    """Return the result as text without a newline at its end, empty for None.

    A lone string is itself, exactly so where no terminal reads it; everything else is indented
    JSON in which characters that drive a terminal are escaped.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value) if terminal else value
    return dumps(to_json(value), terminal=True, ascii=ascii)

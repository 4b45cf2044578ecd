"""The words of the YAML format that more than one module needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from graphcli.engine.values.model import END

#: The keys that say what a node does.
VERBS: Final = ("run", "python", "ask", "set", "fail")
#: The names that every expression outside a field sees.
ROOTS: Final = ("inputs", "state", "nodes")
#: What `nodes.<id>` has after a command.
RUN_RESULT: Final = ("stdout", "stderr", "exit_code")
#: How the YAML says that a node is the last one.
LAST: Final = "END"
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"([0-9.]+)([a-z]+)")


def seconds(duration: str | float) -> float:
    """Return a checked duration (`90s`, `5m`, a number of seconds) in seconds."""
    if not isinstance(duration, str):
        return float(duration)
    match = _DURATION.fullmatch(duration)
    assert match is not None  # noqa: S101 - the format's schema let nothing else through.
    return float(match[1]) * _UNITS[match[2]]


def target(name: str) -> str:
    """Return the node that `name` means to the engine."""
    return END if name == LAST else name


def verb_of(node: Mapping[str, Any]) -> str:
    """Return which of the verbs `node` has."""
    return next(verb for verb in VERBS if verb in node)


def field_kind(field: Mapping[str, Any]) -> str:
    """Return the type of a field, which its choices may tell."""
    return str(field.get("type", "choice" if "choices" in field else "text"))


def one_line(text: str) -> str:
    """Return `text` with every run of white space as one space."""
    return " ".join(text.split())

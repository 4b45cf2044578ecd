"""Failures as a person reads them."""

from __future__ import annotations

from graphcli.engine.model import Failure
from graphcli.text import safe_line, safe_text


def failure_text(failure: Failure) -> str:
    """Return the safe message of a failure; of a node's own error with its type in front.

    Python's errors need it: the message of a KeyError is only the key.
    """
    if failure.code != "run_failed" or failure.type == "RunFailedError":
        return safe_text(failure.message)
    if not failure.message or failure.message == failure.type:
        return safe_line(failure.type)
    return f"{safe_line(failure.type)}: {safe_text(failure.message)}"

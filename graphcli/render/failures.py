"""Failures and errors as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphcli.errors import GraphcliError, InvalidGraphError
from graphcli.text import safe_line, safe_text

if TYPE_CHECKING:
    from graphcli.engine.values.model import Failure


def failure_text(failure: Failure) -> str:
    """Return the safe message of a failure; of a node's own error with its type in front.

    Python's errors need it: the message of a KeyError is only the key.
    """
    if failure.code != "run_failed" or failure.type == "RunFailedError":
        return safe_text(failure.message)
    if not failure.message or failure.message == failure.type:
        return safe_line(failure.type)
    return f"{safe_line(failure.type)}: {safe_text(failure.message)}"


def failure_line(failure: Failure) -> str:
    """Return the same on one line: of an error of ours the remedy stands behind the message."""
    text = failure_text(failure)
    return safe_line(text if failure.code == "run_failed" else text.replace("\n", "; ", 1))


def error_notes(error: GraphcliError, head: str = "error: ") -> list[str]:
    """Return `error: message`, a line for each problem, and the remedy below.

    `head` is another one for what is no error.

    A message of several lines keeps them, so that a caret stays below what it points at.
    """
    lines = headed(head, safe_text(error.message))
    if isinstance(error, InvalidGraphError):
        for problem in error.problems:
            lines += [f"  {line}" for line in safe_text(problem).split("\n")]
    if error.remedy:
        lines += [f"  {line}" for line in safe_text(error.remedy).split("\n")]
    return lines


def headed(head: str, text: str, inset: str = "  ") -> list[str]:
    """Return the lines of `text`, the first after `head`, the others below it, after `inset`."""
    first, *rest = text.split("\n")
    return [head + first, *((inset + line).rstrip() for line in rest)]


def failed_lines(head: str, failure: Failure) -> list[str]:
    """Return why a node failed, below `head`.

    What a node says has a gutter from its second line on: at our own indent it could say what to
    type next.
    """
    return headed(head, failure_text(failure), "  | ")

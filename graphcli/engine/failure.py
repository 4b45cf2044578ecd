"""An error as a thread keeps it."""

from __future__ import annotations

from collections.abc import Callable

from graphcli.engine.model import Failure
from graphcli.errors import GraphcliError

#: A trace longer than this (characters) is cut at its start: the end says where it happened.
_LONGEST_TRACE = 8000


def failure_of(error: BaseException, redact: Callable[[str], str] = str) -> Failure:
    """Return an error as a thread keeps it: type, message, and the trace for `inspect`.

    `redact` takes secrets out of what a node has put into its error, before it is kept.
    """
    # Deferred: 5 ms, and only a failure needs it.
    import traceback

    if isinstance(error, SystemExit):
        return Failure("SystemExit", redact(f"it called sys.exit({error.code!r})"))
    name = type(error).__name__
    trace = "".join(traceback.format_exception(error))
    code = error.code if isinstance(error, GraphcliError) else "run_failed"
    return Failure(name, redact(_message(error)) or name, redact(trace)[-_LONGEST_TRACE:], code)


def _message(error: BaseException) -> str:
    if isinstance(error, GraphcliError):
        return f"{error.message}\n{error.remedy}" if error.remedy else error.message
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - its own __str__ fails: the type has to do.
        return ""

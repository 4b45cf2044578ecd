"""An error as a thread keeps it."""

from __future__ import annotations

from graphcli.engine.model import Failure
from graphcli.errors import GraphcliError

#: A trace longer than this (characters) is cut at its start: the end says where it happened.
_LONGEST_TRACE = 8000


def failure_of(error: BaseException) -> Failure:
    """Return an error as a thread keeps it: type, message, and the trace for `inspect`."""
    # Deferred: 5 ms, and only a failure needs it.
    import traceback

    if isinstance(error, SystemExit):
        return Failure("SystemExit", f"it called sys.exit({error.code!r})")
    name = type(error).__name__
    trace = "".join(traceback.format_exception(error))[-_LONGEST_TRACE:]
    code = error.code if isinstance(error, GraphcliError) else "run_failed"
    return Failure(name, _message(error) or name, trace, code)


def _message(error: BaseException) -> str:
    if isinstance(error, GraphcliError):
        return f"{error.message}\n{error.remedy}" if error.remedy else error.message
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - its own __str__ fails: the type has to do.
        return ""

"""An error as a thread keeps it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graphcli.engine.values.model import Failure
from graphcli.errors import GraphcliError

if TYPE_CHECKING:
    from traceback import FrameSummary, TracebackException

#: A trace longer than this (characters) is cut at its start: the end says where it happened.
_LONGEST_TRACE = 8000
#: Where our own code lies.
_PACKAGE: Final = f"{Path(__file__).parents[1]}{os.sep}"


def failure_of(error: BaseException, redact: Callable[[str], str] = str) -> Failure:
    """Return an error as a thread keeps it: type, message, and the trace for `inspect`.

    `redact` takes secrets out of what a node has put into its error, before it is kept.
    """
    if isinstance(error, SystemExit):
        return Failure("SystemExit", redact(f"it called sys.exit({error.code!r})"))
    name = type(error).__name__
    trace = trace_of(error)
    code = error.code if isinstance(error, GraphcliError) else "run_failed"
    return Failure(name, redact(_message(error)) or name, redact(trace)[-_LONGEST_TRACE:], code)


def trace_of(error: BaseException) -> str:
    """Return the traceback of `error` from the user's code on: who looks at it did not write ours.

    Of an error of ours only the user's lines are told, none if there are none. Of another one
    without a line of the user's all is: it is a bug.
    """
    # Deferred: 5 ms, and only a failure needs it.
    import traceback

    whole = traceback.TracebackException.from_exception(error)
    chain, full = list(_chain(whole)), "".join(whole.format())
    ours_alone = all(_is_ours(frame.filename) for each in chain for frame in each.stack)
    if ours_alone:
        return "" if isinstance(error, GraphcliError) else full
    for each in chain:
        each.stack[:] = _told(each.stack, within=not isinstance(error, GraphcliError))
    return "".join(whole.format())


def _chain(whole: TracebackException) -> Iterator[TracebackException]:
    """An error, and those that led to it or are in it."""
    waiting = [whole]
    while waiting:
        one = waiting.pop()
        yield one
        led = (one.__cause__, one.__context__, *(one.exceptions or ()))
        waiting += [other for other in led if other is not None]


def _told(frames: Sequence[FrameSummary], *, within: bool) -> list[FrameSummary]:
    """The frames from the first that is not ours; those of ours below it only with `within`."""
    first = (n for n, frame in enumerate(frames) if not _is_ours(frame.filename))
    left = frames[next(first, len(frames)) :]
    return [frame for frame in left if within or not _is_ours(frame.filename)]


def _is_ours(file: str) -> bool:
    # Installed, the examples lie inside the package: they are graphs as the user's are.
    return file.startswith(_PACKAGE) and not file.startswith(f"{_PACKAGE}graphs{os.sep}")


def _message(error: BaseException) -> str:
    if isinstance(error, GraphcliError):
        return f"{error.message}\n{error.remedy}" if error.remedy else error.message
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - its own __str__ fails: the type has to do.
        return ""

"""An answer needs no claim: beside another run it is kept, and the run takes it up at its end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from graphcli.engine.running.events import Event, RunEnded
from graphcli.engine.running.protocol import RunnableGraph, RunOptions, Settle
from graphcli.engine.values.checkpointer import Checkpointer, Commit
from graphcli.engine.values.model import Answer, Status
from graphcli.errors import NothingToResumeError, ThreadHeldError

#: How long to look, in seconds, whether another run lets go of a thread that has our answer.
_PATIENCE: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


def go_on(
    graph: RunnableGraph,
    thread: str,
    checkpointer: Checkpointer,
    options: RunOptions,
    answers: Sequence[Answer],
    settle: Sequence[Settle],
) -> Iterator[Event]:
    """Answer and go on; beside another run only put the answers on record, if that is enough.

    Raises:
        ThreadHeldError: another run drives the thread, and it has to stand still for this.
    """
    try:
        yield from graph.go_on(thread, checkpointer, options, answers, settle)
    except ThreadHeldError:
        if settle:
            raise
    else:
        return
    open_ = {asked.id for asked in graph.look(thread, checkpointer).questions}
    if open_.issuperset(answer.question for answer in answers):
        yield from _beside(graph, thread, checkpointer, options, answers)
    else:  # the task has failed with an answer, and this one replaces it
        _when_free(graph, thread, checkpointer)
        yield from graph.go_on(thread, checkpointer, options, answers)


def _beside(
    graph: RunnableGraph,
    thread: str,
    checkpointer: Checkpointer,
    options: RunOptions,
    answers: Sequence[Answer],
) -> Iterator[Event]:
    """Put answers on record beside the run that drives the thread; go on once it has let go.

    Raises:
        ConflictError: somebody else was first.
        NothingToResumeError: the thread was cancelled meanwhile.
    """
    if answers:
        checkpointer.commit(Commit(thread, 0, answers=tuple(answers)))
    for _ in _PATIENCE:
        now = _when_free(graph, thread, checkpointer)
        if now.status is Status.CANCELLED:
            raise NothingToResumeError(thread, now.status.value)
        if now.status not in (Status.WAITING, Status.STOPPED):
            yield now
            return
        try:
            yield from graph.go_on(thread, checkpointer, options)
        except NothingToResumeError:  # a run has taken it up
            break
        except ThreadHeldError:  # by such a run, or by one who loses and lets go without running
            continue
        return
    yield graph.look(thread, checkpointer)


def _when_free(graph: RunnableGraph, thread: str, checkpointer: Checkpointer) -> RunEnded:
    """Return where the thread stands once it is free, or where it is when patience ends."""
    for seconds in _PATIENCE:
        if checkpointer.holder(thread) is None:
            break
        time.sleep(seconds)
    return graph.look(thread, checkpointer)

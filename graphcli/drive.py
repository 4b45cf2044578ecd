"""Run ⇄ ask ⇄ resume, until the thread is finished, failed, or nobody answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from graphcli.engine.checkpointer import Checkpointer, Commit
from graphcli.engine.events import Event, RunEnded, RunStarted
from graphcli.engine.model import Answer, Status
from graphcli.engine.protocol import RunnableGraph, RunOptions, Settle
from graphcli.errors import NothingToResumeError, ThreadHeldError

#: How long to look, in seconds, whether another run lets go of a thread that has our answer.
_PATIENCE: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody had to say to a thread that waits or is uncertain."""

    answers: tuple[Answer, ...] = ()
    settle: tuple[Settle, ...] = ()


class Desk(Protocol):
    """Where questions are put: flags that were given ahead, a person at the terminal, nobody."""

    def reply(self, ended: RunEnded) -> Reply | None:
        """Return what to go on with, or None when the thread stays as it is."""
        ...


def drive(
    graph: RunnableGraph,
    events: Iterator[Event],
    checkpointer: Checkpointer,
    options: RunOptions,
    emit: Callable[[Event], None],
    desk: Desk,
) -> RunEnded:
    """Follow `events`, put what is asked to `desk`, go on with its reply; return the last end.

    No claim is held while the desk thinks: whoever answers first wins, and the other is told.
    An answer needs no claim either. One that comes while another run drives the thread is kept,
    and taken up by that run at its end.

    Raises:
        ConflictError: somebody else was first.
        InvalidAnswerError: an answer given ahead breaks the question's rules.
        Parked: a person left the prompt.
    """
    ended, ran = _follow(events, emit)
    while True:
        taken_up = ran and _answered_since(ended, graph, checkpointer)
        reply = Reply() if taken_up else desk.reply(ended)
        if reply is None:
            return ended
        ended, ran = _follow(_go_on(graph, ended.thread, checkpointer, options, reply), emit)


def _follow(events: Iterator[Event], emit: Callable[[Event], None]) -> tuple[RunEnded, bool]:
    """Return the last event, and whether a run began: else it only tells where a thread stands."""
    ended, ran = None, False
    for event in events:
        emit(event)
        ran = ran or isinstance(event, RunStarted)
        if isinstance(event, RunEnded):
            ended = event
    assert ended is not None, "every run ends with RunEnded"  # noqa: S101 - the engine's promise.
    return ended, ran


def _answered_since(ended: RunEnded, graph: RunnableGraph, checkpointer: Checkpointer) -> bool:
    """Whether somebody has answered what the run asked, and nobody has gone on with it yet.

    Who answers looks for a claim afterwards, and a run looks for answers after it has let go of
    its claim: so one of the two goes on.
    """
    if ended.status is not Status.WAITING:
        return False
    now = graph.look(ended.thread, checkpointer)
    if now.status not in (Status.WAITING, Status.STOPPED):
        return False
    return bool({asked.id for asked in ended.questions} - {asked.id for asked in now.questions})


def _go_on(
    graph: RunnableGraph,
    thread: str,
    checkpointer: Checkpointer,
    options: RunOptions,
    reply: Reply,
) -> Iterator[Event]:
    """Go on with a reply; keep its answers beside another run, if what they answer is open.

    Raises:
        ThreadHeldError: another run drives the thread, and the reply needs it to stand still.
    """
    try:
        yield from graph.go_on(thread, checkpointer, options, reply.answers, reply.settle)
    except ThreadHeldError:
        if reply.settle:
            raise
    else:
        return
    open_ = {asked.id for asked in graph.look(thread, checkpointer).questions}
    if open_.issuperset(answer.question for answer in reply.answers):
        yield from _beside(graph, thread, checkpointer, options, reply.answers)
    else:  # the task has failed with an answer, and this one replaces it
        _when_free(graph, thread, checkpointer)
        yield from graph.go_on(thread, checkpointer, options, reply.answers)


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
    now = _when_free(graph, thread, checkpointer)
    if now.status is Status.CANCELLED:
        raise NothingToResumeError(thread, now.status.value)
    if now.status not in (Status.WAITING, Status.STOPPED):
        yield now
        return
    try:
        yield from graph.go_on(thread, checkpointer, options)
    except (ThreadHeldError, NothingToResumeError):  # its run, or another one, took it up
        yield graph.look(thread, checkpointer)


def _when_free(graph: RunnableGraph, thread: str, checkpointer: Checkpointer) -> RunEnded:
    """Return where the thread stands once it is free, or where it is when patience ends."""
    for seconds in _PATIENCE:
        if checkpointer.holder(thread) is None:
            break
        time.sleep(seconds)
    return graph.look(thread, checkpointer)

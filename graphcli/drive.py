"""Run ⇄ ask ⇄ resume, until the thread is finished, failed, or nobody answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Protocol

from graphcli.dataclass import dataclass
from graphcli.engine.face.beside import go_on
from graphcli.engine.running.events import Event, RunEnded, RunStarted
from graphcli.engine.running.protocol import RunnableGraph, RunOptions, Settle
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.engine.values.model import Answer, Status


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
        said = go_on(graph, ended.thread, checkpointer, options, reply.answers, reply.settle)
        ended, ran = _follow(said, emit)


def _follow(events: Iterator[Event], emit: Callable[[Event], None]) -> tuple[RunEnded, bool]:
    """Return the last event, and whether a run began: else it only tells where a thread stands."""
    ended, ran = None, False
    try:
        for event in events:
            emit(event)
            ran = ran or isinstance(event, RunStarted)
            if isinstance(event, RunEnded):
                ended = event
    except BaseException as error:
        _leave(events, error)
        raise
    assert ended is not None, "every run ends with RunEnded"  # noqa: S101 - the engine's promise.
    return ended, ran


def _leave(events: Iterator[Event], error: BaseException) -> None:
    """Let a run know why nobody listens any more: for Ctrl-C it parks its thread at once."""
    if isinstance(events, Generator):
        events.throw(error)


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

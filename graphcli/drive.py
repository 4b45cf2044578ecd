"""Run ⇄ ask ⇄ resume, until the thread is finished, failed, or nobody answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from graphcli.engine.checkpointer import Checkpointer
from graphcli.engine.events import Event, RunEnded
from graphcli.engine.model import Answer
from graphcli.engine.protocol import RunnableGraph, RunOptions, Settle


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

    Raises:
        ConflictError: somebody else was first.
        InvalidAnswerError: an answer given ahead breaks the question's rules.
        Parked: a person left the prompt.
    """
    ended = _follow(events, emit)
    while (reply := desk.reply(ended)) is not None:
        ended = _follow(
            graph.go_on(ended.thread, checkpointer, options, reply.answers, reply.settle), emit
        )
    return ended


def _follow(events: Iterator[Event], emit: Callable[[Event], None]) -> RunEnded:
    ended: RunEnded | None = None
    try:
        for event in events:
            emit(event)
            if isinstance(event, RunEnded):
                ended = event
    except BaseException as error:
        _leave(events, error)
        raise
    assert ended is not None, "every run ends with RunEnded"  # noqa: S101 - the engine's promise.
    return ended


def _leave(events: Iterator[Event], error: BaseException) -> None:
    """Let a run know why nobody listens any more: for Ctrl-C it parks its thread at once."""
    if isinstance(events, Generator):
        events.throw(error)

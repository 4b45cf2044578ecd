"""How the command line runs a compiled graph: what `drive()` needs of it, on any checkpointer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.face.foundation import Foundation
from graphcli.engine.face.invoking import required
from graphcli.engine.resuming.resume import as_it_stands, go_on, new_thread, start
from graphcli.engine.running.events import Event, RunEnded
from graphcli.engine.running.position import Tools
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import Standing, standing_of
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import Answer, Status
from graphcli.errors import ThreadExistsError, ThreadHeldError


class Driving(Foundation):
    """Begin a thread, go on with it, give it new input."""

    def start(
        self, thread: str, value: Any, checkpointer: Checkpointer, options: RunOptions
    ) -> Iterator[Event]:
        """Begin a new thread with `value` as input; the last event is RunEnded.

        Raises:
            ThreadExistsError: there is a thread of that id.
            ThreadHeldError: another run holds it.
        """
        with checkpointer.claim(thread):
            if (saved := checkpointer.load(thread)) is not None:
                raise ThreadExistsError(thread, standing_of(saved, checkpointer).status.value)
            info = new_thread(thread, self.name, options.reference, utc_now(), self.fingerprint)
            tools = self._on_thread(thread, checkpointer, options)
            yield from start(self.graph, info, value, tools)

    def go_on(
        self,
        thread: str,
        checkpointer: Checkpointer,
        options: RunOptions,
        answers: Sequence[Answer] = (),
        settle: Sequence[Settle] = (),
    ) -> Iterator[Event]:
        """Answer and go on; the last event is RunEnded. Nothing runs if an answer is refused.

        Raises:
            NotFoundError: there is no such thread, or no such question.
            ConflictError: there is nothing to resume, or an answer came too late.
        """
        with self._standing(checkpointer, thread) as standing:
            tools = self._on_thread(thread, checkpointer, options)
            yield from go_on(self.graph, standing, tools, answers, settle)

    def look(self, thread: str, checkpointer: Checkpointer) -> RunEnded:
        """Return where a thread stands, without running anything; `holder` is who runs it.

        Raises:
            NotFoundError: there is no such thread.
        """
        try:
            with self._standing(checkpointer, thread) as standing:
                return as_it_stands(self.graph, standing, standing.status)
        except ThreadHeldError as held:
            standing = standing_of(required(checkpointer.load(thread), thread), checkpointer)
            seen = as_it_stands(self.graph, standing, Status.RUNNING)
            # What its tasks hold is no doubt about them: they run.
            return replace(seen, uncertain=(), failure=None, holder=held.holder)

    def extend(
        self, thread: str, value: Any, checkpointer: Checkpointer, options: RunOptions
    ) -> Iterator[Event]:
        """Give a finished thread new input; the last event is RunEnded.

        Raises:
            ThreadExistsError: the thread is not finished.
        """
        with self._standing(checkpointer, thread) as standing:
            if standing.status is not Status.FINISHED:
                raise ThreadExistsError(thread, standing.status.value)
            tools = self._on_thread(thread, checkpointer, options)
            yield from start(self.graph, standing.saved.thread, value, tools, standing.saved)

    def _on_thread(self, thread: str, checkpointer: Checkpointer, options: RunOptions) -> Tools:
        config = {"configurable": {"thread_id": thread}}
        return self._tools(checkpointer, options, config, fingerprint=self.fingerprint)

    @contextmanager
    def _standing(self, checkpointer: Checkpointer, thread: str) -> Iterator[Standing]:
        with checkpointer.claim(thread):
            yield standing_of(required(checkpointer.load(thread), thread), checkpointer)

"""One thread driven by one command: the way that `run` and `resume` share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Final

from graphcli.cli.ahead import Ahead
from graphcli.cli.desk import AnswerDesk
from graphcli.cli.late import too_late, who_was_first
from graphcli.cli.outcome import (
    commands_for,
    show_the_way,
    tell_drift,
    tell_end,
    tell_event,
    tell_failure,
)
from graphcli.cli.record import Record
from graphcli.cli.sheet import Sheet
from graphcli.cli.signals import CTRL_C, STOPS, StopError, Stopped, stop_of
from graphcli.cli.threads import as_left, standing
from graphcli.cli.who import who
from graphcli.cli.work import Work
from graphcli.dataclass import dataclass, field
from graphcli.deferred import later
from graphcli.drive import drive
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.events import (
    CheckpointSaved,
    Event,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskStarted,
)
from graphcli.engine.running.protocol import LoadedGraph, RunOptions
from graphcli.engine.values.changes import Change
from graphcli.engine.values.model import Status
from graphcli.errors import (
    ConflictError,
    GraphcliError,
    InvalidAnswerError,
    NotFoundError,
    NothingToResumeError,
    Parked,
    ThreadHeldError,
    UsageError,
)
from graphcli.loaders.yaml.process import end_commands
from graphcli.render.notes import stopping_line
from graphcli.render.progress import Progress, make_progress
from graphcli.storage import Storage

if TYPE_CHECKING:
    from graphcli.cli import drafts, settling
    from graphcli.render import context
else:
    settling = later("graphcli.cli.settling")
    context = later("graphcli.render.context")
    drafts = later("graphcli.cli.drafts")

#: These say themselves that what was given serves nothing.
_ABOUT_ANSWERS: Final = (UsageError, NotFoundError, ConflictError)


@dataclass(frozen=True, slots=True)
class Ride:
    """One thread being driven by one command."""

    work: Work
    loaded: LoadedGraph
    storage: Storage
    thread: str
    options: RunOptions
    desk: AnswerDesk
    progress: Progress
    named: str | None = None
    held: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    process: int = field(default_factory=os.getpid)

    def go(self, events: Iterator[Event]) -> int:
        """Drive the thread to where nobody answers any more; report and return the exit code."""
        try:
            ended = self._ended(events)
        except GraphcliError as error:
            if not isinstance(error, _ABOUT_ANSWERS):
                self._name_unused(error.message, cut_short=True)
            raise
        self._name_unused()
        ahead = Ahead(self.loaded, partial(self.storage.load, self.thread))
        return tell_end(self.work.reporter, ended, self.loaded.output, self.changes, ahead)

    def _ended(self, events: Iterator[Event]) -> RunEnded:
        """The end of the last run.

        Raises:
            GraphcliError: it was stopped, left, or an answer serves no question or does not fit.
        """
        STOPS.last_words, STOPS.end_children = self._last_words, lambda: end_commands(0)
        STOPS.waiting = self._waiting
        try:
            with redirect_stdout(self.progress.aside):
                ended = self._driven(events)
        except KeyboardInterrupt as error:
            raise self._left(StopError(stop_of(error))) from None
        except (Parked, InvalidAnswerError) as error:
            raise self._left(error) from None
        except (ConflictError, NotFoundError) as error:
            raise self._refused(error) from None
        finally:
            STOPS.last_words = lambda _stopped: None  # they are being told
            STOPS.at_work.clear()
            self.progress.close()
        if ended.status is Status.WAITING and (late := self._all_late()) is not None:
            raise late
        if ended.status in (Status.FINISHED, Status.REJECTED):
            self.desk.sheet.require_used()
        return ended

    def _name_unused(self, told: str = "", *, cut_short: bool = False) -> None:
        """Name what was given and answered nothing, unless the error `told` names it.

        `cut_short` says that the run did not come to its end.
        """
        for given in (one for one in self.desk.sheet.unused() if one.source not in told):
            self.work.reporter.say(f"not used: {given.left(cut_short=cut_short)}")

    def _driven(self, events: Iterator[Event]) -> RunEnded:
        graph, options = self.loaded.graph, self.options
        try:
            return drive(graph, events, self.storage, options, self._emit, self.desk)
        finally:
            self._end_in_a_child()

    def _end_in_a_child(self) -> None:
        """End what a node has forked and what came back from it: the run is its parent's."""
        if os.getpid() != self.process:
            os._exit(0)

    def _emit(self, event: Event) -> None:
        """Tell an event; that a run began only once it does something, and not when it asks."""
        self._end_in_a_child()
        if isinstance(event, RunStarted | RunEnded):
            self._put_on_record()  # before a stop is heard: what the thread has is on record
        _heed_a_stop(event)
        if isinstance(event, TaskEnded):
            STOPS.at_work.pop(event.result.task, None)
        elif isinstance(event, TaskStarted) and not event.ns:
            STOPS.at_work[event.task] = event.node
        if isinstance(event, RunStarted):
            self.desk.settles = ()  # they count: they are on record
            self.held[:] = [event]
            self._tell_drift(event.drift)
        elif isinstance(event, RunEnded):
            self._tell(event)
        else:
            self._tell_all(event)

    def _tell_all(self, event: Event) -> None:
        """Tell an event of a run that does something, and first that it began."""
        while self.held:
            self._tell(self.held.pop())
        self._tell(event)

    def _tell_drift(self, changes: Sequence[Change]) -> None:
        """Say once, and before anything is asked or run, how the graph has changed."""
        if not self.changes:
            self.changes[:] = changes
            tell_drift(self.work.reporter, changes, self.thread)

    def _put_on_record(self) -> None:
        info = self.storage.thread(self.thread) if self.desk.to_record else None
        if info is not None:
            self.desk.accepted(info)

    def _tell(self, event: Event) -> None:
        self.progress.emit(event)
        tell_event(self.work.reporter, event)

    def _refused(self, error: GraphcliError) -> GraphcliError:
        """Why what was given does not count: who was first, if somebody was."""
        if self.desk.settles:
            commands = commands_for(self.work.reporter, self.thread)
            return settling.refused(error, self.desk.settles, self.storage, commands)
        if isinstance(error, NothingToResumeError | ThreadHeldError | NotFoundError):
            return self.overtaken() or error
        return error

    def overtaken(self) -> ConflictError | None:
        """Who answered first what was to be answered here, if somebody did."""
        info = self.storage.thread(self.thread)
        if info is None:
            return None
        return too_late(self.storage, info, self.desk.sheet, self.named, self.desk.sent)

    def _all_late(self) -> ConflictError | None:
        """Who answered the nodes that were named, if nothing that was given could be used."""
        info = self.storage.thread(self.thread)
        if self.desk.sent or info is None or self.work.reporter.command != "resume":
            return None
        return who_was_first(self.storage, info, self.desk.sheet) if self.desk.has_flags else None

    def _left(self, error: GraphcliError) -> GraphcliError:
        """Return `error` with what it leaves behind: a thread that goes on, or nothing at all."""
        if isinstance(error, Parked):
            error.remedy = ""
        info = self.storage.thread(self.thread)
        if info is not None:
            status = standing(self.storage, info).status
            show_the_way(self.work.reporter, error, self.thread, status)
        return error

    def _waiting(self, stopped: Stopped) -> None:
        """Tell, from a thread of its own, which tasks may come to their end before the stop."""
        names = list(STOPS.at_work.values())
        self.progress.say(stopping_line(names, again=stopped.exit_code == CTRL_C))

    def _last_words(self, stopped: Stopped) -> None:
        """Tell, from a thread of its own, of a run that did not end when it was stopped."""
        self.progress.close()
        self._name_unused(cut_short=True)
        report, error = self.work.reporter, StopError(stopped)
        error.message += "; what was still at work has been left"
        with self.work.look() as storage:
            stands = as_left(storage, self.thread)
        if stands is not None:
            show_the_way(report, error, self.thread, stands.saved.thread.status)
        tell_failure(report, error, stands)


def _heed_a_stop(event: Event) -> None:
    """Raise a stop that was asked for, unless the graph has come to its end all the same.

    Between the end of a task and the end of its superstep none is heard: the engine begins nothing
    more by itself, and what has ended gets into the state.

    Raises:
        Stopped: one was asked for, and no task may go on.
    """
    if isinstance(event, RunEnded) and event.status.over:
        STOPS.came_too_late()
    elif not isinstance(event, TaskEnded | CheckpointSaved):
        STOPS.raise_if_asked()


def ride(
    work: Work,
    loaded: LoadedGraph,
    storage: Storage,
    thread: str,
    options: RunOptions,
    sheet: Sheet,
    question: str | None = None,
    digest: str | None = None,
    record: Record | None = None,
) -> Ride:
    """Return a ride whose desk asks the person there is, if there is one."""
    progress = make_progress(
        work.caller.stderr,
        terminal=work.caller.stderr.isatty(),
        quiet=work.reporter.quiet,
        environ=work.caller.environ,
        graphs={path.rpartition("/")[0] for path in loaded.graph.node_paths},
    )

    def show(asked: Question, position: str) -> None:
        progress.pause()
        context.draw_question(
            asked,
            work.console,
            thread=thread,
            graph=loaded.name,
            position=position,
            see_all=commands_for(work.reporter, thread).inspect("--full"),
        )

    desk = AnswerDesk(
        sheet,
        who(work.caller.environ),
        show if work.person and not sheet.strict else None,
        question,
        digest,
        work.reporter.say,
        work.console.print,
        ahead=work.reporter.command == "run",
        record=record,
        asks=lambda asked, above: drafts.Drafts(storage, thread).put(asked, above),
        recognised=Ahead(loaded, partial(storage.load, thread)).recognised,
    )
    return Ride(work, loaded, storage, thread, options, desk, progress, question)

"""One thread driven by one command: the way that `run` and `resume` share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field

from graphcli.cli.desk import AnswerDesk, who
from graphcli.cli.record import Record
from graphcli.cli.sheet import Sheet
from graphcli.cli.signals import StopError, stop_of, stoppable
from graphcli.cli.threads import standing
from graphcli.cli.work import Work
from graphcli.drive import drive
from graphcli.engine.events import Event, RunEnded, RunStarted
from graphcli.engine.model import Status
from graphcli.engine.protocol import LoadedGraph, RunOptions
from graphcli.engine.question import Question
from graphcli.errors import (
    AlreadyAnsweredError,
    GraphcliError,
    InvalidAnswerError,
    NothingToResumeError,
    Parked,
)
from graphcli.render.context import draw_question
from graphcli.render.progress import Progress, make_progress
from graphcli.storage import Storage


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
    held: list[Event] = field(default_factory=list)

    def go(self, events: Iterator[Event], seconds: float | None) -> int:
        """Drive the thread to where nobody answers any more; report and return the exit code."""
        report = self.work.reporter
        try:
            with stoppable(seconds), redirect_stdout(self.progress.aside):
                ended = drive(
                    self.loaded.graph, events, self.storage, self.options, self._emit, self.desk
                )
        except KeyboardInterrupt as error:
            raise self._left(StopError(stop_of(error))) from None
        except (Parked, InvalidAnswerError) as error:
            raise self._left(error) from None
        except NothingToResumeError as error:
            raise self._overtaken() or error from None
        finally:
            self.progress.close()
        if ended.status in (Status.FINISHED, Status.REJECTED):
            self.desk.sheet.require_used()
        for source in self.desk.sheet.unused():
            report.say(f"not used: {source}: nothing asked for it")
        return report.ended(ended, self.loaded.output)

    def _emit(self, event: Event) -> None:
        """Tell an event; that a run began only once it does something, and not when it asks."""
        if isinstance(event, RunStarted):
            self._begun()
            self.held[:] = [event]
            return
        if not isinstance(event, RunEnded):
            while self.held:
                self._tell(self.held.pop())
        self._tell(event)

    def _begun(self) -> None:
        info = self.storage.thread(self.thread) if self.desk.record else None
        if info is not None:
            self.desk.accepted(info)

    def _tell(self, event: Event) -> None:
        self.progress.emit(event)
        self.work.reporter.event(event)

    def _overtaken(self) -> AlreadyAnsweredError | None:
        """Who answered what was sent here, if the thread has come to its end meanwhile."""
        mine = {answer.question: answer for answer in self.desk.sent}
        for entry in self.storage.journal(self.thread):
            given = entry.answer
            if entry.status == "accepted" and mine.get(given.question, given).at != given.at:
                return AlreadyAnsweredError(given.question, given.by, given.how, given.at)
        return None

    def _left(self, error: GraphcliError) -> GraphcliError:
        """Return `error` with what it leaves behind: a thread that goes on, or nothing at all."""
        if isinstance(error, Parked):
            error.remedy = ""
        info = self.storage.thread(self.thread)
        if info is not None:
            commands = self.work.reporter.commands(self.thread)
            status = standing(self.storage, info).status
            left = f"thread `{self.thread}` is {status}; go on with\n  {commands.resume()}"
            error.remedy = f"{error.remedy}\n{left}".strip()
        return error


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
    )

    def show(asked: Question, position: str) -> None:
        progress.pause()
        draw_question(
            asked,
            work.console,
            thread=thread,
            graph=loaded.name,
            position=position,
            see_all=work.reporter.commands(thread).inspect("--full"),
        )

    desk = AnswerDesk(
        sheet,
        who(work.caller.environ),
        show if work.person and not sheet.strict else None,
        question,
        digest,
        work.reporter.say,
        record,
    )
    return Ride(work, loaded, storage, thread, options, desk, progress)

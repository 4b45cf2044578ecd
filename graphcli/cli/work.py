"""What every command is lent, and the way `run` and `resume` share from events to exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass

from graphcli import prompts
from graphcli.cli.desk import AnswerDesk, who
from graphcli.cli.outcome import Reporter
from graphcli.cli.sheet import Sheet
from graphcli.cli.signals import Stopped, stop_of, stoppable
from graphcli.cli.streams import Caller, results_apart
from graphcli.drive import drive
from graphcli.engine.events import Event
from graphcli.engine.model import Status
from graphcli.engine.protocol import LoadedGraph, RunOptions
from graphcli.engine.question import Question
from graphcli.engine.resume import actual_status
from graphcli.errors import GraphcliError, InvalidAnswerError, Parked
from graphcli.render.commands import Commands
from graphcli.render.console import Console, make_console
from graphcli.render.context import draw_question
from graphcli.render.progress import Progress, make_progress
from graphcli.settings import StorageSetting, storage_setting
from graphcli.storage import Storage, open_storage


@dataclass(frozen=True, slots=True)
class Work:
    """One command at work: who calls, where threads are, and how it reports."""

    caller: Caller
    setting: StorageSetting
    reporter: Reporter
    console: Console
    person: bool

    def open(self, *, create: bool) -> Storage:
        """Open the storage; without `create` one that does not exist holds nothing."""
        return open_storage(self.setting.location, create=create)


@contextmanager
def at_work(
    command: str, *, storage: str | None, output: str, quiet: bool, no_input: bool = True
) -> Iterator[Work]:
    """Lend a command what it needs; what user code prints goes to stderr meanwhile."""
    caller = Caller.here()
    setting = storage_setting(storage, caller.environ)
    terminal = caller.stdout.isatty()
    person = not no_input and prompts.interactive()
    with results_apart() as out:
        console = make_console(caller.stderr, caller.environ, terminal=caller.stderr.isatty())
        reporter = Reporter(command, out, console, output, quiet, terminal, person, setting.named)
        yield Work(caller, setting, reporter, console, person)


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

    def go(self, events: Iterator[Event], seconds: float | None) -> int:
        """Drive the thread to where nobody answers any more; report and return the exit code."""
        report = self.work.reporter
        try:
            with stoppable(seconds), redirect_stdout(self.progress.aside):
                ended = drive(
                    self.loaded.graph, events, self.storage, self.options, self._emit, self.desk
                )
        except KeyboardInterrupt as error:
            return self._stopped(stop_of(error))
        except (Parked, InvalidAnswerError) as error:
            return self._parked(error)
        finally:
            self.progress.close()
        for source in self.desk.sheet.unused():
            report.say(f"not used: {source}: nothing asked for it")
        return report.ended(ended, self.loaded.output)

    def _emit(self, event: Event) -> None:
        self.progress.emit(event)
        self.work.reporter.event(event)

    def _stopped(self, stopped: Stopped) -> int:
        """Say what was left behind: a thread that can be resumed, or nothing at all."""
        error = _StopError(stopped.why, "", stopped.exit_code)
        saved = self.storage.load(self.thread)
        if saved is not None:
            commands = Commands(self.thread, self.work.setting.named)
            status = actual_status(saved)
            error.remedy = f"thread `{self.thread}` is {status}; go on with\n  {commands.resume()}"
            if status is Status.RUNNING:
                saved = None
        return self.work.reporter.failed(error, saved)

    def _parked(self, error: GraphcliError) -> int:
        saved = self.storage.load(self.thread)
        if saved is None:
            return self.work.reporter.failed(error)
        commands = Commands(self.thread, self.work.setting.named)
        where = f"thread `{self.thread}` waits; answer it with\n  {commands.resume()}"
        error.remedy = f"{error.remedy}\n{where}".strip()
        return self.work.reporter.failed(error, saved)


def ride(
    work: Work,
    loaded: LoadedGraph,
    storage: Storage,
    thread: str,
    options: RunOptions,
    sheet: Sheet,
    *,
    question: str | None = None,
    digest: str | None = None,
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
            see_all=Commands(thread, work.setting.named).inspect("--full"),
        )

    desk = AnswerDesk(
        sheet,
        who(work.caller.environ),
        show if work.person else None,
        question,
        digest,
        work.reporter.say,
    )
    return Ride(work, loaded, storage, thread, options, desk, progress)


class _StopError(GraphcliError):
    """How a stop looks to the reporter."""

    code = "stopped"

    def __init__(self, message: str, remedy: str, exit_code: int) -> None:
        super().__init__(message, remedy)
        self.exit_code = exit_code  # type: ignore[misc]  # one class for three signals

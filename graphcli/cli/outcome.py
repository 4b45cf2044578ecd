"""How a run ends: the result on stdout, the notes on stderr, the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graphcli import prompts
from graphcli.cli.ahead import Ahead
from graphcli.cli.report import Reporter
from graphcli.cli.threads import standing, uncertain
from graphcli.cli.work import Work
from graphcli.dataclass import replace
from graphcli.deferred import later
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.events import Event, RunEnded
from graphcli.engine.running.standing import Standing, standing_of
from graphcli.engine.values.changes import Change
from graphcli.engine.values.model import Asked, Status
from graphcli.errors import AnswerVoidError, GraphcliError, OutputLostError, StorageError
from graphcli.hidden import redact_data
from graphcli.render.commands import Commands
from graphcli.render.drift import drift_notes
from graphcli.render.notes import ended_notes
from graphcli.render.result import result_text
from graphcli.storage import Storage

if TYPE_CHECKING:
    from graphcli.render import eventlines
else:
    eventlines = later("graphcli.render.eventlines")

EXIT = {
    Status.FINISHED: 0,
    Status.CANCELLED: 0,
    Status.FAILED: 1,
    Status.WAITING: 8,
    Status.RUNNING: 8,  # another run has the answer and goes on
    Status.STOPPED: 8,
    Status.UNCERTAIN: 9,
    Status.REJECTED: 10,
}
VOID = 6


def tell_event(report: Reporter, event: Event) -> None:
    """Write one event as a line, for `-o jsonl`; RunEnded is told by the envelope."""
    if report.output == "jsonl" and not isinstance(event, RunEnded):
        report.document(redact_data(eventlines.event_json(event)))


def tell_drift(report: Reporter, changes: Sequence[Change], thread: str) -> None:
    """Say before anything runs what of a changed graph concerns a thread."""
    if not report.quiet:
        report.notes.print(drift_notes(changes, thread, commands_for(report, thread).inspect()))


def tell_end(
    report: Reporter,
    ended: RunEnded,
    result: Callable[[Any], Any],
    drift: Sequence[Change] = (),
    ahead: Ahead | None = None,
) -> int:
    """Tell how a run ended and return the exit code."""
    questions = understood(ended.questions, ahead)
    finished = ended.status is Status.FINISHED
    value = result(ended.values) if finished else None
    if report.output == "human" and finished:
        text = result_text(value, terminal=report.terminal, ascii=report.ascii)
        report.write(f"{text}\n" if text else "")
    if not (report.quiet and finished):
        commands = commands_for(report, ended.thread)
        report.notes.print(ended_notes(ended, commands, questions, stranger=not report.person))
    report.enveloped(
        status=ended.status.value,
        thread=ended.thread,
        graph=ended.graph,
        values=ended.values,
        questions=questions,
        error=AnswerVoidError(ended.void) if ended.void else ended.failure,
        output=value,
        uncertain=ended.uncertain,
        drift=drift,
    )
    if ended.void:
        return VOID
    return EXIT[Status.UNCERTAIN if ended.uncertain else ended.status]


def commands_for(report: Reporter, thread: str) -> Commands:
    """Return the commands for a thread, which work as they stand."""
    return Commands(thread, report.storage, report.program, report.reference)


def show_the_way(report: Reporter, error: GraphcliError, thread: str, status: Status) -> None:
    """Add to the remedy of `error` where it leaves a thread, and what goes on from there."""
    commands = commands_for(report, thread)
    way = "see it with" if status.over else "go on with"
    command = commands.inspect() if status.over else commands.resume()
    left = f"thread `{thread}` is {status}; {way}\n  {command}"
    error.remedy = f"{error.remedy}\n{left}".strip()


def tell_failure(report: Reporter, error: GraphcliError, standing: Standing | None) -> int:
    """Tell an error and return the exit code; `standing` is the thread that it left behind."""
    if standing is None:
        return report.failed(error)
    thread = standing.saved.thread
    return report.failed(
        error,
        status=thread.status.value,
        thread=thread.id,
        graph=thread.graph,
        values=standing.saved.checkpoint.values,
        questions=understood(standing.questions),
        uncertain=uncertain(standing),
    )


@contextmanager
def telling(work: Work, storage: Storage, thread: str) -> Iterator[None]:
    """Tell an error together with the thread that it leaves behind, and end the command."""
    try:
        yield
    except GraphcliError as error:
        left = _as_it_stands(storage, thread)
        if left is not None and isinstance(error, StorageError | OutputLostError):
            show_the_way(work.reporter, error, thread, left.saved.thread.status)
        raise SystemExit(tell_failure(work.reporter, error, left)) from None


def _as_it_stands(storage: Storage, thread: str) -> Standing | None:
    saved = storage.load(thread)
    if saved is None:
        return None
    return standing_of(replace(saved, thread=standing(storage, saved.thread)), storage)


def understood(asked: Iterable[Asked], ahead: Ahead | None = None) -> list[Question]:
    """Return questions with the schema that their answers have to keep, and one that does.

    Where the graph was loaded, `ahead` tells where they lead.
    """
    recognised = _recognised if ahead is None else ahead.recognised
    questions = recognised(asked)
    return [
        replace(q, schema=prompts.answer_schema(q), example=prompts.example(q)) for q in questions
    ]


def _recognised(asked: Iterable[Asked]) -> list[Question]:
    return [prompts.recognise(one) for one in asked]

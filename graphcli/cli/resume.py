"""graphcli resume: answer a thread, settle what is uncertain, go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from graphcli import prompts
from graphcli.cli.desk import AnswerDesk
from graphcli.cli.late import too_late
from graphcli.cli.notify import notifying
from graphcli.cli.outcome import telling
from graphcli.cli.record import open_record
from graphcli.cli.ride import Ride, ride
from graphcli.cli.sheet import read_sheet
from graphcli.cli.signals import STOPS
from graphcli.cli.threads import asked_before, found
from graphcli.cli.tokens import secret_warnings
from graphcli.cli.who import who
from graphcli.cli.work import Work, at_work
from graphcli.dataclass import replace
from graphcli.deferred import later
from graphcli.engine.graph.place import path_of
from graphcli.engine.running.events import Event, RunEnded, RunStarted
from graphcli.engine.running.protocol import DEFAULT_MAX_STEPS, LoadedGraph, RunOptions, Settle
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Asked, Status
from graphcli.errors import (
    ConflictError,
    InvalidAnswerError,
    InvalidUpdateError,
    NotFoundError,
    ThreadHeldError,
    UnsupportedValueError,
    UsageError,
)
from graphcli.hidden import redact
from graphcli.loaders import load
from graphcli.storage import Storage

if TYPE_CHECKING:
    # The first two by name, in the signatures: see app.py.
    import typer

    from graphcli.cli import options as flag
    from graphcli.cli import settling
else:
    settling = later("graphcli.cli.settling")


def resume(
    thread: flag.ThreadArgument,
    value: flag.ValueFlag = None,
    value_file: flag.ValueFileFlag = None,
    text: flag.TextFlag = False,
    answer: flag.AnswerFlag = None,
    answers: flag.AnswersFlag = None,
    strict: flag.StrictFlag = False,
    record: flag.RecordFlag = None,
    question: Annotated[
        str | None, typer.Option("--question", metavar="ID", help="The question that is answered.")
    ] = None,
    if_match: Annotated[
        str | None,
        typer.Option(
            "--if-match", metavar="DIGEST", help="Answer or settle only what still has this digest."
        ),
    ] = None,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="The uncertain task did not run, or may run again.")
    ] = False,
    done: Annotated[
        str | None,
        typer.Option("--done", metavar="JSON", help="It did run, and this is its update."),
    ] = None,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Let the uncertain task fail.")
    ] = False,
    task: Annotated[
        str | None, typer.Option("--task", metavar="ID", help="Which uncertain task is meant.")
    ] = None,
    graph: Annotated[
        str | None,
        typer.Option("--graph", metavar="GRAPH", help="Run this graph, not the recorded one."),
    ] = None,
    max_steps: flag.MaxStepsFlag = None,
    durability: flag.DurabilityFlag = "sync",
    timeout: flag.TimeoutFlag = None,
    notify: flag.NotifyFlag = None,
    no_input: flag.NoInputFlag = False,
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Answer THREAD and go on.

    Without an answer, whoever is at the terminal is asked. Never creates a thread. A stopped
    thread goes on, a failed one tries again, an uncertain one has to be settled first.
    """
    person = not no_input and prompts.interactive()
    with (
        at_work("resume", storage=storage, output=output, quiet=quiet, person=person) as work,
        STOPS.limited(timeout),
    ):
        sheet = read_sheet(
            value=value,
            value_file=value_file,
            answers=answer or (),
            answers_file=answers,
            as_text=text,
            strict=strict,
            stdin=work.caller.stdin,
        )
        work.reporter.say_all(secret_warnings(sheet.spoken))
        said = Settle("rerun", task, None, who(work.caller.environ), "flag", if_match)
        settle = _settle(said, rerun=rerun, done=done, give_up=give_up)
        with work.open(create=False) as opened:
            info = found(thread, opened, whole=bool(sheet.given) and not work.person)
            with notifying(work, opened, info.id, notify), telling(work, opened, info.id):
                if (late := too_late(opened, info, sheet, question)) is not None:
                    raise late
                loaded = _load(work, opened, info, graph)
                named = work.naming(opened, loaded.reference)
                open_ = _answerable(opened, info)
                asking = {path_of(asked.ns, asked.node) for asked in open_}
                sheet.asked = asked_before(opened, info.id)
                sheet.find_nodes(loaded.graph.node_paths, asking, {asked.id for asked in open_})
                recording = open_record(record, work.reporter.say, info)
                options = RunOptions(
                    max_steps=max_steps or DEFAULT_MAX_STEPS,
                    durability=durability,
                    reference=loaded.reference,
                    reveal=prompts.resolve,
                    redact=redact,
                    stopping=STOPS.is_asked,
                )
                digest = None if settle else if_match  # the verdict has it
                journey = ride(
                    named, loaded, opened, info.id, options, sheet, question, digest, recording
                )
                with telling(named, opened, info.id):  # by commands that name the graph
                    return journey.go(_events(journey, info, settle))


def _events(journey: Ride, info: ThreadInfo, settle: tuple[Settle, ...]) -> Iterator[Event]:
    """What the desk replies to first: where the thread stands, or how far it went on."""
    replaceable = _replaceable(journey, info)
    if replaceable is not None:
        return replaceable
    return _settled(_begun(journey, info, settle))


def _begun(journey: Ride, info: ThreadInfo, settle: tuple[Settle, ...]) -> Iterator[Event]:
    """How far the thread goes on, or, for whoever has an answer, what is asked where it stands.

    Raises:
        ConflictError: somebody else has given the answer, or another run drives the thread and
            there is nothing to answer beside it.
    """
    graph, storage, desk = journey.loaded.graph, journey.storage, journey.desk
    if (desk.has_flags or desk.names_one) and not settle:
        now = graph.look(info.id, storage)
        if now.questions and now.status in (Status.WAITING, Status.RUNNING):
            yield now  # nothing runs before the answer: what others answered is theirs to run
            return
        if (late := journey.overtaken()) is not None:
            raise late
        if now.status in (Status.STOPPED, Status.FAILED):
            _refuse_unasked(desk, info, now.status)
    if settle:
        desk.settles = settle = settling.bound(settle, storage, info.id, journey.work.reporter.say)
    try:
        yield from graph.go_on(info.id, storage, journey.options, (), settle)
    except ThreadHeldError:
        now = graph.look(info.id, storage)
        if settle or not now.questions or desk.show is None:
            raise
        yield now


def _refuse_unasked(desk: AnswerDesk, info: ThreadInfo, status: Status) -> None:
    """Refuse an answer to what is not asked, before a thread that asks nothing goes on.

    Raises:
        NotFoundError: it names a question.
        ConflictError: it names no node, so it could only be for what nobody has seen yet.
    """
    remedy = f"go on without an answer: graphcli resume {info.id}"
    asks = f"thread `{info.id}` asks nothing now (it is {status})"
    if desk.names_one:
        raise NotFoundError(f"{asks}, so the question that was named is not open", remedy)
    if desk.sheet.loose:
        raise ConflictError(f"{asks}, so no value is taken", remedy)


def _answerable(storage: Storage, info: ThreadInfo) -> tuple[Asked, ...]:
    """What takes an answer now, in graphs that a function calls too."""
    return (*storage.questions(info.id), *_of_failed(storage, info))


def _settled(events: Iterator[Event]) -> Iterator[Event]:
    """The events; an update that `--done` gives and the state refuses is a bad answer."""
    try:
        yield from events
    except (InvalidUpdateError, UnsupportedValueError) as error:
        raise InvalidAnswerError(f"--done: {error.message}", error.remedy) from None


def _replaceable(journey: Ride, info: ThreadInfo) -> Iterator[Event] | None:
    """The questions of failed tasks, if answers were given: the new ones replace the old."""
    if info.status is not Status.FAILED or not journey.desk.sheet.given:
        return None
    asked, saved = _of_failed(journey.storage, info), journey.storage.load(info.id)
    if not asked or saved is None:
        return None
    values = saved.checkpoint.values
    answers = standing_of(saved, journey.storage).replaceable
    journey.desk.replaces = {id_: answer.at for id_, answer in answers.items()}
    ended = RunEnded(info.id, info.graph, Status.WAITING, values, asked)
    started: list[Event] = [RunStarted(info.id, info.graph, new=False), ended]
    return iter(started)


def _of_failed(storage: Storage, info: ThreadInfo) -> tuple[Asked, ...]:
    """The answered questions of failed tasks: a new answer may take the place of the old one."""
    saved = storage.load(info.id) if info.status is Status.FAILED else None
    if saved is None:
        return ()
    standing = standing_of(saved, storage)
    return tuple(
        question
        for each in standing.every()
        for question in storage.asked(info.id, each.ns)
        if question.id in standing.replaceable
    )


def _load(work: Work, storage: Storage, info: ThreadInfo, graph: str | None) -> LoadedGraph:
    """Load the graph: the one that is named, or the recorded one if nobody else could forge it.

    Raises:
        UsageError: others may write the storage, or the thread was begun by a library.
    """
    if graph is None:
        if not info.reference:
            raise UsageError(
                f"thread `{info.id}` does not say where its graph `{info.graph}` is",
                f"name it: graphcli resume {info.id} --graph file.py:attr",
            )
        if not storage.private:
            raise UsageError(
                f"others may write the storage {storage.path}, so the graph that thread "
                f"`{info.id}` names ({info.reference}) is not loaded",
                f"name the graph yourself: graphcli resume {info.id} --graph GRAPH\n"
                "or take their permission away",
            )
        work.reporter.say(f"graph: {info.reference}")
    loaded = load(graph or info.reference, cwd=work.caller.cwd)
    storage.register(loaded.graph.classes)
    if loaded.name != info.graph:
        work.reporter.say(f"thread `{info.id}` is one of graph `{info.graph}`: on with another")
    return loaded


def _settle(said: Settle, *, rerun: bool, done: str | None, give_up: bool) -> tuple[Settle, ...]:
    """The verdict of the flags on the task of `said`, by the same person."""
    if rerun + (done is not None) + give_up > 1:
        raise UsageError("--rerun, --done and --give-up exclude one another", "give one of them")
    if rerun:
        return (said,)
    if done is not None:
        return (replace(said, verdict="done", update=_update(done)),)
    if give_up:
        return (replace(said, verdict="give_up"),)
    if said.task is not None:
        raise UsageError("--task says nothing alone", "add --rerun, --done JSON or --give-up")
    return ()


def _update(text: str) -> Any:
    try:
        return prompts.parse_json(text)
    except ValueError as error:
        raise UsageError(
            f"--done is not JSON: {error}", """for example '{"sent": true}'"""
        ) from None

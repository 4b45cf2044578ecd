"""graphcli run: begin a thread, or give a finished one new input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from graphcli import prompts
from graphcli.cli.inputs import (
    given_inputs,
    missing_inputs,
    question_for,
    read_inputs,
    refuse_missing,
    spoken,
)
from graphcli.cli.notify import notifying
from graphcli.cli.outcome import telling
from graphcli.cli.person import put
from graphcli.cli.record import Record, open_record
from graphcli.cli.ride import Ride, ride
from graphcli.cli.sheet import Sheet, read_sheet
from graphcli.cli.signals import STOPS
from graphcli.cli.threads import asked_before, checked_id, found, new_id
from graphcli.cli.tokens import secret_warnings
from graphcli.cli.work import Work, at_work
from graphcli.deferred import later
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.events import Event
from graphcli.engine.running.protocol import DEFAULT_MAX_STEPS, LoadedGraph, RunOptions
from graphcli.errors import ConflictError, NotFoundError, Parked, UsageError, did_you_mean
from graphcli.hidden import redact
from graphcli.loaders import load
from graphcli.storage import Storage

if TYPE_CHECKING:
    # The first two by name, in the signatures: see app.py.
    import typer

    from graphcli.cli import options as flag
    from graphcli.render import context
else:
    context = later("graphcli.render.context")


def run(
    graph: flag.GraphArgument,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--set-input", "-i", metavar="KEY=VALUE", help="One input. Repeatable."),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option("--input", metavar="JSON|@FILE|-", help="All inputs as one JSON object."),
    ] = None,
    thread: Annotated[
        str | None, typer.Option("--thread", metavar="ID", help="The new thread's id.")
    ] = None,
    goes_on: Annotated[
        bool, typer.Option("--continue", help="Give the finished thread --thread new input.")
    ] = False,
    value: flag.ValueFlag = None,
    value_file: flag.ValueFileFlag = None,
    text: flag.TextFlag = False,
    answer: flag.AnswerFlag = None,
    answers: flag.AnswersFlag = None,
    strict: flag.StrictFlag = False,
    record: flag.RecordFlag = None,
    break_before: Annotated[
        list[str] | None,
        typer.Option("--break-before", metavar="NODE", help="Stop before NODE. Repeatable."),
    ] = None,
    break_after: Annotated[
        list[str] | None,
        typer.Option("--break-after", metavar="NODE", help="Stop after NODE. Repeatable."),
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
    """Run GRAPH on a new thread, and ask when it stops to ask.

    A question is put to whoever is at the terminal. Where nobody is, the thread waits.

    Exit codes: 0 finished, 1 failed, 3 no such graph, 5 an answer does not fit, 6 conflict,
    8 waiting for a person, 9 uncertain, 10 rejected.
    """
    person = not no_input and prompts.interactive()
    with (
        at_work("run", storage=storage, output=output, quiet=quiet, person=person) as work,
        STOPS.limited(timeout),
    ):
        loaded = load(graph, cwd=work.caller.cwd)
        for note in loaded.notes:
            work.reporter.say(note)
        sheet = read_sheet(
            value=value,
            value_file=value_file,
            answers=answer or (),
            answers_file=answers,
            as_text=text,
            strict=strict,
            stdin=work.caller.stdin,
        )
        work.reporter.say_all(secret_warnings([*sheet.spoken, *spoken(inputs or (), document)]))
        sheet.find_nodes(loaded.graph.node_paths)
        settings = RunOptions(
            max_steps=max_steps or DEFAULT_MAX_STEPS,
            durability=durability,
            break_before=_known(loaded, break_before, "--break-before"),
            break_after=_known(loaded, break_after, "--break-after"),
            reference=loaded.reference,
            reveal=prompts.resolve,
            redact=redact,
            stopping=STOPS.is_asked,
        )
        recording = None if goes_on else open_record(record, work.reporter.say)
        given = _initial(work, loaded, inputs or (), document, sheet, recording)
        with work.open(create=True) as opened:
            opened.register(loaded.graph.classes)
            named = work.naming(opened, loaded.reference)
            name = _thread(loaded, thread, opened, goes_on=goes_on)
            if goes_on:
                recording = open_record(record, work.reporter.say, opened.thread(name))
                sheet.asked = asked_before(opened, name)
            with notifying(named, opened, name, notify), telling(named, opened, name):
                journey = ride(named, loaded, opened, name, settings, sheet, record=recording)
                return journey.go(_events(journey, given, goes_on=goes_on))


def _events(journey: Ride, given: Any, *, goes_on: bool) -> Iterator[Event]:
    graph = journey.loaded.graph
    begin = graph.extend if goes_on else graph.start
    return begin(journey.thread, given, journey.storage, journey.options)


def _initial(
    work: Work,
    loaded: LoadedGraph,
    pairs: Sequence[str],
    document: str | None,
    sheet: Sheet,
    record: Record | None,
) -> Any:
    """The graph's input from the flags; a person is asked for what is missing."""
    values = read_inputs(loaded.inputs, pairs, document, work.caller.stdin)
    values |= _from_answers(loaded, sheet, values)
    missing = missing_inputs(loaded.inputs, values)
    if missing:
        if not work.person or sheet.strict:
            raise refuse_missing(loaded.inputs, missing)
        question = question_for(loaded.inputs, missing, loaded.name)
        context.draw_question(question, work.console, thread="", graph=loaded.name)
        answered = _asked(question)
        values |= answered
        if record is not None:
            record.keep_inputs(answered)
    return loaded.initial(values)


def _from_answers(loaded: LoadedGraph, sheet: Sheet, known: Mapping[str, Any]) -> dict[str, Any]:
    """What a file of answers says of inputs that the flags do not give."""
    given = sheet.inputs()
    if given is None:
        return {}
    values = given_inputs(loaded.inputs, given.data, given.source)
    left = {name: value for name, value in values.items() if name not in known}
    given.used = bool(left)
    return left


def _asked(question: Question) -> Any:
    try:
        return put(question)
    except Parked as parked:
        parked.message = "you left before the run began; nothing was started"
        parked.remedy = "begin again when you like"
        raise


def _thread(loaded: LoadedGraph, thread: str | None, storage: Storage, *, goes_on: bool) -> str:
    if not goes_on:
        return new_id(loaded.name, storage) if thread is None else _free(thread, storage)
    if thread is None:
        raise UsageError("--continue needs the thread that goes on", "add --thread ID or @latest")
    info = found(thread, storage)
    if info.graph != loaded.name:
        raise ConflictError(
            f"thread `{info.id}` is one of graph `{info.graph}`, not of `{loaded.name}`",
            "run that graph, or begin a new thread without --continue",
        )
    return info.id


def _free(thread: str, storage: Storage) -> str:
    """Return `thread` if it may be the id of a thread; the engine refuses one that is taken."""
    storage.thread(checked_id(thread))  # which looks past a damaged index: nothing begins again
    return thread


def _known(loaded: LoadedGraph, nodes: Sequence[str] | None, option: str) -> tuple[str, ...]:
    for node in nodes or ():
        if node != "*" and node not in loaded.graph.node_names:
            raise NotFoundError(
                f"{option} {node}: the graph has no such node"
                + did_you_mean(node, loaded.graph.node_names),
                f"its nodes are {', '.join(loaded.graph.node_names)}",
            )
    return tuple(nodes or ())

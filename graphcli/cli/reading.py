"""graphcli inspect: all there is to see of a thread."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from graphcli.cli.ahead import Ahead
from graphcli.cli.outcome import commands_for, understood
from graphcli.cli.pager import paged
from graphcli.cli.threads import found, standing, uncertain
from graphcli.cli.work import Work, at_work
from graphcli.dataclass import replace
from graphcli.engine.resuming.drift import drift
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.standing import Standing, standing_of
from graphcli.engine.values.changes import Change
from graphcli.engine.values.checkpointer import Saved
from graphcli.errors import NotFoundError
from graphcli.loaders import load
from graphcli.render.console import make_console
from graphcli.render.drift import drift_json
from graphcli.render.envelope import envelope
from graphcli.render.inspect import inspect_text
from graphcli.render.journal import closed_json, journal_json, settled_json
from graphcli.render.plain import to_json
from graphcli.storage import Storage

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    import typer

    from graphcli.cli import options as flag


def inspect(
    thread: flag.ThreadArgument,
    step: Annotated[
        int | None, typer.Option("--step", metavar="N", help="As it was after superstep N.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Leave nothing out; on a terminal, in a pager.")
    ] = False,
    graph: Annotated[
        str | None,
        typer.Option(
            "--graph",
            metavar="GRAPH",
            help="Load GRAPH; show how it differs and where answers lead. Nothing is run.",
        ),
    ] = None,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Show a thread: its state, questions, answers and history."""
    with (
        at_work("inspect", storage=storage, output=output, quiet=quiet) as work,
        work.look() as opened,
    ):
        info = found(thread, opened)
        history = list(opened.history(info.id))
        saved = _at_step(info.id, history, step)
        saved = replace(saved, thread=standing(opened, saved.thread))
        stands = standing_of(saved, opened)
        loaded = None if graph is None else load(graph, cwd=work.caller.cwd)
        work = work.naming(opened, None if loaded is None else loaded.reference)  # noqa: PLW2901
        changes = None if loaded is None else drift(stands, loaded.graph.fingerprint)
        heads = {each.ns: each for each in stands.every()}
        questions = understood(stands.questions, Ahead(loaded, heads.get))
        if output == "human":
            _print_thread(work, opened, stands, history, questions, full=full, changes=changes)
        else:
            document = _thread_document(work, opened, stands, history, questions)
            told = {} if changes is None else {"drift": drift_json(changes)}
            work.reporter.document(document | told)
    return 0


def _at_step(thread: str, history: list[Saved], step: int | None) -> Saved:
    for saved in history:
        if step is None or saved.checkpoint.step == step:
            return saved
    steps = [saved.checkpoint.step for saved in history]
    raise NotFoundError(
        f"thread `{thread}` has no step {step}",
        f"it has {min(steps)} to {max(steps)}" if steps else "see: graphcli list",
    )


def _print_thread(
    work: Work,
    storage: Storage,
    stands: Standing,
    history: list[Saved],
    questions: list[Question],
    *,
    full: bool,
    changes: tuple[Change, ...] | None,
) -> None:
    terminal = work.reporter.terminal
    console = make_console(work.reporter.out, work.caller.environ, terminal=terminal)
    thread = stands.saved.thread.id
    commands = commands_for(work.reporter, thread)
    text = inspect_text(
        stands,
        console.look,
        now=datetime.now(UTC),
        questions=questions,
        commands={question.id: commands.answer(question) for question in questions},
        journal=storage.journal(thread),
        closed=storage.closed(thread),
        history=history,
        full=full,
        drift=changes,
    )
    if full and terminal and paged(f"{text}\n", work.reporter.out, work.caller.environ):
        return
    work.reporter.write(f"{text}\n")


def _inside_document(saved: Saved) -> dict[str, Any]:
    """A graph that is under way inside a task."""
    return {
        "ns": saved.ns,
        "step": saved.checkpoint.step,
        "values": to_json(saved.checkpoint.values),
        "next": [task.node for task in saved.checkpoint.tasks],
    }


def _thread_document(
    work: Work,
    storage: Storage,
    stands: Standing,
    history: list[Saved],
    questions: list[Question],
) -> dict[str, Any]:
    saved, thread = stands.saved, stands.saved.thread
    document = envelope(
        command="inspect",
        status=thread.status.value,
        thread=thread.id,
        graph=thread.graph,
        values=saved.checkpoint.values,
        questions=questions,
        error=thread.failure,
        storage=work.setting.named,
        program=work.reporter.program,
        reference=work.reporter.reference,
        uncertain=uncertain(stands),
    )
    document["step"] = saved.checkpoint.step
    document["next"] = [task.node for task in saved.checkpoint.tasks]
    document["inside"] = [_inside_document(inside) for inside in list(stands.every())[1:]]
    document["answers"] = journal_json(storage.journal(thread.id), thread.status)
    document["settled"] = settled_json(storage.journal(thread.id))
    document["closed"] = closed_json(storage.closed(thread.id), thread.status)
    document["history"] = [
        {
            "checkpoint": past.checkpoint.id,
            "step": past.checkpoint.step,
            "source": past.checkpoint.source,
            "created_at": past.checkpoint.created_at,
            "next": [task.node for task in past.checkpoint.tasks],
        }
        for past in history
    ]
    return document

"""graphcli list, inspect, cancel: look at threads, and end one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from graphcli.cli import options as flag
from graphcli.cli.outcome import understood
from graphcli.cli.threads import found, standing, uncertain
from graphcli.cli.work import Work, at_work
from graphcli.engine.changes import Change
from graphcli.engine.checkpointer import Commit, Saved, ThreadInfo
from graphcli.engine.drift import drift
from graphcli.engine.model import Status
from graphcli.engine.standing import Standing, standing_of
from graphcli.errors import ConflictError, NotFoundError
from graphcli.loaders import load
from graphcli.render.console import make_console
from graphcli.render.drift import drift_json
from graphcli.render.envelope import SCHEMA_VERSION, envelope
from graphcli.render.inspect import inspect_text
from graphcli.render.journal import closed_json, journal_json
from graphcli.render.plain import to_json
from graphcli.render.tables import threads_lines, threads_table
from graphcli.storage import Storage


def list_(
    status: Annotated[
        Status | None, typer.Option("--status", help="Only threads of this status.")
    ] = None,
    graph: Annotated[
        str | None, typer.Option("--graph", metavar="NAME", help="Only threads of this graph.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="How many, the newest first.")
    ] = 20,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = flag.Output.HUMAN,
    quiet: flag.QuietFlag = False,
) -> int:
    """List threads, the last changed first."""
    with (
        at_work("list", storage=storage, output=output, quiet=quiet) as work,
        work.look() as opened,
    ):
        rows = _rows(opened, status, graph, limit)
        if output == "human":
            _print_rows(work, rows, narrowed=bool(status or graph))
        else:
            _tell_rows(work, rows, one_document=output == "json")
    return 0


def inspect(
    thread: flag.ThreadArgument,
    step: Annotated[
        int | None, typer.Option("--step", metavar="N", help="As it was after superstep N.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Leave nothing out.")] = False,
    graph: Annotated[
        str | None,
        typer.Option(
            "--graph", metavar="GRAPH", help="Load GRAPH, and show how it differs; nothing is run."
        ),
    ] = None,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = flag.Output.HUMAN,
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
        changes = None if graph is None else _drift(work, stands, graph)
        if output == "human":
            _print_thread(work, opened, stands, history, full=full, changes=changes)
        else:
            document = _thread_document(work, opened, stands, history)
            told = {} if changes is None else {"drift": drift_json(changes)}
            work.reporter.document(document | told)
    return 0


def cancel(
    thread: flag.ThreadArgument,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = flag.Output.HUMAN,
    quiet: flag.QuietFlag = False,
) -> int:
    """End a thread for good; its open questions are withdrawn."""
    with (
        at_work("cancel", storage=storage, output=output, quiet=quiet) as work,
        work.open(create=False) as opened,
    ):
        info = found(thread, opened, whole=not work.caller.stdin.isatty())
        with opened.claim(info.id):
            saved = _head(opened, info.id)
            if saved.thread.status.over:
                raise ConflictError(
                    f"thread `{info.id}` is {saved.thread.status}: nothing to cancel",
                    "see it: graphcli inspect " + info.id,
                )
            opened.commit(
                Commit(info.id, saved.checkpoint.seq, withdrawn=True, status=Status.CANCELLED)
            )
        work.reporter.say(f"cancelled: thread `{info.id}`")
        work.reporter.document(
            envelope(
                command="cancel",
                status=Status.CANCELLED.value,
                thread=info.id,
                graph=info.graph,
                values=saved.checkpoint.values,
                storage=work.setting.named,
                program=work.reporter.program,
            )
        )
    return 0


def _drift(work: Work, stands: Standing, graph: str) -> tuple[Change, ...]:
    return drift(stands, load(graph, cwd=work.caller.cwd).graph.fingerprint)


def _rows(
    storage: Storage, status: Status | None, graph: str | None, limit: int
) -> list[ThreadInfo]:
    """The threads as they are now: a stored `running` that nobody holds is told as what it is."""
    if status is None:
        rows = storage.threads(graph=graph, limit=limit)
        return [standing(storage, row) for row in rows]
    rows = storage.threads(status=status, graph=graph, limit=limit)
    if status is not Status.RUNNING:
        rows += storage.threads(status=Status.RUNNING, graph=graph, limit=limit)
    rows = [row for row in (standing(storage, row) for row in rows) if row.status is status]
    return sorted(rows, key=lambda row: -row.seq)[:limit]


def _head(storage: Storage, thread: str) -> Saved:
    saved = storage.load(thread)
    if saved is None:
        raise NotFoundError(f"thread `{thread}` was deleted just now", "see: graphcli list")
    return saved


def _at_step(thread: str, history: list[Saved], step: int | None) -> Saved:
    for saved in history:
        if step is None or saved.checkpoint.step == step:
            return saved
    steps = [saved.checkpoint.step for saved in history]
    raise NotFoundError(
        f"thread `{thread}` has no step {step}",
        f"it has {min(steps)} to {max(steps)}" if steps else "see: graphcli list",
    )


def _print_rows(work: Work, rows: list[ThreadInfo], *, narrowed: bool) -> None:
    if not rows:
        none = "no such threads" if narrowed else "no threads; begin one: graphcli run GRAPH"
        work.reporter.say(none)
    elif work.reporter.terminal:
        console = make_console(work.reporter.out, work.caller.environ, terminal=True)
        work.reporter.write(f"{threads_table(rows, datetime.now(UTC), console.look)}\n")
    else:
        work.reporter.write(f"{threads_lines(rows)}\n")


def _tell_rows(work: Work, rows: list[ThreadInfo], *, one_document: bool) -> None:
    threads = [_row_document(row) for row in rows]
    if one_document:
        head = {"schema_version": SCHEMA_VERSION, "command": "list"}
        work.reporter.document({**head, "threads": threads, "error": None})
        return
    for thread in threads:
        work.reporter.document({"schema_version": SCHEMA_VERSION, **thread})


def _row_document(row: ThreadInfo) -> dict[str, Any]:
    return {
        "thread": row.id,
        "graph": row.graph,
        "status": row.status.value,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "questions": row.open,
    }


def _print_thread(
    work: Work,
    storage: Storage,
    stands: Standing,
    history: list[Saved],
    *,
    full: bool,
    changes: tuple[Change, ...] | None,
) -> None:
    terminal = work.reporter.terminal
    console = make_console(work.reporter.out, work.caller.environ, terminal=terminal)
    questions = understood(stands.questions)
    thread = stands.saved.thread.id
    commands = work.reporter.commands(thread)
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
    work: Work, storage: Storage, stands: Standing, history: list[Saved]
) -> dict[str, Any]:
    saved, thread = stands.saved, stands.saved.thread
    document = envelope(
        command="inspect",
        status=thread.status.value,
        thread=thread.id,
        graph=thread.graph,
        values=saved.checkpoint.values,
        questions=understood(stands.questions),
        error=thread.failure,
        storage=work.setting.named,
        program=work.reporter.program,
        uncertain=uncertain(stands),
    )
    document["step"] = saved.checkpoint.step
    document["next"] = [task.node for task in saved.checkpoint.tasks]
    document["inside"] = [_inside_document(inside) for inside in list(stands.every())[1:]]
    document["answers"] = journal_json(storage.journal(thread.id), thread.status)
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

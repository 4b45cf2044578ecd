"""graphcli list: the threads there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from graphcli.cli import options as flag
from graphcli.cli.threads import standing
from graphcli.cli.work import Work, at_work
from graphcli.engine.checkpointer import ThreadInfo
from graphcli.engine.model import Status
from graphcli.render.console import make_console
from graphcli.render.envelope import SCHEMA_VERSION
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

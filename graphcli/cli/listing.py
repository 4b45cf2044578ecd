"""graphcli list: the threads there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from graphcli.cli.work import Work, at_work
from graphcli.engine.values.status import Status, ThreadLine
from graphcli.render.console import make_console
from graphcli.render.envelope import SCHEMA_VERSION
from graphcli.render.tables import threads_lines, threads_table
from graphcli.storage.overview import Overview

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    import typer

    from graphcli.cli import options as flag


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
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """List threads, the last changed first."""
    with (
        at_work("list", storage=storage, output=output, quiet=quiet) as work,
        work.overview() as opened,
    ):
        rows = _rows(work, opened, status, graph, limit)
        if output == "human":
            _print_rows(work, rows, narrowed=bool(status or graph))
        else:
            _tell_rows(work, rows, one_document=output == "json")
    return 0


def _rows(
    work: Work, opened: Overview, status: Status | None, graph: str | None, limit: int
) -> list[ThreadLine]:
    """The threads as they are now, of this status if one is given."""
    rows = opened.lines(status=status, graph=graph, limit=limit)
    if status is None:
        return _as_they_are(work, opened, rows)
    if status is not Status.RUNNING:
        rows += opened.lines(status=Status.RUNNING, graph=graph, limit=limit)
    rows = [row for row in _as_they_are(work, opened, rows) if row.status is status]
    return sorted(rows, key=lambda row: -row.seq)[:limit]


def _as_they_are(work: Work, opened: Overview, rows: list[ThreadLine]) -> list[ThreadLine]:
    """The rows with a stored `running` that nobody holds as what it is: a run that died."""
    running = (row.id for row in rows if row.status is Status.RUNNING)
    dead = [thread for thread in running if opened.holder(thread) is None]
    if not dead:
        return rows
    with work.look() as storage:
        found = {thread: storage.status_of(thread) for thread in dead}
    return [row._replace(status=found.get(row.id) or row.status) for row in rows]


def _print_rows(work: Work, rows: list[ThreadLine], *, narrowed: bool) -> None:
    if not rows:
        none = "no such threads" if narrowed else "no threads; begin one: graphcli run GRAPH"
        work.reporter.say(none)
    elif work.reporter.terminal:
        console = make_console(work.reporter.out, work.caller.environ, terminal=True)
        work.reporter.write(f"{threads_table(rows, datetime.now(UTC), console.look)}\n")
    else:
        work.reporter.write(f"{threads_lines(rows)}\n")


def _tell_rows(work: Work, rows: list[ThreadLine], *, one_document: bool) -> None:
    threads = [_row_document(row) for row in rows]
    if one_document:
        head = {"schema_version": SCHEMA_VERSION, "command": "list"}
        work.reporter.document({**head, "threads": threads, "error": None})
        return
    for thread in threads:
        work.reporter.document({"schema_version": SCHEMA_VERSION, **thread})


def _row_document(row: ThreadLine) -> dict[str, Any]:
    return {
        "thread": row.id,
        "graph": row.graph,
        "status": row.status.value,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "questions": row.open,
    }

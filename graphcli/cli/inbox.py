"""graphcli inbox: every open question of every thread, the one that waits longest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

from graphcli import prompts
from graphcli.cli.again import resume_here
from graphcli.cli.outcome import understood
from graphcli.cli.person import put
from graphcli.cli.several import menu
from graphcli.cli.threads import standing
from graphcli.cli.work import Work, at_work
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Asked, Status
from graphcli.errors import Parked
from graphcli.render.console import make_console
from graphcli.render.envelope import SCHEMA_VERSION, envelope, question_json
from graphcli.render.inbox import Waiting, inbox_line, inbox_lines, inbox_table
from graphcli.storage import Storage

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    import typer

    from graphcli.cli import options as flag

_PAGE: Final = 100
#: The statuses of threads whose questions take answers.
_ANSWERABLE: Final = (Status.WAITING, Status.RUNNING)
_CHOICES: Final = {"answer": "answer", "skip": "skip; it goes on waiting", "leave": "leave"}


def inbox(
    graph: Annotated[
        str | None, typer.Option("--graph", metavar="NAME", help="Only threads of this graph.")
    ] = None,
    node: Annotated[
        str | None,
        typer.Option("--node", metavar="NODE", help="Only what this node asks (name or path)."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="List how many, the oldest first.")
    ] = 20,
    no_input: flag.NoInputFlag = False,
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """List what waits for a person, the oldest first, and answer it.

    On a terminal one thread after the other is offered, as `resume` does it: answer, skip,
    or leave. With --no-input, -o json or a pipe the questions are only listed.
    """
    person = not no_input and prompts.interactive()
    with (
        at_work("inbox", storage=storage, output=output, quiet=quiet, person=person) as work,
        work.look() as opened,
    ):
        rows = list(islice(_waiting(opened, graph, node), limit + 1))
        named, narrowed = work.naming(opened, None), bool(graph or node)
        _tell(named, rows[:limit], more=len(rows) > limit, narrowed=narrowed)
        if opened.threads(status=Status.UNCERTAIN, graph=graph, limit=1):
            command = work.reporter.located("graphcli list --status uncertain")
            work.reporter.say(f"other threads have to be settled first: {command}")
        if rows and work.person and work.reporter.terminal and output == "human":
            return _answer_all(work, opened, graph, node)
    return 0


def _waiting(storage: Storage, graph: str | None, node: str | None) -> Iterator[Waiting]:
    """Yield the open questions, thread by thread, read as they are wanted."""
    for thread in _threads(storage, graph):
        questions = understood(_questions(storage, thread))
        yield from (Waiting(thread, q) for q in questions if node in (None, q.node, q.path))


def _threads(storage: Storage, graph: str | None) -> Iterator[ThreadInfo]:
    """Yield the threads that wait, the one that has waited longest first."""
    # A stored `running` may be a run that died with a question on record, or one of which
    # another question was answered: the others can be answered meanwhile.
    stored = [_stored(storage, status, graph) for status in _ANSWERABLE]
    for thread in merge(*stored, key=lambda thread: thread.seq):
        if thread.open and standing(storage, thread).status in _ANSWERABLE:
            yield thread


def _stored(storage: Storage, status: Status, graph: str | None) -> Iterator[ThreadInfo]:
    after = 0
    while page := storage.threads(status=status, graph=graph, limit=_PAGE, after=after):
        yield from page
        after = page[-1].seq


def _questions(storage: Storage, thread: ThreadInfo) -> tuple[Asked, ...]:
    """The open questions of a thread, in task order; one alone is read without the state."""
    if thread.open == 1:
        return storage.questions(thread.id)
    saved = storage.load(thread.id)
    return () if saved is None else standing_of(saved, storage).questions


def _tell(work: Work, rows: list[Waiting], *, more: bool, narrowed: bool) -> None:
    if work.reporter.output != "human":
        _tell_documents(work, rows)
    elif not rows:
        work.reporter.say("no such questions" if narrowed else "nothing waits for a person")
    elif work.reporter.terminal:
        console = make_console(work.reporter.out, work.caller.environ, terminal=True)
        work.reporter.write(f"{inbox_table(rows, datetime.now(UTC), console.look)}\n")
    else:
        work.reporter.write(f"{inbox_lines(rows)}\n")
    if more:
        work.reporter.say(f"and more than these {len(rows)}: --limit N lists more of them")


def _tell_documents(work: Work, rows: list[Waiting]) -> None:
    questions = [_document(work, row) for row in rows]
    if work.reporter.output == "jsonl":
        for question in questions:
            work.reporter.document({"schema_version": SCHEMA_VERSION, **question})
        return
    document = envelope(command="inbox", status=None)
    work.reporter.document({**document, "questions": questions})


def _document(work: Work, row: Waiting) -> dict[str, Any]:
    place = (work.setting.named, work.reporter.program, work.reporter.reference)
    question = question_json(row.question, row.thread.id, *place)
    return {"thread": row.thread.id, "graph": row.thread.graph, **question}


def _answer_all(work: Work, storage: Storage, graph: str | None, node: str | None) -> int:
    """Offer each thread that waits, and go on to the next; return the exit code."""
    seen: set[str] = set()
    for row in _waiting(storage, graph, node):
        if row.thread.id in seen:
            continue  # its other questions were offered with the first
        seen.add(row.thread.id)
        wish = _wish(work, row)
        if wish == "leave":
            break
        if wish == "answer" and (code := resume_here(work, row.thread.id)) > _STOPPED:
            return code
    return 0


#: A resume that ended above this was left with Ctrl-C, or stopped by a signal.
_STOPPED: Final = 127


def _wish(work: Work, row: Waiting) -> str:
    work.console.print(["", inbox_line(row, datetime.now(UTC), work.console.look)])
    try:
        return str(put(menu("What now?", _CHOICES, row.question.node)))
    except Parked as parked:
        parked.message, parked.remedy = "you left the inbox; what was not answered waits", ""
        raise

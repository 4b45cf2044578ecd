"""graphcli delete, prune: forget threads for good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

from graphcli.cli.threads import found, standing
from graphcli.cli.work import Work, at_work
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Status
from graphcli.errors import (
    ConflictError,
    NotFoundError,
    StorageDamagedError,
    ThreadHeldError,
    UsageError,
    did_you_mean,
)
from graphcli.render.envelope import SCHEMA_VERSION
from graphcli.storage import Storage
from graphcli.text import safe_line

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    import typer

    from graphcli.cli import options as flag

#: What nobody waits for any more.
_OVER: Final = frozenset(status for status in Status if status.over)

#: What a person still has to decide on: deleted only by those who say so.
_OPEN: Final = frozenset((Status.WAITING, Status.UNCERTAIN))

_AGE: Final = re.compile(r"(\d{1,6})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PAGE: Final = 1000


def delete(
    threads: Annotated[list[str], typer.Argument(metavar="THREAD…", help="Ids, or @latest.")],
    status: Annotated[
        str | None,
        typer.Option(
            "--status", metavar="STATUS,…", help="Delete also what is: waiting, uncertain."
        ),
    ] = None,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Delete each THREAD and all that belongs to it, for good.

    One that waits for a person is kept, unless --status names that, and one that
    runs in any case; then nothing is deleted.
    """
    with (
        at_work("delete", storage=storage, output=output, quiet=quiet) as work,
        work.open(create=False, lossy=True) as opened,
    ):
        allowed = _statuses(status) | set(Status) - _OPEN - {Status.RUNNING}
        chosen = [_chosen(name, work, opened, allowed) for name in dict.fromkeys(threads)]
        for thread, seen in chosen:
            # One that was lost with the log leaves a claim, which goes with this.
            with suppress(NotFoundError):
                opened.delete(thread, seen)
        _tell(work, [thread for thread, _ in chosen], [], opened.give_back())
    return 0


def prune(
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="Last changed so long ago: 30d, 12h."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=0, help="Keep the newest N of them.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", metavar="STATUS,…", help="Threads of these statuses."),
    ] = None,
    graph: Annotated[
        str | None, typer.Option("--graph", metavar="NAME", help="Only threads of this graph.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted; delete nothing.")
    ] = False,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Delete old threads: finished, rejected and cancelled ones.

    --status names others, as waiting or failed. One that runs is always kept.
    """
    with (
        at_work("prune", storage=storage, output=output, quiet=quiet) as work,
        work.look() if dry_run else work.open(create=False) as opened,
    ):
        if older_than is None and keep is None:
            raise UsageError("prune needs --older-than or --keep", "for example --older-than 30d")
        before = None if older_than is None else datetime.now(UTC) - _age(older_than)
        wanted = _statuses(status) if status else set(_OVER)
        old = [seen for seen in _matching(opened, wanted, graph)[keep or 0 :] if _by(seen, before)]
        if dry_run:
            _tell(work, [seen.id for seen in old], [], 0, dry_run=True)
            return 0
        deleted, kept = _delete_each(opened, old)
        _tell(work, deleted, kept, opened.give_back())
    return 0


def _chosen(
    name: str, work: Work, storage: Storage, allowed: Iterable[Status]
) -> tuple[str, ThreadInfo | None]:
    """The thread that `name` means, as it was seen; None for one that cannot be read.

    Raises:
        ConflictError: it is of a status that is kept.
    """
    if name in storage.lost():
        return name, None
    try:
        seen = found(name, storage, whole=not work.caller.stdin.isatty())
        now = standing(storage, seen).status
    except StorageDamagedError:
        if storage.match(name, 1) != [name]:
            raise
        return name, None
    if now is Status.RUNNING:
        raise ThreadHeldError(seen.id, storage.holder(seen.id) or "another process")
    if now not in allowed:
        raise ConflictError(
            f"thread `{seen.id}` is {now}, so it is kept; nothing was deleted",
            f"end it first: graphcli cancel {seen.id} · or add --status {now}",
        )
    return seen.id, seen


def _matching(storage: Storage, wanted: Iterable[Status], graph: str | None) -> list[ThreadInfo]:
    """Every thread that is of a `wanted` status now, the last changed first."""
    chosen = set(wanted)
    rows = [row for status in Status for row in _stored(storage, status, graph, chosen)]
    return sorted(rows, key=lambda row: -row.seq)


def _stored(
    storage: Storage, status: Status, graph: str | None, wanted: set[Status]
) -> Iterable[ThreadInfo]:
    # A stored `running` may be a run that died, and then is something else.
    if status not in wanted | {Status.RUNNING}:
        return
    before = None
    while rows := storage.threads(status=status, graph=graph, limit=_PAGE, before=before):
        yield from (row for row in rows if standing(storage, row).status in wanted)
        before = rows[-1].seq


def _by(seen: ThreadInfo, before: datetime | None) -> bool:
    return before is None or datetime.fromisoformat(seen.updated_at) <= before


def _delete_each(
    storage: Storage, threads: Sequence[ThreadInfo]
) -> tuple[list[str], list[tuple[str, str]]]:
    """Delete what is still as it was seen; return what went, and what is kept and why."""
    deleted, kept = [], []
    for seen in threads:
        try:
            storage.delete(seen.id, seen)
        except (ConflictError, NotFoundError) as error:
            kept.append((seen.id, error.message))
        else:
            deleted.append(seen.id)
    return deleted, kept


def _tell(
    work: Work,
    deleted: Sequence[str],
    kept: Sequence[tuple[str, str]],
    given_back: int,
    *,
    dry_run: bool = False,
) -> None:
    reporter = work.reporter
    if reporter.output == "human":
        reporter.write("".join(f"{safe_line(thread)}\n" for thread in deleted))
    for _, why in kept:
        reporter.say(f"kept: {why}")
    count = f"{len(deleted)} thread{'' if len(deleted) == 1 else 's'}"
    gained = f"; {given_back / 1e6:.1f} MB given back" if given_back else ""
    reporter.say(f"would delete {count}" if dry_run else f"deleted {count}{gained}")
    reporter.document(
        {
            "schema_version": SCHEMA_VERSION,
            "command": reporter.command,
            "dry_run": dry_run,
            "deleted": list(deleted),
            "kept": [{"thread": thread, "why": why} for thread, why in kept],
            "bytes_given_back": given_back,
            "error": None,
        }
    )


def _statuses(text: str | None) -> set[Status]:
    """The statuses in a list with commas.

    Raises:
        UsageError: there is no such status, or it is `running`.
    """
    found_ = {word.strip() for word in (text or "").split(",") if word.strip()}
    known = [status.value for status in Status if status is not Status.RUNNING]
    for word in sorted(found_):
        if word not in known:
            raise UsageError(
                f"`{safe_line(word, 40)}` is no status to delete" + did_you_mean(word, known),
                f"there are: {', '.join(known)}",
            )
    return {Status(word) for word in found_}


def _age(text: str) -> timedelta:
    """How long `30d` is.

    Raises:
        UsageError: it is no age.
    """
    match = _AGE.fullmatch(text)
    if match is None:
        raise UsageError(
            f"`{safe_line(text, 40)}` is no age", "give a number and s, m, h, d or w, as 30d"
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})

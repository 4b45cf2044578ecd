"""Verdicts on uncertain tasks: which start of a task they are about, and who was first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from graphcli.cli.threads import as_left
from graphcli.dataclass import replace
from graphcli.engine.graph.place import path_of
from graphcli.engine.running.protocol import Settle
from graphcli.engine.values.model import Task
from graphcli.errors import AlreadySettledError, GraphcliError, ThreadHeldError
from graphcli.render.commands import Commands
from graphcli.render.journal import VERDICTS
from graphcli.render.notes import uncertain_notes
from graphcli.storage import JournalEntry, Storage

#: How long to look, in seconds, whether the run that holds a thread settles what was meant here.
_PATIENCE: Final = (0.01, 0.02, 0.05, 0.1, 0.2)


def bound(
    settle: Sequence[Settle], storage: Storage, thread: str, say: Callable[[str], None]
) -> tuple[Settle, ...]:
    """Return verdicts that name no task, bound to the one that is in doubt now; say which it is.

    Where none is, or several are, they come back as they are, to be refused.
    """
    stands = None if storage.holder(thread) else as_left(storage, thread)
    doubted = () if stands is None else stands.uncertain or stands.given_up
    if len(doubted) != 1:
        return tuple(settle)
    task = doubted[0]
    for said in settle:
        if said.task is None:
            path = path_of(task.ns, task.node)
            say(f"settling `{path}` (task {task.id}): {VERDICTS[said.verdict]}")
    return tuple(said if said.task else _bound_to(task, said) for said in settle)


def _bound_to(task: Task, said: Settle) -> Settle:
    # A digest that was given is kept even if it is empty: it is that of no start.
    return replace(said, task=task.id, digest=task.doubt if said.digest is None else said.digest)


def refused(
    error: GraphcliError, settle: Sequence[Settle], storage: Storage, commands: Commands
) -> GraphcliError:
    """Return why verdicts do not count: who was first, or else `error`; with what to do now."""
    first = _first(settle, storage, commands.thread)
    if isinstance(error, ThreadHeldError):
        first = first or _soon(settle, storage, commands.thread)
    told = error if first is None else first
    stands = as_left(storage, commands.thread)
    if stands is not None and stands.uncertain and storage.holder(commands.thread) is None:
        told.remedy = "\n".join([told.remedy, *uncertain_notes(stands.uncertain, commands)])
    return told


def _soon(settle: Sequence[Settle], storage: Storage, thread: str) -> AlreadySettledError | None:
    """Who settles it at this moment: a run holds its thread before what it does is on record."""
    for seconds in _PATIENCE:
        time.sleep(seconds)
        free = storage.holder(thread) is None  # looked at first: who lets go has put it on record
        if (first := _first(settle, storage, thread)) or free:
            return first
    return None


def _first(settle: Sequence[Settle], storage: Storage, thread: str) -> AlreadySettledError | None:
    """Who has settled before what `settle` is about, if somebody has."""
    for entry in reversed(storage.journal(thread)):
        if entry.status == "settled" and any(_is_meant(entry, said) for said in settle):
            given, path = entry.answer, path_of(entry.ns, entry.node)
            verdict = VERDICTS[given.value["verdict"]]
            return AlreadySettledError(given.question, path, verdict, given.by, given.how, given.at)
    return None


def _is_meant(entry: JournalEntry, said: Settle) -> bool:
    given, wanted = entry.answer, said.task
    named = wanted in (None, entry.node, path_of(entry.ns, entry.node))
    named = named or given.question.startswith(str(wanted))
    return named and (said.digest is None or given.digest.startswith(said.digest))

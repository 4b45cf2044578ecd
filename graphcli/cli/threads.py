"""Thread ids: made so that they read well, and found by a prefix."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from graphcli.dataclass import replace
from graphcli.engine.graph.place import path_of
from graphcli.engine.running.standing import Standing, standing_of
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Status, Task
from graphcli.errors import NotFoundError, UsageError, did_you_mean
from graphcli.storage import Storage
from graphcli.text import safe_line

_GRAMMAR = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
_SHOWN = 5


def checked_id(thread: str) -> str:
    """Return `thread` if it may be the id of a thread.

    Raises:
        UsageError: it has other characters, or is longer than 128.
    """
    if re.fullmatch(_GRAMMAR, thread):
        return thread
    raise UsageError(
        f"`{safe_line(thread, 60)}` cannot be a thread id",
        "use letters, digits, '.', '_' and '-', at most 128, the first a letter or digit",
    )


def new_id(graph: str, storage: Storage) -> str:
    """Return an id that is not taken: the graph's name and six hex digits."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", graph).strip("-")[:40] or "thread"
    while True:
        thread = f"{name}-{os.urandom(3).hex()}"
        if storage.thread(thread) is None:
            return thread


def found(name: str, storage: Storage, *, whole: bool = False) -> ThreadInfo:
    """Return the thread that `name` means: an id, `@latest`, or a prefix that only one has.

    With `whole` a prefix is not enough: where nobody can see which thread was meant, an answer
    needs the full id.

    Raises:
        NotFoundError: there is none.
        UsageError: several have the prefix, or it is one where the full id is needed.
    """
    if (
        name != name.encode(errors="replace").decode()
    ):  # bytes that are no text: nothing stores them
        raise NotFoundError(f"there is no thread `{safe_line(name, 140)}`", _SEE)
    thread = storage.latest() if name == "@latest" else name
    if thread is not None and (info := storage.thread(thread)) is not None:
        return info
    matches = storage.match(name, _SHOWN + 1)
    if not matches:
        raise NotFoundError(
            f"there is no thread `{safe_line(name, 140)}`" + _near(name, storage), _SEE
        )
    if len(matches) > 1:
        raise UsageError(
            f"`{name}` begins several thread ids: {', '.join(matches[:_SHOWN])}"
            + (" …" if len(matches) > _SHOWN else ""),
            "give more of it",
        )
    if whole:
        raise UsageError(
            f"`{name}` is only the beginning of a thread id",
            f"where nobody is asked, name the whole of it: {matches[0]}",
        )
    info = storage.thread(matches[0])
    if info is None:
        raise NotFoundError(f"thread `{matches[0]}` was deleted just now", _SEE)
    return info


def standing(storage: Storage, thread: ThreadInfo) -> ThreadInfo:
    """Return the thread as it is now: a stored `running` that nobody holds is a run that died."""
    if thread.status is not Status.RUNNING or storage.holder(thread.id) is not None:
        return thread
    status = storage.status_of(thread.id)
    return thread if status is None else replace(thread, status=status)


def uncertain(stands: Standing) -> tuple[Task, ...]:
    """Return the tasks of a thread of which nobody knows whether they ran: none while it runs."""
    return stands.uncertain if stands.saved.thread.status is Status.UNCERTAIN else ()


def as_left(storage: Storage, thread: str) -> Standing | None:
    """Return where the thread `thread` stands once its run is gone, if there is such a thread."""
    saved = storage.load(thread)
    if saved is None:
        return None
    found = standing_of(saved, storage)
    if saved.thread.status is not Status.RUNNING:
        return found
    return standing_of(replace(saved, thread=replace(saved.thread, status=found.status)), storage)


def asked_before(storage: Storage, thread: str) -> dict[str, list[str]]:
    """Return the questions that a thread has asked, by the path of the node, in their order."""
    saved = storage.load(thread)
    if saved is None:
        return {}
    tasks = [task.id for task in saved.checkpoint.tasks]
    journal = [entry for entry in storage.journal(thread) if entry.status != "settled"]
    told = [(e.ns, e.node, e.answer.question) for e in journal]
    now = [
        (asked.ns or f":{asked.task}", asked.node, asked.id)
        for each in standing_of(saved, storage).every()
        for asked in each.asked
    ]
    ids: dict[str, dict[str, None]] = {}
    # What was asked at once is in the order of its tasks, whoever was answered first.
    for ns, node, id_ in sorted(_once(told, now), key=lambda each: _rank(each[0], tasks)):
        ids.setdefault(path_of(ns if ns[:1] != ":" else "", node), {})[id_] = None
    return {path: list(asked) for path, asked in ids.items()}


def _once(told: Iterable[_Place], now: Sequence[_Place]) -> list[_Place]:
    """What was answered, then what the thread stands at: nothing twice."""
    open_ = {id_ for _, _, id_ in now}
    return [*(each for each in told if each[2] not in open_), *now]


def _rank(ns: str, tasks: Sequence[str]) -> int:
    """The place among `tasks` of that in which `ns` runs; what ran before comes first."""
    task = ns.partition("|")[0].partition(":")[2]
    return tasks.index(task) if task in tasks else -1


#: Namespace (or `:task`), node and id of a question.
_Place = tuple[str, str, str]


_SEE = "see those there are: graphcli list"


def _near(name: str, storage: Storage) -> str:
    return did_you_mean(name, [info.id for info in storage.threads(limit=200)])

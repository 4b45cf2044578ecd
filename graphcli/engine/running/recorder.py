"""When a commit is written: each one fsynced, each one unsynced, or only the pauses and ends."""

from __future__ import annotations

import os
import threading

from graphcli.dataclass import replace
from graphcli.engine.values.checkpointer import Checkpointer, Commit, Saved
from graphcli.engine.values.model import Checkpoint, Result, Status
from graphcli.errors import RunLeftError, UnsupportedValueError


class Recorder:
    """Hands commits to a checkpointer as the durability asks.

    `sync` fsyncs every commit. `async` fsyncs only the final ones: answers, pauses, ends. `exit`
    writes nothing before a final one, and so cannot tell after a crash which tasks have run.
    Without a checkpointer nothing is written at all.

    A run shares it with the subgraphs inside its tasks, which commit from their own threads.
    `leaving` tells them to stop before their next superstep.
    """

    def __init__(self, checkpointer: Checkpointer | None, durability: str) -> None:
        self.checkpointer = checkpointer
        self.leaving = False
        self._durability = durability
        self._held: dict[str, Commit] = {}
        self._lock = threading.RLock()  # Ctrl-C on leaving a `with` may keep it held
        self._owner: int | None = None
        self._process = os.getpid()

    def commit(self, commit: Commit, *, final: bool) -> None:
        """Write `commit`, or hold it until a final one comes.

        Raises:
            UnsupportedValueError: a value in it cannot be stored; nothing was written.
            RunLeftError: the run has let go of the thread, or is that of a parent process.
        """
        if self.checkpointer is None:
            return
        keep = self._write
        if self._durability == "exit":
            keep = self._hold
            if not final:
                self._check(commit)
        with self._lock:
            keep(self.checkpointer, commit, final=final)

    def is_durable(self, *, final: bool) -> bool:
        """Return whether a commit is fsynced."""
        return final or self._durability == "sync"

    def close(self) -> None:
        """Refuse every later commit but those of this very thread.

        Tasks that were left behind may go on for a while; somebody else may hold the thread then.
        """
        with self._lock:
            self.leaving, self._owner = True, threading.get_ident()

    def load(self, thread: str, ns: str = "", checkpoint: str | None = None) -> Saved | None:
        """Return the head of (thread, ns), or that checkpoint, as recorded, if anything is."""
        if self.checkpointer is None:
            return None
        return self.checkpointer.load(thread, ns, checkpoint)

    def status(self, thread: str, ns: str) -> tuple[Status, int] | None:
        """Return the status of a thread and the `seq` of its head as recorded, if anything is."""
        if (held := self._held.get(ns)) is not None:
            heads = held.checkpoints
            return held.status, heads[-1].seq if heads else held.at
        if (saved := self.load(thread, ns)) is None:
            return None
        return saved.thread.status, saved.checkpoint.seq

    def refusal(self, result: Result) -> UnsupportedValueError | None:
        """Return why a result cannot be stored, None if it can."""
        if self.checkpointer is None:
            return None
        try:
            for name, value in result.writes:
                self.checkpointer.check(value, name)
            for target in result.goto:
                self.checkpointer.check(target, "goto")
            if result.asked is not None:
                self.checkpointer.check(result.asked.payload, "payload")
        except UnsupportedValueError as error:
            return error
        return None

    def _write(self, checkpointer: Checkpointer, commit: Commit, *, final: bool) -> None:
        left = self._owner not in (None, threading.get_ident())
        if left or self._process != os.getpid():  # a child that a node forked has no thread
            raise RunLeftError(commit.thread)
        durable = self.is_durable(final=final)
        checkpointer.commit(
            commit if commit.durable is durable else replace(commit, durable=durable)
        )

    def _hold(self, checkpointer: Checkpointer, commit: Commit, *, final: bool) -> None:
        """Keep `commit` for later; a final one takes along whatever was held before it."""
        commit = merged(self._held.get(commit.ns), commit)
        if not final:
            self._held[commit.ns] = commit
            return
        everything = {**self._held, commit.ns: commit}
        for ns in sorted(everything):  # the graph first: its subgraphs need the thread
            self._write(checkpointer, everything[ns], final=True)
            self._held.pop(ns, None)

    def _check(self, commit: Commit) -> None:
        """Refuse now what a held commit could not store later, when its task is long gone."""
        for result in commit.results:
            if (why := self.refusal(result)) is not None:
                raise why
        if self.checkpointer is not None:
            for checkpoint in commit.checkpoints:
                for name in checkpoint.changed:
                    self.checkpointer.check(checkpoint.values[name], name)


def merged(held: Commit | None, later: Commit) -> Commit:
    """Return one commit for two that follow one another; of their checkpoints only the last.

    `held` has no answers: a commit that has some is final, and so never held.
    """
    if held is None:
        return replace(later, checkpoints=_squeezed(later.ns, later.checkpoints))
    if not later.checkpoints:
        # In one commit a task that starts loses its result: these have ended since they started.
        ended = {result.task for result in later.results}
        return replace(
            later,
            at=held.at if not held.checkpoints else later.at,
            new=held.new,
            checkpoints=held.checkpoints,
            started=tuple(task for task in (*held.started, *later.started) if task not in ended),
            results=(*held.results, *later.results),
            void=(*held.void, *later.void),
            withdrawn=held.withdrawn or later.withdrawn,
            fingerprint=held.fingerprint if later.fingerprint is None else later.fingerprint,
        )
    return replace(
        later,
        at=held.at,
        new=held.new,
        checkpoints=_squeezed(later.ns, (*held.checkpoints, *later.checkpoints)),
        void=(*held.void, *later.void),
        results=(),
        withdrawn=held.withdrawn or later.withdrawn,
        fingerprint=held.fingerprint if later.fingerprint is None else later.fingerprint,
    )


def _squeezed(ns: str, checkpoints: tuple[Checkpoint, ...]) -> tuple[Checkpoint, ...]:
    """The last of `checkpoints` as if it came right after what was before the first of them.

    Its metadata then say who wrote it: nobody can look that up any more.
    """
    if len(checkpoints) < 2:
        return checkpoints
    *_, before, last = checkpoints
    changed: dict[str, int] = {}
    for checkpoint in checkpoints:
        for name, kept in checkpoint.changed.items():
            changed[name] = min(kept, changed.get(name, kept))
    writers = {} if ns else {"as_node": sorted({task.node for task in before.tasks})}
    metadata = {**last.metadata, **writers}
    parent = checkpoints[0].parent
    return (replace(last, parent=parent, changed=changed, metadata=metadata),)

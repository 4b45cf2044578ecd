"""When a commit is written: each one fsynced, each one unsynced, or only the pauses and ends."""

from __future__ import annotations

import threading
from dataclasses import replace

from graphcli.engine.checkpointer import Checkpointer, Commit
from graphcli.engine.model import Checkpoint, Result, Status
from graphcli.errors import UnsupportedValueError


class Recorder:
    """Hands commits to a checkpointer as the durability asks.

    `sync` fsyncs every commit. `async` fsyncs only the final ones: answers, pauses, ends. `exit`
    writes nothing before a final one, and so cannot tell after a crash which tasks have run.
    Without a checkpointer nothing is written at all.
    """

    def __init__(self, checkpointer: Checkpointer | None, durability: str) -> None:
        self.checkpointer = checkpointer
        self._durability = durability
        self._held: Commit | None = None
        # Re-entered by a run that Ctrl-C cut off just before it would have let go.
        self._lock = threading.RLock()

    def commit(self, commit: Commit, *, final: bool) -> None:
        """Write `commit`, or hold it until a final one comes.

        Raises:
            UnsupportedValueError: a value in it cannot be stored; nothing was written.
        """
        if self.checkpointer is None:
            return
        with self._lock:  # memos are committed from the threads of their tasks
            if self._durability == "exit":
                if not final:
                    self._check(commit)
                commit = merged(self._held, commit)
                if not final:
                    self._held = commit
                    return
            self.checkpointer.commit(replace(commit, durable=final or self._durability == "sync"))
            self._held = None

    def status(self, thread: str, ns: str) -> tuple[Status, int] | None:
        """Return the status of a thread and the `seq` of its head as recorded, if anything is."""
        if self._held is not None:
            heads = self._held.checkpoints
            return self._held.status, heads[-1].seq if heads else self._held.at
        if self.checkpointer is None or (saved := self.checkpointer.load(thread, ns)) is None:
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
        return replace(later, checkpoints=later.checkpoints[-1:])
    if not later.checkpoints:
        return replace(
            later,
            at=held.at if not held.checkpoints else later.at,
            new=held.new,
            checkpoints=held.checkpoints,
            started=(*held.started, *later.started),
            results=(*held.results, *later.results),
            void=(*held.void, *later.void),
            withdrawn=held.withdrawn or later.withdrawn,
        )
    return replace(
        later,
        at=held.at,
        new=held.new,
        checkpoints=(_joined(held.checkpoints, later.checkpoints[-1]),),
        void=(*held.void, *later.void),
        results=(),
        withdrawn=held.withdrawn or later.withdrawn,
    )


def _joined(before: tuple[Checkpoint, ...], last: Checkpoint) -> Checkpoint:
    if not before:
        return last
    first = before[-1]
    changed = dict(first.changed)
    for name, kept in last.changed.items():
        changed[name] = min(kept, changed.get(name, kept))
    return replace(last, parent=first.parent, changed=changed)

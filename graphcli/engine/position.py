"""Where a thread stands while a run drives it, and what the run is lent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphcli.engine.checkpointer import Saved, ThreadInfo
from graphcli.engine.model import Answer, Asked, Checkpoint, Result, Task
from graphcli.engine.protocol import RunOptions
from graphcli.engine.recorder import Recorder
from graphcli.engine.workers import Loop


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run is lent: ids and clock are passed in, so that nothing here is left to chance."""

    recorder: Recorder
    options: RunOptions
    config: Mapping[str, Any]
    reveal: Callable[[str], str | None]
    now: Callable[[], str]
    loop: Loop


@dataclass(slots=True)
class Position:
    """Where a thread stands while a run drives it: the checkpoint and what happened on it."""

    thread: ThreadInfo
    ns: str
    checkpoint: Checkpoint
    started: dict[str, int] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)
    questions: dict[str, Asked] = field(default_factory=dict)

    @classmethod
    def of(cls, saved: Saved) -> Position:
        """Return the position that was saved."""
        return cls(
            saved.thread,
            saved.ns,
            saved.checkpoint,
            dict(saved.started),
            dict(saved.results),
            dict(saved.answers),
            {asked.id: asked for asked in saved.questions},
        )

    def begin(self, tasks: Sequence[Task]) -> tuple[str, ...]:
        """Count `tasks` as begun once more, forget how they ended before, and return their ids."""
        for task in tasks:
            self.started[task.id] = self.started.get(task.id, 0) + 1
            self.results.pop(task.id, None)
        return tuple([task.id for task in tasks])

    def move(self, checkpoint: Checkpoint) -> None:
        """Stand on the next checkpoint, where nothing has happened yet."""
        self.checkpoint = checkpoint
        self.started, self.results, self.answers, self.questions = {}, {}, {}, {}

    def keep(self, result: Result) -> None:
        """Note how a task ended; its question, if it has one, replaces the one before."""
        self.forget(result.task)
        self.results[result.task] = result
        if result.asked is not None:
            self.questions[result.asked.id] = result.asked

    def forget(self, task: str) -> None:
        """Drop how a task ended, and what it asked."""
        self.results.pop(task, None)
        for question in [q.id for q in self.questions.values() if q.task == task]:
            del self.questions[question]

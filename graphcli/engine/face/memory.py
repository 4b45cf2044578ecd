"""Threads in memory: for tests, notebooks and graphs that need not outlive their process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from graphcli.dataclass import dataclass, field, replace
from graphcli.engine.graph.place import is_inside
from graphcli.engine.values.checkpointer import Commit, Saved, ThreadInfo, no_longer_asked
from graphcli.engine.values.model import Answer, Asked, Checkpoint, Result
from graphcli.errors import (
    AlreadyAnsweredError,
    NotFoundError,
    QuestionChangedError,
    ThreadExistsError,
    ThreadHeldError,
)


@dataclass(slots=True)
class _Line:
    """All that is kept of one (thread, ns)."""

    checkpoints: list[Checkpoint] = field(default_factory=list)
    started: dict[str, int] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    questions: dict[str, Asked] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)


class InMemorySaver:
    """Keep threads for as long as this object lives.

    Values are kept as they are: the engine hands out copies, so nothing is shared with a node.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._held: set[str] = set()
        self._threads: dict[str, ThreadInfo] = {}
        self._lines: dict[tuple[str, str], _Line] = {}
        self._seq = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Keep the threads: they live as long as this object."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep the threads: they live as long as this object."""

    @contextmanager
    def claim(self, thread: str) -> Iterator[None]:
        """Hold `thread` for one run of this process."""
        with self._lock:
            if thread in self._held:
                raise ThreadHeldError(thread, "another run in this process")
            self._held.add(thread)
        try:
            yield
        finally:
            self._held.discard(thread)

    def holder(self, thread: str) -> str | None:
        """Return who holds the claim on `thread`, or None."""
        return "another run in this process" if thread in self._held else None

    def register(self, classes: Iterable[type]) -> None:
        """Keep objects of every class as they are."""

    def check(self, value: Any, path: str) -> None:
        """Accept every value: nothing is written down."""

    def commit(self, commit: Commit) -> None:
        """Make `commit` true, or raise and change nothing."""
        with self._lock:
            if commit.new is not None and commit.thread in self._threads:
                raise ThreadExistsError(commit.thread, self._threads[commit.thread].status)
            line = self._lines.get((commit.thread, commit.ns), _Line())
            for answer in commit.answers:
                _refuse_late(self._asking(commit.thread, answer.question), answer)
            self._lines[commit.thread, commit.ns] = line
            self._take_told(commit)
            _take_in(line, commit)
            if commit.withdrawn or commit.checkpoints:
                self._withdraw(commit)
            self._note(commit)

    def load(self, thread: str, ns: str = "", checkpoint: str | None = None) -> Saved | None:
        """Return the head of (thread, ns), or the checkpoint with that id; None if unknown."""
        with self._lock:
            line = self._lines.get((thread, ns), _Line())
            for saved in reversed(line.checkpoints):
                if checkpoint in (None, saved.id):
                    return self._saved(thread, ns, line, saved)
        return None

    def history(
        self, thread: str, ns: str = "", before: str | None = None, limit: int | None = None
    ) -> Iterator[Saved]:
        """Yield the checkpoints of (thread, ns), the newest first, from before the id `before`."""
        with self._lock:
            line = self._lines.get((thread, ns), _Line())
            before_it = [c for c in reversed(line.checkpoints) if before is None or c.id < before]
            found = [self._saved(thread, ns, line, c) for c in before_it[:limit]]
        yield from found  # whoever takes these one by one keeps nobody else waiting

    def delete(self, thread: str) -> None:
        """Forget a thread."""
        with self._lock:
            self._threads.pop(thread, None)
            self._lines = {key: line for key, line in self._lines.items() if key[0] != thread}

    def _saved(self, thread: str, ns: str, line: _Line, checkpoint: Checkpoint) -> Saved:
        tasks = {task.id for task in checkpoint.tasks}
        asked = [q for q in line.questions.values() if q.task in tasks]
        told: dict[str, tuple[Answer, ...]] = {}
        for question in sorted(asked, key=lambda q: q.index):
            if line.state[question.id] == "answered":
                answer = line.answers[question.id]
                told[question.task] = (*told.get(question.task, ()), answer)
        return Saved(
            self._threads[thread],
            ns,
            checkpoint,
            {id_: count for id_, count in line.started.items() if id_ in tasks},
            {id_: r for id_, r in line.results.items() if id_.partition(".")[0] in tasks},
            tuple(q for q in asked if line.state[q.id] == "open"),
            told,
            tuple(q for q in asked if line.state[q.id] != "void"),
        )

    def _asking(self, thread: str, question: str) -> _Line:
        """What is kept where a question was asked: in the graph or in a subgraph."""
        for (of, _), line in self._lines.items():
            if of == thread and question in line.questions:
                return line
        raise NotFoundError(f"there is no question {question}", "see the open ones: graphcli inbox")

    def _take_told(self, commit: Commit) -> None:
        for answer in commit.answers:
            line = self._asking(commit.thread, answer.question)
            line.answers[answer.question] = answer
            line.state[answer.question] = "answered"
        for id_ in commit.void:
            self._asking(commit.thread, id_).state[id_] = "void"

    def _withdraw(self, commit: Commit) -> None:
        for (thread, ns), line in self._lines.items():
            if thread != commit.thread or not line.state:
                continue
            head = {task.id for task in line.checkpoints[-1].tasks}
            inside = is_inside(ns, commit.ns)
            for id_, state in line.state.items():
                left = line.questions[id_].task not in head if ns == commit.ns else inside
                if state == "open" and (commit.withdrawn or left):
                    line.state[id_] = "withdrawn"

    def _note(self, commit: Commit) -> None:
        self._seq += 1
        info = commit.new or self._threads[commit.thread]
        lines = [line for (thread, _), line in self._lines.items() if thread == commit.thread]
        self._threads[commit.thread] = replace(
            info,
            status=commit.status,
            seq=self._seq,
            failure=commit.failure,
            fingerprint=info.fingerprint if commit.fingerprint is None else commit.fingerprint,
            open=sum(state == "open" for line in lines for state in line.state.values()),
        )


#: LangGraph's other name for it.
MemorySaver = InMemorySaver


def _refuse_late(line: _Line, answer: Answer) -> None:
    asked = line.questions[answer.question]
    state = line.state[asked.id]
    if state == "answered":
        result, before = line.results.get(asked.task), line.answers[asked.id]
        failed = result is not None and result.outcome == "failed"
        if not failed or answer.replaces != before.at:
            raise AlreadyAnsweredError(asked.id, before.by, before.how, before.at)
    elif state != "open":
        raise no_longer_asked(asked.id, state, answer.digest, asked.digest)
    if asked.digest != answer.digest:
        raise QuestionChangedError(asked.id, answer.digest, asked.digest)


def _take_in(line: _Line, commit: Commit) -> None:
    for id_ in commit.started:
        line.started[id_] = line.started.get(id_, 0) + 1
        line.results.pop(id_, None)
    for result in (*commit.results, *commit.kept):
        line.results[result.task] = result
        if result.asked is not None:
            line.questions[result.asked.id] = result.asked
            line.state[result.asked.id] = "open"
    line.checkpoints.extend(commit.checkpoints)
    if commit.amended is not None:
        line.checkpoints[-1] = commit.amended

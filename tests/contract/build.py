"""Threads, checkpoints and questions for tests, with what does not matter filled in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from graphcli.engine.values.checkpointer import Checkpointer, Commit, Saved, ThreadInfo
from graphcli.engine.values.model import Answer, Asked, Checkpoint, Failure, Result, Status, Task

_COUNT = count()


def thread(id_: str = "release", **given: Any) -> ThreadInfo:
    given.setdefault("uid", f"uid-{id_}")
    return ThreadInfo(id_, graph="release", created_at="2026-01-01T00:00:00+00:00", **given)


def task(id_: str, node: str = "node", **given: Any) -> Task:
    return Task(id_, node, ("pull", node), **given)


def checkpoint(
    seq: int,
    values: Mapping[str, Any] | None = None,
    *tasks: str,
    changed: Mapping[str, int] | None = None,
    parent: int | None = -1,
    line: str = "c",
    **given: Any,
) -> Checkpoint:
    """A checkpoint that follows `seq - 1`, unless `parent` (a seq, or None) says otherwise."""
    before = seq - 1 if parent == -1 else parent
    return Checkpoint(
        id=f"{seq:04}{line}",
        seq=seq,
        step=seq - 1,
        source="loop",
        values=values or {},
        tasks=tuple(task(id_) for id_ in tasks),
        parent=None if before is None or before < 0 else f"{before:04}{line}",
        changed=changed or {},
        created_at="2026-01-01T00:00:00+00:00",
        **given,
    )


def asked(id_: str, of: str, index: int = 0, digest: str = "d1", payload: Any = "Deploy?") -> Asked:
    return Asked(id_, of, "node", index, payload, {"type": "boolean"}, digest, asked_at="then")


def asks(question: Asked) -> Result:
    return Result(question.task, question.node, "asked", asked=question)


def done(of: str, *writes: tuple[str, Any]) -> Result:
    return Result(of, "node", "done", writes, ("next",))


def failed(of: str) -> Result:
    return Result(of, "node", "failed", failure=Failure("ValueError", "no", "trace"), attempts=2)


def answer(question: str, value: Any = True, digest: str = "d1", by: str = "ada") -> Answer:
    return Answer(question, digest, value, by, "flag", "2026-01-02T00:00:00+00:00")


def begin(keeper: Checkpointer, id_: str = "release", *tasks: str, **values: Any) -> None:
    """Begin a thread whose first checkpoint plans `tasks` and has started them."""
    first = checkpoint(0, values, *tasks)
    new = thread(id_, uid=f"uid-{next(_COUNT)}")
    keeper.commit(Commit(id_, 0, new=new, checkpoints=(first,), started=tasks))


def waiting(keeper: Checkpointer, *questions: Asked, id_: str = "release") -> None:
    """Begin a thread that waits for an answer to each of `questions`."""
    begin(keeper, id_, *dict.fromkeys(q.task for q in questions))
    results = tuple(asks(q) for q in questions)
    keeper.commit(Commit(id_, 0, results=results, status=Status.WAITING))


def load(keeper: Checkpointer, id_: str = "release", ns: str = "") -> Saved:
    saved = keeper.load(id_, ns)
    assert saved is not None
    return saved

"""Go on from an old checkpoint: always by a fork of it, so that nothing that was is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphcli.engine.answers import answers_to
from graphcli.engine.checkpointer import Checkpointer, Commit, Saved
from graphcli.engine.clock import utc_now
from graphcli.engine.command import amended
from graphcli.engine.interrupt import question_id
from graphcli.engine.model import UNSET, Answer, Asked, Checkpoint, Command, Result, Status, Task
from graphcli.engine.structure import Graph
from graphcli.engine.travel import carried, forked
from graphcli.errors import NotFoundError


def gone_back(
    graph: Graph, checkpointer: Checkpointer, newest: Saved, id_: str, value: Any
) -> tuple[Saved, Any]:
    """Return where to go on from with the input `value`, and the input as it fits there.

    For None and a Command the old checkpoint is forked, unless it is the head and nobody but
    this caller can have built on it. An answer is given to the fork's copy of its question.

    Raises:
        NotFoundError: there is no such checkpoint, or it has not asked such a question.
        ConflictError: an answer, where nothing was asked.
        InvalidAnswerError: an answer does not fit the schema of its question.
    """
    old = checkpointer.load(newest.thread.id, newest.ns, id_)
    if old is None:
        raise NotFoundError(
            f"thread `{newest.thread.id}` has no checkpoint {id_}", "see get_state_history()"
        )
    if not (value is None or isinstance(value, Command)) or _stays(newest, id_, value):
        return old, value
    fork = forked(graph, old, newest.checkpoint.seq + 1, utc_now())
    if value is None or value.resume is UNSET:
        amended(graph, old, value or Command())  # refused before anything moves
        _commit(checkpointer, newest, fork)
        return _head(checkpointer, newest), value
    told = {answer.question: answer for answer in answers_to(value.resume, old)}
    amended(graph, old, value)
    renamed = _reopen(checkpointer, newest, old, fork, told)
    return _head(checkpointer, newest), replace(value, resume=renamed)


def _stays(newest: Saved, id_: str, value: Any) -> bool:
    """Whether the checkpoint with `id_` can be gone on from as it is."""
    own = newest.checkpoint.source in ("update", "fork")
    return id_ == newest.checkpoint.id and (own or value is not None)


def _head(checkpointer: Checkpointer, newest: Saved) -> Saved:
    head = checkpointer.load(newest.thread.id, newest.ns)
    assert head is not None, "it has just been saved"  # noqa: S101
    return head


def _commit(
    checkpointer: Checkpointer, newest: Saved, fork: Checkpoint, kept: tuple[Result, ...] = ()
) -> None:
    checkpointer.commit(
        Commit(
            newest.thread.id,
            at=newest.checkpoint.seq,
            checkpoints=(fork,),
            kept=kept,
            withdrawn=True,
            status=Status.STOPPED if fork.tasks else Status.FINISHED,
        )
    )


def _reopen(
    checkpointer: Checkpointer,
    newest: Saved,
    old: Saved,
    fork: Checkpoint,
    told: Mapping[str, Answer],
) -> dict[str, Any]:
    """Save `fork` as `old` was when it asked; return the answers `told` by their new questions.

    Tasks that had ended are not run again, but for those that get another answer. What such a
    task was told before, it is told again; what it asked later, it will ask anew.
    """
    heirs = {task.path: task for task in fork.tasks}
    again = {asked.task for asked in old.asked if asked.id in told}
    ended = {id_: result for id_, result in old.results.items() if id_ not in again}
    _commit(checkpointer, newest, fork, carried(replace(old, results=ended), fork))
    chains = [
        [(_inherited(asked, heirs[task.path]), _given(asked, old, told)) for asked in chain]
        for task in old.checkpoint.tasks
        if (chain := _chain(task, old, told))
    ]
    _ask(checkpointer, newest, fork, chains)
    last = [chain[-1] for chain in chains if chain[-1][1] is not None]
    return {asked.id: answer.value for asked, answer in last if answer is not None}


def _chain(task: Task, old: Saved, told: Mapping[str, Answer]) -> list[Asked]:
    """The questions of `task` up to the last one that is answered now, or that was open."""
    asked = sorted((a for a in old.asked if a.task == task.id), key=lambda each: each.index)
    result = old.results.get(task.id)
    last = [a.index for a in asked if a.id in told]
    if not last and result is not None and result.asked is not None:
        last = [result.asked.index]
    return asked[: max(last) + 1] if last else []


def _inherited(asked: Asked, heir: Task) -> Asked:
    id_ = question_id(heir.id, asked.index, asked.digest, asked.match)
    return replace(asked, id=id_, task=heir.id)


def _given(asked: Asked, old: Saved, told: Mapping[str, Answer]) -> Answer | None:
    before = {answer.question: answer for answer in old.answers.get(asked.task, ())}
    return told.get(asked.id) or before.get(asked.id)


def _ask(
    checkpointer: Checkpointer,
    newest: Saved,
    fork: Checkpoint,
    chains: list[list[tuple[Asked, Answer | None]]],
) -> None:
    """Journal the questions of the fork as they came: each asked, answered, and then the next."""
    for n in range(max(map(len, chains))):
        told = [chain[n - 1] for chain in chains if 0 < n < len(chain)]
        asked = [chain[n][0] for chain in chains if n < len(chain)]
        checkpointer.commit(
            Commit(
                newest.thread.id,
                at=fork.seq,
                answers=tuple([replace(a, question=q.id) for q, a in told if a is not None]),
                results=tuple([Result(q.task, q.node, "asked", asked=q) for q in asked]),
                status=Status.WAITING,
            )
        )

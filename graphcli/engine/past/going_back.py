"""Go on from an old checkpoint: always by a fork of it, so that nothing that was is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.graph.structure import Graph
from graphcli.engine.past.forks import Forks, way_to
from graphcli.engine.past.views import asked_inside
from graphcli.engine.resuming.answers import answers_to, names_questions
from graphcli.engine.resuming.command import amended
from graphcli.engine.running.interrupt import question_id
from graphcli.engine.values.checkpointer import Checkpointer, Commit, Saved
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import UNSET, Answer, Asked, Command, Result, Status, Task
from graphcli.errors import UsageError


def gone_back(
    graph: Graph, checkpointer: Checkpointer, newest: Saved, ns: str, id_: str, value: Any
) -> tuple[Saved, Any]:
    """Return where to go on from with the input `value`, and the input as it fits there.

    For None and a Command the old checkpoint is forked, unless it is the head and nobody but
    this caller can have built on it. An answer is given to the fork's copy of its question.
    Of a checkpoint of a subgraph, under `ns`, those around it are forked too.

    Raises:
        NotFoundError: there is no such checkpoint, or it has not asked such a question.
        ConflictError: an answer, where nothing was asked.
        InvalidAnswerError: an answer does not fit the schema of its question.
        UsageError: an update or a goto for a subgraph.
    """
    way = way_to(checkpointer, newest.thread.id, ns, id_)
    old = way[-1]
    if not (value is None or isinstance(value, Command)) or _stays(checkpointer, way, value):
        return way[0], value
    command = Command() if value is None else value
    amended(graph, way[0], command)  # refused before anything moves
    if ns and (command.update is not None or command.goto):
        raise UsageError(
            f"a Command cannot write to the subgraph {ns}",
            "answer with it alone; write with update_state(config, …) first",
        )
    told: dict[str, Answer] = {}
    if command.resume is not UNSET:
        _refuse_vague(old, command.resume, checkpointer)
        told = {answer.question: answer for answer in answers_to(command.resume, old)}
    forks = Forks(graph, checkpointer, newest.checkpoint.seq + 1, way, utc_now())
    forks.commit(_again(old, told), reopen=bool(told))
    if not told:
        return forks.head(), value
    value = replace(command, resume=_reopen(checkpointer, forks, old, told))
    return forks.head(), value


def _refuse_vague(old: Saved, resume: Any, checkpointer: Checkpointer) -> None:
    """Refuse one value where a subgraph has asked as well.

    Raises:
        RuntimeError: it does not say which question it is for.
    """
    if old.asked and not names_questions(resume) and asked_inside(old, checkpointer):
        raise RuntimeError(
            f"checkpoint {old.checkpoint.id} has asked in a subgraph too: name the question, "
            "Command(resume={id: value}), or answer at the config of the subgraph's state"
        )


def _stays(checkpointer: Checkpointer, way: Sequence[Saved], value: Any) -> bool:
    """Whether the last checkpoint of `way` can be gone on from as it is."""
    old = way[-1]
    own = old.checkpoint.source in ("update", "fork") and not old.started
    heads = (checkpointer.load(each.thread.id, each.ns) for each in way)
    return (own or value is not None) and all(
        head is not None and head.checkpoint.id == each.checkpoint.id
        for head, each in zip(heads, way, strict=True)
    )


def _again(old: Saved, told: Mapping[str, Answer]) -> Saved:
    """The old position without the results of tasks that get another answer."""
    again = {asked.task for asked in old.asked if asked.id in told}
    ended = {id_: result for id_, result in old.results.items() if id_ not in again}
    return replace(old, results=ended)


def _reopen(
    checkpointer: Checkpointer, forks: Forks, old: Saved, told: Mapping[str, Answer]
) -> dict[str, Any]:
    """Ask on the fork what was asked on `old`; return the answers `told` by their new questions.

    Tasks that had ended are not run again, but for those that get another answer. What such a
    task was told before, it is told again; what it asked later, it will ask anew.
    """
    fork = forks.last()
    heirs = {task.path: task for task in fork.checkpoint.tasks}
    chains = [
        [(_inherited(asked, heirs[task.path], fork.ns), _given(asked, old, told)) for asked in asks]
        for task in old.checkpoint.tasks
        if (asks := _chain(task, old, told))
    ]
    _ask(checkpointer, fork, chains)
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


def _inherited(asked: Asked, heir: Task, ns: str) -> Asked:
    id_ = question_id(heir.id, asked.index, asked.digest, asked.match)
    return replace(asked, id=id_, task=heir.id, ns=ns)


def _given(asked: Asked, old: Saved, told: Mapping[str, Answer]) -> Answer | None:
    before = {answer.question: answer for answer in old.answers.get(asked.task, ())}
    return told.get(asked.id) or before.get(asked.id)


def _ask(
    checkpointer: Checkpointer, fork: Saved, chains: list[list[tuple[Asked, Answer | None]]]
) -> None:
    """Journal the questions of the fork as they came: each asked, answered, and then the next."""
    for n in range(max(map(len, chains))):
        told = [chain[n - 1] for chain in chains if 0 < n < len(chain)]
        asked = [chain[n][0] for chain in chains if n < len(chain)]
        checkpointer.commit(
            Commit(
                fork.thread.id,
                at=fork.checkpoint.seq,
                ns=fork.ns,
                answers=tuple([replace(a, question=q.id) for q, a in told if a is not None]),
                results=tuple([Result(q.task, q.node, "asked", asked=q) for q in asked]),
                status=Status.WAITING,
            )
        )

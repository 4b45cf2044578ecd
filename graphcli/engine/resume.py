"""How a run begins: a new thread, one that goes on, one that gets new input."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from graphcli.engine.checkpointer import Commit, Saved, ThreadInfo
from graphcli.engine.events import CheckpointSaved, Event, RunEnded, RunStarted
from graphcli.engine.model import (
    START,
    Answer,
    Checkpoint,
    Failure,
    Result,
    Status,
    Task,
)
from graphcli.engine.protocol import Settle
from graphcli.engine.run import Position, Run, Tools
from graphcli.engine.structure import Graph
from graphcli.engine.superstep import apply, begin, unfinished, visible_values
from graphcli.engine.task import Surroundings, TaskRunner, finish
from graphcli.errors import (
    ConflictError,
    GraphChangedError,
    NotFoundError,
    NothingToResumeError,
)


def uncertain_tasks(saved: Saved) -> tuple[Task, ...]:
    """Return the tasks that held a worker when their run died, and so may have run."""
    if saved.thread.status not in (Status.RUNNING, Status.UNCERTAIN):
        return ()
    return tuple(
        task
        for task in saved.checkpoint.tasks
        if task.on_crash == "ask" and saved.started.get(task.id) and task.id not in saved.results
    )


def actual_status(saved: Saved) -> Status:
    """Return what a thread is that no run holds: a stored `running` is a run that died."""
    if saved.thread.status is not Status.RUNNING:
        return saved.thread.status
    if uncertain_tasks(saved):
        return Status.UNCERTAIN
    if saved.questions:
        return Status.WAITING
    return Status.STOPPED


def start(
    graph: Graph, thread: ThreadInfo, value: Any, tools: Tools, head: Saved | None = None
) -> Iterator[Event]:
    """Begin a thread with `value`, or give the thread of `head` new input; then drive it.

    The input, the first checkpoint and its planned tasks are one commit.
    """
    last = head.checkpoint if head else None
    first = replace(begin(graph, thread.uid, "", value, last), created_at=tools.now())
    saved = [first, *_past_start(graph, thread, first, tools)]
    position = Position(thread, "", saved[-1])
    run = Run(graph, position, tools, saved[-1].tasks)
    run.status = run.next_status(saved[-1], set())
    tools.recorder.commit(
        Commit(
            thread.id,
            at=last.seq if last else 0,
            new=None if head else thread,
            checkpoints=tuple(saved),
            started=run.take_workers() if run.status is Status.RUNNING else (),
            withdrawn=head is not None,
            status=run.status,
        ),
        final=run.status is not Status.RUNNING,
    )
    yield RunStarted(thread.id, thread.graph, new=head is None)
    for checkpoint in saved:
        yield CheckpointSaved("", checkpoint)
    yield from run.drive()


def go_on(
    graph: Graph,
    saved: Saved,
    tools: Tools,
    answers: Sequence[Answer] = (),
    settle: Sequence[Settle] = (),
    *,
    ask_again: bool = False,
) -> Iterator[Event]:
    """Settle what is uncertain, answer what was asked, and drive what can go on.

    With `ask_again` (LangGraph's rule for `invoke(None)`) waiting tasks run again and ask anew.

    Raises:
        NothingToResumeError: the thread has ended.
        GraphChangedError: the graph lacks a node that is planned to run.
        ConflictError: an answer came too late, or its question has changed.
        NotFoundError: an answer or a verdict names something unknown.
    """
    status = actual_status(saved)
    if status.over:
        raise NothingToResumeError(saved.thread.id, status.value, _instead(saved, status))
    _require_nodes(graph, saved)
    verdicts = _verdicts(saved, settle)
    open_ = tuple(task for task in uncertain_tasks(saved) if task.id not in verdicts)
    position = Position.of(saved)
    if open_:
        if answers:
            raise ConflictError(
                f"thread `{saved.thread.id}` is uncertain: `{open_[0].node}` may have run",
                "settle that first (--rerun, --done or --give-up), then answer",
            )
        yield from _stand_still(graph, position, Status.UNCERTAIN, tools, open_)
        return
    todo = _todo(saved, answers, verdicts, ask_again=ask_again)
    if not todo and status is Status.WAITING and not answers and not verdicts:
        yield from _stand_still(graph, position, status, tools)
        return
    _take_in(position, answers, verdicts)
    settled = {id_: s.update for id_, s in verdicts.items() if s.verdict == "done"}
    run = Run(graph, position, tools, todo, settled)
    tools.recorder.commit(
        Commit(
            saved.thread.id,
            at=saved.checkpoint.seq,
            answers=tuple(answers),
            results=tuple(_given_up(saved, verdicts)),
            started=run.take_workers(),
        ),
        final=True,
    )
    yield RunStarted(saved.thread.id, saved.thread.graph, new=False)
    yield from run.drive()


def new_thread(id_: str, graph: str, reference: str, now: str) -> ThreadInfo:
    """Return a thread that is about to begin; its `uid` is random."""
    return ThreadInfo(id_, secrets.token_hex(8), graph, reference, created_at=now, updated_at=now)


def _past_start(
    graph: Graph, thread: ThreadInfo, first: Checkpoint, tools: Tools
) -> list[Checkpoint]:
    """The checkpoint after START, where START only copies the input and runs no branch."""
    if graph.branches.get(START):
        return []
    around = Surroundings("", tools.config, lambda _event: None, tools.reveal)
    result = finish(TaskRunner(graph, first, first.tasks[0], (), around).run())
    following = apply(graph, thread.uid, "", first, {result.task: result})
    return [replace(following, created_at=tools.now())]


def _stand_still(
    graph: Graph, position: Position, status: Status, tools: Tools, uncertain: tuple[Task, ...] = ()
) -> Iterator[Event]:
    """Say what the thread is without running anything."""
    thread = position.thread
    if thread.status is not status:
        change = Commit(thread.id, position.checkpoint.seq, status=status, failure=thread.failure)
        tools.recorder.commit(change, final=True)
    yield RunStarted(thread.id, thread.graph, new=False)
    questions = tuple(position.questions.values())
    values = visible_values(graph, position.checkpoint, position.results)
    yield RunEnded(thread.id, thread.graph, status, values, questions, uncertain, thread.failure)


def _todo(
    saved: Saved,
    answers: Sequence[Answer],
    verdicts: dict[str, Settle],
    *,
    ask_again: bool,
) -> list[Task]:
    """The tasks that can go on: new, failed, or with an answer to their last question."""
    answered = {answer.question for answer in answers}
    waiting = {asked.task for asked in saved.questions if asked.id not in answered}
    given_up = {id_ for id_, settle in verdicts.items() if settle.verdict == "give_up"}
    return [
        task
        for task in unfinished(saved.checkpoint, saved.results)
        if task.id not in given_up and (ask_again or task.id not in waiting)
    ]


def _take_in(position: Position, answers: Sequence[Answer], verdicts: dict[str, Settle]) -> None:
    for answer in answers:
        asked = position.questions.pop(answer.question, None)
        if asked is not None:
            position.answers[asked.task] = (*position.answers.get(asked.task, ()), answer)
            continue
        for id_, given in position.answers.items():  # a new answer for a task that failed
            position.answers[id_] = tuple(
                answer if old.question == answer.question else old for old in given
            )
    for id_, settle in verdicts.items():
        if settle.verdict == "give_up":
            task = next(task for task in position.checkpoint.tasks if task.id == id_)
            position.results[id_] = _failed(task)


def _given_up(saved: Saved, verdicts: dict[str, Settle]) -> Iterator[Result]:
    for task in saved.checkpoint.tasks:
        if task.id in verdicts and verdicts[task.id].verdict == "give_up":
            yield _failed(task)


def _failed(task: Task) -> Result:
    failure = Failure("GivenUp", f"a person gave up on `{task.node}`, which may have run")
    return Result(task.id, task.node, "failed", failure=failure)


def _verdicts(saved: Saved, settle: Sequence[Settle]) -> dict[str, Settle]:
    uncertain = uncertain_tasks(saved)
    found: dict[str, Settle] = {}
    for verdict in settle:
        named = [
            task
            for task in uncertain
            if verdict.task is None or verdict.task == task.node or task.id.startswith(verdict.task)
        ]
        if len(named) != 1:
            raise _not_one(saved, verdict, [task.node for task in uncertain])
        found[named[0].id] = verdict
    return found


def _not_one(saved: Saved, verdict: Settle, uncertain: list[str]) -> NotFoundError | ConflictError:
    thread = saved.thread.id
    if not uncertain:
        return ConflictError(
            f"thread `{thread}` has no uncertain task", f"see it: graphcli inspect {thread}"
        )
    named = ", ".join(f"`{node}`" for node in uncertain)
    if verdict.task is None:
        return ConflictError(f"several tasks of `{thread}` are uncertain: {named}", "add --task ID")
    return NotFoundError(f"no uncertain task `{verdict.task}` in `{thread}`: there is {named}")


def _require_nodes(graph: Graph, saved: Saved) -> None:
    for task in unfinished(saved.checkpoint, saved.results):
        if task.node != START and task.node not in graph.nodes:
            raise GraphChangedError(saved.thread.id, task.node, graph.nodes)


def _instead(saved: Saved, status: Status) -> str:
    if status is Status.FINISHED:
        return f"give it new input: graphcli run --continue --thread {saved.thread.id} …"
    return "start a new thread with graphcli run"

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
    Result,
    Status,
    Task,
)
from graphcli.engine.position import Position, Tools
from graphcli.engine.protocol import Settle
from graphcli.engine.run import Run
from graphcli.engine.settle import given_up_result, verdicts_on
from graphcli.engine.structure import Graph
from graphcli.engine.superstep import apply, begin, next_status, unfinished, visible_values
from graphcli.engine.update import read_input
from graphcli.errors import (
    ConflictError,
    GraphChangedError,
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
    graph: Graph,
    thread: ThreadInfo,
    value: Any,
    tools: Tools,
    head: Saved | None = None,
    newest: Saved | None = None,
) -> Iterator[Event]:
    """Begin a thread with `value`, or give the thread of `head` new input; then drive it.

    `newest` is the thread's newest checkpoint, where `head` is an older one of it.

    The input, the first checkpoint and its planned tasks are one commit.

    Raises:
        InvalidUpdateError: `value` is not a set of keys.
    """
    read_input(graph, value)  # before anything is stored
    last = head.checkpoint if head else None
    newest = newest or head
    seq = 0 if newest is None else newest.checkpoint.seq + 1
    first = replace(begin(graph, thread.uid, "", value, last, seq), created_at=tools.now())
    saved = [first, *_past_start(graph, thread, first, tools)]
    run = Run(graph, Position(thread, "", saved[-1]), tools, saved[-1].tasks)
    run.status = next_status(saved[-1], set(), tools.options)
    tools.recorder.commit(
        Commit(
            thread.id,
            at=newest.checkpoint.seq if newest else 0,
            new=None if head else thread,
            checkpoints=tuple(saved),
            started=run.take_workers() if run.status is Status.RUNNING else (),
            withdrawn=head is not None,
            status=run.status,
        ),
        final=run.status is not Status.RUNNING,
    )
    yield from run.drive(
        RunStarted(thread.id, thread.graph, new=head is None),
        *[CheckpointSaved("", checkpoint) for checkpoint in saved],
    )


def go_on(
    graph: Graph,
    saved: Saved,
    tools: Tools,
    answers: Sequence[Answer] = (),
    settle: Sequence[Settle] = (),
    *,
    amended: Checkpoint | None = None,
    ask_again: bool = False,
) -> Iterator[Event]:
    """Settle what is uncertain, answer what was asked, and drive what can go on.

    `amended` is the checkpoint as a Command has changed it. With `ask_again` (LangGraph's rule
    for `invoke(None)`) waiting tasks run again and ask anew.

    Raises:
        NothingToResumeError: the thread has ended.
        GraphChangedError: the graph lacks a node that is planned to run.
        ConflictError: an answer came too late, or its question has changed.
        NotFoundError: an answer or a verdict names something unknown.
    """
    status = actual_status(saved)
    if status.over and not (amended and status is Status.FINISHED):
        raise NothingToResumeError(saved.thread.id, status.value, _instead(saved, status))
    if amended is not None:
        saved = replace(saved, checkpoint=amended)
    _require_nodes(graph, saved)
    verdicts = verdicts_on(uncertain_tasks(saved), settle, saved.thread.id, graph, tools.recorder)
    open_ = tuple(task for task in uncertain_tasks(saved) if task.id not in verdicts)
    position = Position.of(saved)
    if open_ and (answers or amended):
        raise ConflictError(
            f"thread `{saved.thread.id}` is uncertain: `{open_[0].node}` may have run",
            "settle that first (--rerun, --done or --give-up), then answer",
        )
    todo = _todo(saved, answers, verdicts, ask_again=ask_again)
    settled_nothing = not verdicts and not answers
    if settled_nothing and (open_ or (not todo and status is Status.WAITING)):
        yield from _stand_still(graph, position, status, tools, open_)
        return
    given_up = _take_in(position, answers, verdicts)
    settled = {id_: s.update for id_, s in verdicts.items() if s.verdict == "done"}
    run = Run(graph, position, tools, todo, settled, open_)
    tools.recorder.commit(
        Commit(
            saved.thread.id,
            at=saved.checkpoint.seq,
            amended=amended,
            answers=tuple(answers),
            results=given_up,
            started=run.take_workers(),
        ),
        final=True,
    )
    yield from run.drive(RunStarted(saved.thread.id, saved.thread.graph, new=False))


def rewrite(graph: Graph, saved: Saved, amended: Checkpoint, tools: Tools) -> Iterator[Event]:
    """Put `amended`, which plans nothing, in the place of a finished thread's end."""
    position, status = Position.of(replace(saved, checkpoint=amended)), saved.thread.status
    commit = Commit(saved.thread.id, amended.seq, amended=amended, status=status)
    tools.recorder.commit(commit, final=True)
    yield from _stand_still(graph, position, status, tools)


def new_thread(id_: str, graph: str, reference: str, now: str) -> ThreadInfo:
    """Return a thread that is about to begin; its `uid` is random."""
    return ThreadInfo(id_, secrets.token_hex(8), graph, reference, created_at=now, updated_at=now)


def _past_start(
    graph: Graph, thread: ThreadInfo, first: Checkpoint, tools: Tools
) -> list[Checkpoint]:
    """The checkpoint after START, where START only copies the input and runs no branch."""
    if graph.branches.get(START):
        return []
    task = first.tasks[0]
    writes, goto = read_input(graph, task.input), graph.edges.get(START, ())
    copied = Result(task.id, START, "done", writes, goto)
    return [apply(graph, thread.uid, "", first, {task.id: copied}, tools.now())]


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
    held = {task.id for task in uncertain_tasks(saved)} - set(verdicts)
    held |= {id_ for id_, settle in verdicts.items() if settle.verdict == "give_up"}
    return [
        task
        for task in unfinished(saved.checkpoint, saved.results)
        if task.id not in held and (ask_again or task.id not in waiting)
    ]


def _take_in(
    position: Position, answers: Sequence[Answer], verdicts: dict[str, Settle]
) -> tuple[Result, ...]:
    """Put answers and verdicts where the run looks for them; return what was given up."""
    for answer in answers:
        asked = position.questions.pop(answer.question, None)
        if asked is not None:
            position.answers[asked.task] = (*position.answers.get(asked.task, ()), answer)
            continue
        for id_, given in position.answers.items():  # a new answer for a task that failed
            position.answers[id_] = tuple(
                answer if old.question == answer.question else old for old in given
            )
    given_up = tuple(
        given_up_result(task)
        for task in position.checkpoint.tasks
        if task.id in verdicts and verdicts[task.id].verdict == "give_up"
    )
    for result in given_up:
        position.keep(result)
    return given_up


def _require_nodes(graph: Graph, saved: Saved) -> None:
    for task in unfinished(saved.checkpoint, saved.results):
        if task.node != START and task.node not in graph.nodes:
            raise GraphChangedError(saved.thread.id, task.node, graph.nodes)


def _instead(saved: Saved, status: Status) -> str:
    if status is Status.FINISHED:
        return f"give it new input: graphcli run --continue --thread {saved.thread.id} …"
    return "start a new thread with graphcli run"

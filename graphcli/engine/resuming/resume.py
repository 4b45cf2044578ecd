"""How a run begins: a new thread, one that goes on, one that gets new input."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.graph.channels import filled
from graphcli.engine.graph.structure import Graph
from graphcli.engine.graph.update import read_input
from graphcli.engine.resuming.drift import drift
from graphcli.engine.resuming.missing import require_all
from graphcli.engine.resuming.settle import given_up_result, journaled, verdicts_on
from graphcli.engine.running.events import CheckpointSaved, Event, RunEnded, RunStarted
from graphcli.engine.running.interrupt import Scope
from graphcli.engine.running.lines import line_of
from graphcli.engine.running.position import Orders, Position, Tools
from graphcli.engine.running.protocol import Settle
from graphcli.engine.running.run import Run
from graphcli.engine.running.standing import Standing, doubted_tasks
from graphcli.engine.running.superstep import apply, begin, next_status, visible_values
from graphcli.engine.values.changes import Change
from graphcli.engine.values.checkpointer import Commit, Saved, ThreadInfo
from graphcli.engine.values.model import START, Answer, Checkpoint, Result, Status, Task
from graphcli.errors import ConflictError, NothingToResumeError


def start(
    graph: Graph,
    thread: ThreadInfo,
    value: Any,
    tools: Tools,
    head: Saved | None = None,
    newest: Saved | None = None,
    *,
    ns: str = "",
    origin: Mapping[str, Any] | None = None,
    asks: Scope | None = None,
) -> Iterator[Event]:
    """Begin a thread with `value`, or give the thread of `head` new input; then drive it.

    `newest` is the thread's newest checkpoint, where `head` is an older one of it. A subgraph
    begins inside its thread, under `ns`, with `origin` as the metadata of its checkpoints.

    The input, the first checkpoint and its planned tasks are one commit.

    Raises:
        InvalidUpdateError: `value` is not a set of keys.
    """
    read_input(graph, value)  # before anything is stored
    last = head.checkpoint if head else None
    changes = _drift(Standing(head), tools) if head and not ns else ()
    newest = newest or head
    seq = 0 if newest is None else newest.checkpoint.seq + 1
    first = begin(graph, thread.uid, ns, value, last, seq)
    if origin is None:
        origin = line_of(head, seq, leaves=newest is not head)
    first = replace(first, created_at=tools.now(), metadata=origin)
    saved = [first, *_past_start(graph, thread, first, ns, tools)]
    position = Position(thread, ns, saved[-1], origin=origin)
    run = Run(graph, position, tools, position.checkpoint.tasks, asks=asks)
    run.status = next_status(saved[-1], (), tools.options)
    tools.recorder.commit(
        Commit(
            thread.id,
            at=newest.checkpoint.seq if newest else 0,
            ns=ns,
            new=None if head or ns else thread,
            checkpoints=tuple(saved),
            started=run.take_workers() if run.status is Status.RUNNING else (),
            withdrawn=head is not None and not ns,
            fingerprint=None if head is None else _news(thread, tools, ns),
            status=Status.RUNNING if ns else run.status,
        ),
        final=run.status is not Status.RUNNING,
    )
    yield from run.drive(
        RunStarted(thread.id, thread.graph, new=head is None, drift=changes),
        *[CheckpointSaved(ns, checkpoint) for checkpoint in saved],
    )


def go_on(
    graph: Graph,
    standing: Standing,
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
        GraphChangedError: the graph lacks what the thread needs to go on.
        ConflictError: an answer came too late, or its question has changed.
        NotFoundError: an answer or a verdict names something unknown.
    """
    saved, status = standing.saved, standing.status
    if status.over and not (amended and status is Status.FINISHED):
        raise NothingToResumeError(saved.thread.id, status.value, _instead(saved, status))
    if amended is not None:
        saved = replace(saved, checkpoint=amended)
        standing = replace(standing, saved=saved)
    require_all(graph, standing)
    verdicts = verdicts_on(standing, settle, graph, tools.recorder)
    open_ = tuple(task for task in standing.uncertain if task.id not in verdicts)
    if open_ and (answers or amended):
        raise ConflictError(
            f"thread `{saved.thread.id}` is uncertain: `{open_[0].node}` may have run",
            "settle that first (--rerun, --done or --give-up), then answer",
        )
    if verdicts or ask_again:
        tools = replace(tools, orders=Orders(verdicts, ask_again))
    todo = standing.can_go_on({a.question for a in answers}, verdicts, ask_again=ask_again)
    settled_nothing = not verdicts and not answers
    if settled_nothing and (open_ or (not todo and status is Status.WAITING)):
        yield from _stand_still(graph, standing, status, tools)
        return
    if settled_nothing and not todo and standing.given_up and amended is None:
        yield from _stand_still(graph, standing, status, tools, standing.given_up)
        return
    yield from _take_up(graph, standing, tools, todo, answers, open_, amended)


def go_on_inside(graph: Graph, standing: Standing, tools: Tools) -> Iterator[Event]:
    """Go on with a subgraph as the run ordered that it belongs to; answers are on record already.

    Raises:
        GraphChangedError: the graph lacks what the subgraph needs to go on.
        InvalidUpdateError: a verdict's update is none that its task could have returned.
    """
    require_all(graph, Standing(standing.saved))
    orders = tools.orders
    saved = standing.saved
    own = {task.id for task in doubted_tasks(saved)}
    settle = [replace(s, task=id_) for id_, s in orders.verdicts.items() if id_ in own]
    verdicts_on(standing, settle, graph, tools.recorder)
    open_ = tuple(task for task in standing.uncertain if task.id not in orders.verdicts)
    todo = standing.can_go_on((), orders.verdicts, ask_again=orders.ask_again)
    if not todo and not settle and (open_ or standing.questions):
        yield from _stand_still(graph, standing, standing.status, tools)
    else:
        yield from _take_up(graph, standing, tools, todo, (), open_)


def rewrite(graph: Graph, standing: Standing, amended: Checkpoint, tools: Tools) -> Iterator[Event]:
    """Put `amended`, which plans nothing, in the place of a finished thread's end."""
    thread = standing.saved.thread
    news = _news(thread, tools, "")
    commit = Commit(thread.id, amended.seq, amended=amended, fingerprint=news, status=thread.status)
    tools.recorder.commit(commit, final=True)
    saved = replace(standing.saved, checkpoint=amended)
    yield from _stand_still(graph, replace(standing, saved=saved), thread.status, tools)


def as_it_stands(graph: Graph, standing: Standing, status: Status) -> RunEnded:
    """Return what a run would end with that did nothing."""
    saved = standing.saved
    values = visible_values(graph, saved.checkpoint, saved.results)
    told = (standing.questions, standing.uncertain, saved.thread.failure)
    return RunEnded(saved.thread.id, saved.thread.graph, status, values, *told)


def new_thread(
    id_: str, graph: str, reference: str, now: str, fingerprint: Mapping[str, str]
) -> ThreadInfo:
    """Return a thread that is about to begin; its `uid` is random."""
    known = (id_, os.urandom(8).hex(), graph, reference, fingerprint)
    return ThreadInfo(*known, created_at=now, updated_at=now)


def _take_up(
    graph: Graph,
    standing: Standing,
    tools: Tools,
    todo: list[Task],
    answers: Sequence[Answer],
    uncertain: tuple[Task, ...],
    amended: Checkpoint | None = None,
) -> Iterator[Event]:
    """Commit what was decided with the tasks that begin, then drive them."""
    saved, verdicts = standing.saved, tools.orders.verdicts
    position = standing.position()
    position.checkpoint = _grown(graph, position.checkpoint)
    given_up = _take_in(position, answers, verdicts)
    over = {result.task for result in given_up}
    todo = [task for task in todo if task.id not in over]
    settled = {id_: s.update for id_, s in verdicts.items() if s.verdict == "done"}
    run = Run(graph, position, tools, todo, settled, uncertain)
    tools.recorder.commit(
        Commit(
            saved.thread.id,
            at=saved.checkpoint.seq,
            ns=saved.ns,
            amended=amended,
            answers=tuple(answers),
            settled=_journaled(standing, tools),
            results=given_up,
            started=run.take_workers(),
            fingerprint=_news(saved.thread, tools, saved.ns),
        ),
        final=True,
    )
    changes = _drift(standing, tools)
    thread = saved.thread
    yield from run.drive(RunStarted(thread.id, thread.graph, new=False, at=saved, drift=changes))


def _past_start(
    graph: Graph, thread: ThreadInfo, first: Checkpoint, ns: str, tools: Tools
) -> list[Checkpoint]:
    """The checkpoint after START, where START only copies the input and runs no branch."""
    if graph.branches.get(START):
        return []
    task = first.tasks[0]
    writes, goto = read_input(graph, task.input), graph.edges.get(START, ())
    copied = {task.id: Result(task.id, START, "done", writes, goto)}
    return [apply(graph, thread.uid, ns, first, copied, tools.now(), first.metadata)]


def _stand_still(
    graph: Graph,
    standing: Standing,
    status: Status,
    tools: Tools,
    given_up: tuple[Task, ...] = (),
) -> Iterator[Event]:
    """Say what the thread is without running anything; what was `given_up` may be taken back."""
    saved = standing.saved
    thread, checkpoint = saved.thread, saved.checkpoint
    if thread.status is not status and not saved.ns:
        change = Commit(thread.id, checkpoint.seq, status=status, failure=thread.failure)
        tools.recorder.commit(change, final=True)
    yield RunStarted(thread.id, thread.graph, new=False, drift=_drift(standing, tools))
    ended = as_it_stands(graph, standing, status)
    yield replace(ended, uncertain=given_up) if given_up else ended


def _journaled(standing: Standing, tools: Tools) -> tuple[tuple[Task, Answer], ...]:
    """The verdicts as the journal keeps them; those on a subgraph's tasks are told outside."""
    verdicts = tools.orders.verdicts
    if standing.saved.ns or not verdicts:
        return ()
    return journaled(verdicts, standing.doubted, tools.now())


def _take_in(
    position: Position, answers: Sequence[Answer], verdicts: Mapping[str, Settle]
) -> tuple[Result, ...]:
    """Put answers and verdicts where the run looks for them; return what was given up."""
    asking = {asked.id: task for task, asked in position.questions.items()}
    for answer in answers:
        if (task := asking.pop(answer.question, None)) is not None:
            del position.questions[task]
            position.answers[task] = (*position.answers.get(task, ()), answer)
        else:
            _take_elsewhere(position, answer)
    given_up = tuple(
        given_up_result(task)
        for task in position.checkpoint.tasks
        if task.id in verdicts and verdicts[task.id].verdict == "give_up"
    )
    for result in given_up:
        position.keep(result)
    return given_up


def _take_elsewhere(position: Position, answer: Answer) -> None:
    """Take in an answer to what no task asks itself, or what it has been answered before."""
    for task, open_ in position.inside.items():  # its subgraph will find the answer on record
        position.inside[task] = tuple(q for q in open_ if q.id != answer.question)
    for id_, given in position.answers.items():  # a new answer for a task that failed
        position.answers[id_] = tuple(
            answer if old.question == answer.question else old for old in given
        )


def _grown(graph: Graph, checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint with keys that the state did not have when the thread began."""
    values = filled(graph.channels, checkpoint.values)
    return checkpoint if values is checkpoint.values else replace(checkpoint, values=values)


def _drift(standing: Standing, tools: Tools) -> tuple[Change, ...]:
    """How the graph has changed since the thread last ran, its subgraphs included."""
    return () if standing.saved.ns else drift(standing, tools.fingerprint)


def _news(thread: ThreadInfo, tools: Tools, ns: str) -> Mapping[str, str] | None:
    """The fingerprint, where the thread has another one."""
    now = tools.fingerprint
    return None if ns or not now or thread.fingerprint == now else now


def _instead(saved: Saved, status: Status) -> str:
    if status is Status.FINISHED:
        # Deferred: only this refusal needs it.
        import shlex

        graph = shlex.quote(saved.thread.reference or "GRAPH")
        return f"give it new input: graphcli run {graph} --continue --thread {saved.thread.id}"
    return "start a new thread with graphcli run"

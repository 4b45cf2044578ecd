"""A graph that runs inside a task of another: on the same thread, under a namespace of its own.

It is driven in the task's own thread, by the same code as any run. What it asks, the thread
asks; when it cannot reach its end, the task is paused, and runs again when it can go on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphcli.dataclass import replace
from graphcli.engine.graph.channels import isolated
from graphcli.engine.graph.place import place_in
from graphcli.engine.graph.structure import Graph
from graphcli.engine.resuming.resume import go_on_inside, start
from graphcli.engine.running.events import Event, RunEnded, RunStarted, SubgraphStarted
from graphcli.engine.running.interrupt import Scope, current_scope
from graphcli.engine.running.lines import FIRST, NODES, PARENTS, TASK, state_before
from graphcli.engine.running.output import interrupt_of
from graphcli.engine.running.position import Tools
from graphcli.engine.running.protocol import never
from graphcli.engine.running.recorder import Recorder
from graphcli.engine.running.standing import standing_of
from graphcli.engine.running.superstep import checkpoint_id
from graphcli.engine.running.workers import on_a_loop
from graphcli.engine.values.checkpointer import Checkpointer, Saved
from graphcli.engine.values.digest import digest
from graphcli.engine.values.model import Status
from graphcli.errors import GraphInterrupt, UnsupportedValueError

#: LangGraph's `checkpointer` of a subgraph: True keeps its state from call to call, False keeps
#: nothing of it, and anything else keeps it for as long as the task lives that runs it.
Keeps = bool | None


class Seat(NamedTuple):
    """Where a subgraph runs: in the task of `scope`, under `ns`."""

    scope: Scope
    ns: str
    keeps: Keeps


def seat_for(config: Mapping[str, Any], keeps: Keeps) -> Seat | None:
    """Return where a graph runs that is called here; None outside of a task.

    A config that names another thread makes it a graph of its own.
    """
    scope = current_scope()
    if scope is None:
        return None
    thread = config.get("configurable", {}).get("thread_id", scope.around.thread.id)
    if str(thread) != scope.around.thread.id:
        return None
    return Seat(scope, _place(scope, keeps), keeps)


def inherited() -> Checkpointer | None:
    """Return the checkpointer of the run whose task calls a graph here, if any does."""
    scope = current_scope()
    return None if scope is None else scope.around.tools.recorder.checkpointer


def _place(scope: Scope, keeps: Keeps) -> str:
    number, stateful = scope.next_subgraph(keeps), keeps is True
    return place_in(scope.around.ns, scope.node, scope.task, stateful=stateful, number=number)


def lent(seat: Seat, own: Tools) -> Tools:
    """Return what a subgraph is lent: what its run has, with its `own` breakpoints and loop."""
    outer = seat.scope.around.tools
    limited = "recursion_limit" in own.config
    # Stopped in between, a function that calls a graph would run again from its start, which only
    # some have said is harmless; so would a graph that keeps nothing.
    stops = (seat.scope.whole or seat.scope.rerun) and seat.keeps is not False
    options = replace(
        outer.options,
        break_before=own.options.break_before,
        break_after=own.options.break_after,
        max_steps=own.options.max_steps if limited else outer.options.max_steps,
        context=outer.options.context if own.options.context is None else own.options.context,
        stopping=outer.options.stopping if stops else never,
    )
    configurable = {**outer.config.get("configurable", {}), **own.config.get("configurable", {})}
    return replace(
        outer,
        recorder=Recorder(None, "sync") if seat.keeps is False else outer.recorder,
        options=options,
        config={**outer.config, **own.config, "configurable": configurable},
        loop=own.loop if own.loop.is_callers or on_a_loop() else outer.loop,
        heard=own.heard or outer.heard,
    )


def inside(graph: Graph, value: Any, seat: Seat, own: Tools) -> Iterator[Event]:
    """Drive a subgraph where it sits; the last event is RunEnded.

    If the task has run before, the subgraph goes on where it was; one that has ended gives its
    result again. Called by a function with another input than before, it begins anew: answers
    that were meant for another call never count for this one.

    Raises:
        GraphInterrupt: it waits, was stopped or is uncertain; the task is paused.
    """
    over = threading.Event()
    seat.scope.at_work.add(over)
    try:
        for event in _events(graph, value, seat, lent(seat, own)):
            if isinstance(event, RunEnded):
                _pause(seat.scope, event)
            elif isinstance(event, RunStarted):
                seat.scope.around.tell(SubgraphStarted(seat.ns, graph, event.at))
            else:
                seat.scope.around.tell(event)
            yield event
    finally:
        own.loop.close()
        over.set()


def _events(graph: Graph, value: Any, seat: Seat, tools: Tools) -> Iterator[Event]:
    scope, ns = seat.scope, seat.ns
    around, asks = scope.around, scope if seat.keeps is False else None
    thread = around.thread
    saved = tools.recorder.load(thread.id, ns)
    if saved is None or not _is_this_call(saved, graph, value, scope, tools.recorder):
        parents = {**around.origin.get(PARENTS, {}), around.ns: scope.checkpoint}
        origin = {**around.origin, PARENTS: parents, TASK: scope.task}
        if not scope.whole:
            seq = 0 if saved is None else saved.checkpoint.seq + 1
            origin[FIRST], value = checkpoint_id(thread.uid, ns, seq), isolated(value)
            origin[NODES] = list(graph.nodes)
        head = _state_before(saved, parents[""], scope) if seat.keeps else None
        yield from start(graph, thread, value, tools, head, saved, ns=ns, origin=origin, asks=asks)
    elif saved.checkpoint.tasks:
        yield from go_on_inside(graph, standing_of(saved, tools.recorder), tools)
    else:
        yield RunEnded(thread.id, thread.graph, Status.FINISHED, saved.checkpoint.values)


def _is_this_call(saved: Saved, graph: Graph, value: Any, scope: Scope, recorder: Recorder) -> bool:
    """Whether what was saved is of this very call: of the same task and graph, with its input.

    The input of a node that is a subgraph is the state, which a person may have changed. Where
    all that was asked goes by position, the calls do too.
    """
    metadata = saved.checkpoint.metadata
    if metadata.get(TASK) != scope.task:
        return False
    by_position = bool(saved.asked) and all(asked.match == "position" for asked in saved.asked)
    if FIRST not in metadata or scope.whole or by_position:
        return True
    if not saved.checkpoint.tasks and metadata[NODES] != list(graph.nodes):
        return False  # one under way that lacks a node is a graph that has changed: an error
    before = recorder.load(saved.thread.id, saved.ns, metadata[FIRST])
    if before is None or _alike(before.checkpoint.tasks[0].input, value):
        return True
    gone = (answer.question for told in saved.answers.values() for answer in told)
    scope.void = (*scope.void, *gone)
    return False


def _alike(before: Any, now: Any) -> bool:
    """Whether two inputs are the same; of a client or a session, only the type counts."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return before.keys() == now.keys() and all(_alike(before[key], now[key]) for key in now)
    if isinstance(before, (list, tuple)) and isinstance(now, (list, tuple)):
        return len(before) == len(now) and all(map(_alike, before, now))
    try:
        return digest(before) == digest(now)
    except UnsupportedValueError:
        return type(before) is type(now)


def _state_before(newest: Saved | None, root: str, scope: Scope) -> Saved | None:
    """Where a subgraph that keeps its state begins: where it stood on this line."""
    recorder = scope.around.tools.recorder
    if newest is not None and newest.checkpoint.metadata[TASK] == scope.task:  # another call of it
        place = (newest.thread.id, newest.ns)
        first = recorder.load(*place, newest.checkpoint.metadata[FIRST])
        parent = None if first is None else first.checkpoint.parent
        newest = None if parent is None else recorder.load(*place, parent)
    if newest is None or recorder.checkpointer is None:
        return None
    return state_before(recorder.checkpointer, newest, root, scope.around.origin)


def _pause(scope: Scope, ended: RunEnded) -> None:
    """Stop the task if the subgraph cannot go on now, unless it has failed."""
    if ended.status in (Status.WAITING, Status.STOPPED, Status.UNCERTAIN):
        if scope.asked is None:  # else it has asked in the name of the task itself
            scope.inside.append(ended)
        raise GraphInterrupt(tuple(interrupt_of(asked) for asked in ended.questions))

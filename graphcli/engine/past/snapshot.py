"""A saved position → the StateSnapshot that `get_state` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphcli.engine.graph.channels import ROOT, isolated
from graphcli.engine.graph.place import place_in
from graphcli.engine.graph.structure import Graph
from graphcli.engine.graph.update import read_input
from graphcli.engine.running.lines import PARENTS
from graphcli.engine.running.output import interrupt_of, picked
from graphcli.engine.running.superstep import apply, unfinished, visible_values
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import (
    START,
    Asked,
    Interrupt,
    PregelTask,
    Result,
    StateSnapshot,
    Task,
)


class Inside(NamedTuple):
    """What a task's subgraphs show: a snapshot or the config that leads to one, and questions."""

    state: StateSnapshot | dict[str, Any]
    interrupts: tuple[Interrupt, ...]


def snapshot(
    graph: Graph | None,
    saved: Saved,
    *,
    live: bool = True,
    inside: Mapping[str, Inside] | None = None,
) -> StateSnapshot:
    """Return where a thread stands: finished siblings applied, answered questions left out.

    Not `live`, it is a record: the state as the superstep began, all of its tasks as next, and
    every question that was asked, answered ones too. `inside` has what its tasks' subgraphs show.
    """
    checkpoint = saved.checkpoint
    asked = saved.questions if live else saved.asked
    tasks = tuple(_task(graph, saved, task, asked, inside or {}) for task in checkpoint.tasks)
    parent, parents = checkpoint.parent, checkpoint.metadata.get(PARENTS, {})
    return StateSnapshot(
        values=_values(graph, saved, live=live),
        next=_next(graph, saved) if live else tuple(task.node for task in checkpoint.tasks),
        config=config_of(saved),
        metadata={"source": checkpoint.source, "step": checkpoint.step, "parents": parents},
        created_at=checkpoint.created_at,
        parent_config=None if parent is None else _config(saved, parent),
        tasks=tasks,
        interrupts=tuple(interrupt for task in tasks for interrupt in task.interrupts),
    )


def empty_snapshot(config: dict[str, Any]) -> StateSnapshot:
    """Return the state of a thread that does not exist."""
    return StateSnapshot({}, (), config, None, None, None, (), ())


def error_of(result: Result) -> str | None:
    """Return the error of a task that failed, written as LangGraph keeps it: `KeyError('x')`."""
    return f"{result.failure.type}({result.failure.message!r})" if result.failure else None


def _next(graph: Graph | None, saved: Saved) -> tuple[str, ...]:
    """What is still to run; where all has, but the run was left before it said so, what follows."""
    at = saved.checkpoint
    if (left := unfinished(at, saved.results)) or not at.tasks or graph is None:
        return tuple(task.node for task in left)
    try:
        following = apply(graph, saved.thread.uid, saved.ns, at, saved.results)
    except Exception:  # noqa: BLE001 - a reducer may raise anything, and has failed the thread.
        return tuple(task.node for task in at.tasks)
    return tuple(task.node for task in following.tasks)


def _values(graph: Graph | None, saved: Saved, *, live: bool) -> Any:
    values = saved.checkpoint.values
    if live and graph is not None:
        values = visible_values(graph, saved.checkpoint, saved.results)
    return picked(values, None)


def config_at(saved: Saved, task: Task) -> dict[str, Any]:
    """Return the config that leads to the subgraph which a task runs."""
    place = place_in(saved.ns, task.node, task.id)
    return {"configurable": {"thread_id": saved.thread.id, "checkpoint_ns": place}}


def config_of(saved: Saved) -> dict[str, Any]:
    """Return the config that leads to the checkpoint of `saved`."""
    return _config(saved, saved.checkpoint.id)


def folded(writes: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return writes by key, those of a key that was written more than once as a list of them."""
    values: dict[str, list[Any]] = {}
    for name, value in writes:
        values.setdefault(name, []).append(isolated(value))
    return {name: said[0] if len(said) == 1 else {"$writes": said} for name, said in values.items()}


def _config(saved: Saved, checkpoint: str) -> dict[str, Any]:
    place: dict[str, Any] = {"checkpoint_ns": saved.ns, "checkpoint_id": checkpoint}
    if saved.ns:  # LangGraph's: the checkpoints that lead there
        parents = saved.checkpoint.metadata.get(PARENTS, {})
        place["checkpoint_map"] = {**parents, saved.ns: checkpoint}
    return {"configurable": {"thread_id": saved.thread.id, **place}}


def _task(
    graph: Graph | None,
    saved: Saved,
    task: Task,
    asked: Sequence[Asked],
    inside: Mapping[str, Inside],
) -> PregelTask:
    result, below = saved.results.get(task.id) or _taken_in(graph, task), inside.get(task.id)
    own = tuple(interrupt_of(q) for q in asked if q.task == task.id)
    return PregelTask(
        task.id,
        task.node,
        _path(task),
        error=error_of(result) if result else None,
        interrupts=own if below is None else (*own, *below.interrupts),
        state=None if below is None else below.state,
        result=_written(result) if result and result.outcome == "done" else None,
    )


def _path(task: Task) -> tuple[Any, ...]:
    """Where a task comes from, as LangGraph writes it."""
    kind, key = task.path
    return ("__pregel_pull", key) if kind == "pull" else ("__pregel_push", key, False)


def _taken_in(graph: Graph | None, task: Task) -> Result | None:
    """What START did where it only takes the input in: that is not recorded beside the input."""
    if graph is None or task.node != START or graph.branches.get(START):
        return None
    return Result(task.id, START, "done", read_input(graph, task.input))


def _written(result: Result) -> Any:
    said = folded(result.writes)
    return said.get(ROOT) if ROOT in said else said

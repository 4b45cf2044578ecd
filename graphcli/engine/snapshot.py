"""A saved position → the StateSnapshot that `get_state` returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphcli.engine.channels import isolated
from graphcli.engine.checkpointer import Saved
from graphcli.engine.model import Asked, PregelTask, Result, StateSnapshot, Task
from graphcli.engine.output import interrupt_of, picked
from graphcli.engine.structure import Graph
from graphcli.engine.superstep import visible_values


def snapshot(graph: Graph, saved: Saved, *, live: bool = True) -> StateSnapshot:
    """Return where a thread stands: finished siblings applied, answered questions left out.

    Not `live`, it is a record: the state as the superstep began, all of its tasks as next, and
    every question that was asked, answered ones too.
    """
    checkpoint = saved.checkpoint
    asked = saved.questions if live else saved.asked
    tasks = tuple(_task(saved, task, asked) for task in checkpoint.tasks)
    values = visible_values(graph, checkpoint, saved.results) if live else checkpoint.values
    parent = checkpoint.parent
    return StateSnapshot(
        values=picked(values, None),
        next=tuple(task.name for task in tasks if not live or task.result is None),
        config=_config(saved, checkpoint.id),
        metadata={"source": checkpoint.source, "step": checkpoint.step, "parents": {}},
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


def _config(saved: Saved, checkpoint: str) -> dict[str, Any]:
    return {
        "configurable": {
            "thread_id": saved.thread.id,
            "checkpoint_ns": saved.ns,
            "checkpoint_id": checkpoint,
        }
    }


def _task(saved: Saved, task: Task, asked: Sequence[Asked]) -> PregelTask:
    result = saved.results.get(task.id)
    return PregelTask(
        task.id,
        task.node,
        task.path,
        error=error_of(result) if result else None,
        interrupts=tuple(interrupt_of(q) for q in asked if q.task == task.id),
        result=_written(result) if result and result.outcome == "done" else None,
    )


def _written(result: Result) -> dict[str, Any]:
    return {name: isolated(value) for name, value in result.writes}

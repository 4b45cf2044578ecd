"""Events as the lines of `-o jsonl`."""

from __future__ import annotations

from typing import Any

from graphcli.engine.graph.place import path_of
from graphcli.engine.running.events import (
    CheckpointSaved,
    CustomEvent,
    Event,
    RunEnded,
    RunStarted,
    SubgraphStarted,
    TaskEnded,
    TaskRetried,
    TaskStarted,
)
from graphcli.engine.values.model import Asked, Failure, Result, Send, Task
from graphcli.render.drift import drift_json
from graphcli.render.envelope import SCHEMA_VERSION, error_json
from graphcli.render.plain import to_json


def event_json(event: Event) -> dict[str, Any]:
    """Return one event as JSON data, for one line; the line's `event` says which it is."""
    name, fields = _told(event)
    return {"schema_version": SCHEMA_VERSION, "event": name, **fields}


def _told(event: Event) -> tuple[str, dict[str, Any]]:
    match event:
        case RunStarted():
            fields = {"thread": event.thread, "graph": event.graph, "new": event.new}
            changes = {"drift": drift_json(event.drift)} if event.drift else {}
            return "run.started", {**fields, **changes}
        case SubgraphStarted():
            return "subgraph.started", {"ns": event.ns, "graph": event.graph.name}
        case TaskStarted():
            known = {"attempt": event.attempt, "settled": event.settled}
            return "task.started", {**_task_fields(event), **known}
        case TaskRetried():
            more = {
                "attempt": event.attempt,
                "delay": event.delay,
                "error": error_json(event.failure),
            }
            return "task.retried", {**_task_fields(event), **more}
        case TaskEnded():
            more = {"seconds": event.seconds, "kept": event.kept, "settled": event.settled}
            place = {"ns": event.ns, "step": event.step}
            return "task.ended", {**place, **_result_fields(event.result), **more}
        case CustomEvent():
            place = {"ns": event.ns, "step": event.step, "node": event.node}
            return "custom", {**place, "value": to_json(event.value)}
        case CheckpointSaved():
            return "checkpoint.saved", _checkpoint_fields(event)
        case RunEnded():
            return "run.ended", _ended_fields(event)


def _task_fields(event: TaskStarted | TaskRetried) -> dict[str, Any]:
    return {"ns": event.ns, "step": event.step, "task": event.task, "node": event.node}


def _result_fields(result: Result) -> dict[str, Any]:
    return {
        "task": result.task,
        "node": result.node,
        "outcome": result.outcome,
        "attempts": result.attempts,
        "writes": [
            {"channel": channel, "value": to_json(value)} for channel, value in result.writes
        ],
        "goto": [_target(target) for target in result.goto],
        "question": _asked_fields(result.asked) if result.asked else None,
        "error": error_json(result.failure) if result.failure else None,
    }


def _target(target: str | Send) -> dict[str, Any]:
    if isinstance(target, Send):
        return {"node": target.node, "arg": to_json(target.arg)}
    return {"node": target}


def _asked_fields(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.id,
        "node": asked.node,
        "ns": asked.ns,
        "payload": to_json(asked.payload),
        "schema": to_json(asked.schema),
        "digest": asked.digest,
        "asked_at": asked.asked_at,
    }


def _checkpoint_fields(event: CheckpointSaved) -> dict[str, Any]:
    checkpoint = event.checkpoint
    return {
        "ns": event.ns,
        "step": checkpoint.step,
        "checkpoint": checkpoint.id,
        "source": checkpoint.source,
        "values": to_json(checkpoint.values),
        "next": [task.node for task in checkpoint.tasks],
        "created_at": checkpoint.created_at,
    }


def _ended_fields(event: RunEnded) -> dict[str, Any]:
    failure: Failure | None = event.failure
    return {
        "thread": event.thread,
        "graph": event.graph,
        "status": event.status.value,
        "values": to_json(event.values),
        "questions": [_asked_fields(asked) for asked in event.questions],
        "uncertain": [_uncertain(task) for task in event.uncertain],
        "void": list(event.void),
        "forgotten": list(event.forgotten),
        "error": error_json(failure) if failure else None,
    }


def _uncertain(task: Task) -> dict[str, Any]:
    path = path_of(task.ns, task.node)
    return {"task": task.id, "node": task.node, "ns": task.ns, "path": path}

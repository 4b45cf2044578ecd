"""Events → the payloads of LangGraph's stream modes. Pure: each mode looks at one event at a time.

`Scene` is what earlier events have told and later ones do not repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphcli.dataclass import asdict, dataclass, field
from graphcli.engine.graph.channels import ROOT, isolated
from graphcli.engine.graph.structure import Graph
from graphcli.engine.past.snapshot import Inside, config_at, error_of, folded, snapshot
from graphcli.engine.running.events import (
    CheckpointSaved,
    CustomEvent,
    Event,
    RunEnded,
    RunStarted,
    SubgraphStarted,
    TaskEnded,
    TaskStarted,
)
from graphcli.engine.running.output import (
    INTERRUPT,
    Keys,
    coerced,
    interrupts_of,
    picked,
    with_interrupts,
)
from graphcli.engine.values.checkpointer import Saved, ThreadInfo
from graphcli.engine.values.model import START, UNSET, Checkpoint, PregelTask, Result, Status, Task


@dataclass(slots=True)
class Scene:
    """Where the run is: its graphs, its thread, the newest checkpoint of each namespace, its tasks.

    `keys` are the state keys that `values` and `updates` show. `kept` tells whether checkpoints
    are saved anywhere, `objects` whether they show the state as an object of its schema. `now`
    tells the time as ISO 8601.
    """

    root: Graph
    keys: Keys
    kept: bool
    objects: bool
    now: Callable[[], str]
    thread: ThreadInfo | None = None
    at: dict[str, Checkpoint] = field(default_factory=dict)
    planned: dict[str, tuple[Checkpoint, dict[str, Task]]] = field(default_factory=dict)
    subgraphs: dict[str, Graph] = field(default_factory=dict)

    def follow(self, event: Event) -> None:
        """Take in what `event` tells."""
        if isinstance(event, RunStarted):
            self.thread = ThreadInfo(event.thread, "", event.graph)
        elif isinstance(event, SubgraphStarted):
            self.subgraphs[event.ns] = event.graph
        if isinstance(event, RunStarted | SubgraphStarted):
            if event.at is not None:
                self.at[event.at.ns] = event.at.checkpoint
        elif isinstance(event, CheckpointSaved):
            self.at[event.ns] = event.checkpoint

    def stopped_halfway(self, ended: RunEnded) -> bool:
        """Return whether a run stopped inside a superstep of which some tasks had ended."""
        at = self.at.get("")
        return ended.status is Status.STOPPED and at is not None and ended.values is not at.values

    def task(self, ns: str, id_: str) -> Task:
        """Return a task of the newest checkpoint of a namespace."""
        at = self.at[ns]
        if ns not in self.planned or self.planned[ns][0] is not at:
            self.planned[ns] = (at, {task.id: task for task in at.tasks})
        return self.planned[ns][1][id_]

    def graph(self, ns: str) -> Graph:
        """Return the graph that runs in a namespace (`node:task|node:task`, "" for the root)."""
        return self.subgraphs.get(ns, self.root)


def values_of(scene: Scene, event: Event) -> Iterator[Any]:
    """Yield the state where a run begins, after each superstep that wrote, and where it stops."""
    if isinstance(event, RunStarted | SubgraphStarted) and event.at is not None:
        yield picked(event.at.checkpoint.values, scene.keys)
    elif isinstance(event, CheckpointSaved) and event.checkpoint.source == "loop":
        if _concerns(event.checkpoint.changed, scene.keys):
            yield picked(event.checkpoint.values, scene.keys)
    elif isinstance(event, RunEnded) and event.questions:
        yield with_interrupts(picked(event.values, scene.keys), interrupts_of(event.questions))
    elif isinstance(event, RunEnded) and scene.stopped_halfway(event):
        yield picked(event.values, scene.keys)


def updates_of(scene: Scene, event: Event) -> Iterator[Any]:
    """Yield what each node returned and what it asks; at a breakpoint, no question."""
    if isinstance(event, RunEnded) and event.status is Status.STOPPED:
        yield {INTERRUPT: ()}
    if not isinstance(event, TaskEnded) or event.result.node == START:
        return
    result = event.result
    if result.outcome in ("asked", "paused") and event.questions and not event.kept:
        yield {INTERRUPT: interrupts_of(event.questions)}
    elif result.outcome == "done":
        kept = {"__metadata__": {"cached": True}} if event.kept else {}
        yield {result.node: _update(result, scene.keys), **kept}


def custom_of(_scene: Scene, event: Event) -> Iterator[Any]:
    """Yield what nodes wrote to their stream writer."""
    if isinstance(event, CustomEvent):
        yield event.value


def tasks_of(scene: Scene, event: Event) -> Iterator[dict[str, Any]]:
    """Yield each task twice: with its input as it starts, with its result as it ends."""
    if isinstance(event, TaskStarted) and event.node != START:
        task = scene.task(event.ns, event.task)
        yield _started(scene.graph(event.ns), scene.at[event.ns], task)
    elif isinstance(event, TaskEnded) and event.result.node != START and not event.kept:
        yield _ended(event)


def checkpoints_of(scene: Scene, event: Event) -> Iterator[dict[str, Any]]:
    """Yield each checkpoint, and where a run begins the one it goes on from."""
    if not scene.kept:
        return
    if isinstance(event, RunStarted | SubgraphStarted) and event.at is not None:
        yield _checkpoint(scene, event.at)
    elif isinstance(event, CheckpointSaved) and scene.thread is not None:
        yield _checkpoint(scene, Saved(scene.thread, event.ns, event.checkpoint))


def debug_of(scene: Scene, event: Event) -> Iterator[dict[str, Any]]:
    """Yield tasks and checkpoints with their superstep and the time."""
    for payload in tasks_of(scene, event):
        if isinstance(event, TaskStarted):
            yield _wrapped(scene, event.step + 1, "task", payload)
        elif isinstance(event, TaskEnded):
            yield _wrapped(scene, event.step + 1, "task_result", payload)
    for payload in checkpoints_of(scene, event):
        yield _wrapped(scene, payload["metadata"]["step"], "checkpoint", payload)


def _concerns(changed: Mapping[str, int], keys: Keys) -> bool:
    wanted = changed if keys is None else [keys] if isinstance(keys, str) else keys
    return any(name in changed for name in wanted)


def _update(result: Result, keys: Keys) -> Any:
    """What a task wrote: a dict, or one for each write where it wrote a key more than once."""
    if result.writes and result.writes[0][0] == ROOT:
        said = [isolated(value) for _, value in result.writes]
        return said if len(said) > 1 else said[0]
    if isinstance(keys, str):
        return next((isolated(value) for name, value in result.writes[::-1] if name == keys), None)
    writes = [write for write in result.writes if keys is None or write[0] in keys]
    if len({name for name, _ in writes}) < len(writes):
        return [{name: isolated(value)} for name, value in writes]
    return {name: isolated(value) for name, value in writes} or None


def _started(graph: Graph, at: Checkpoint, task: Task) -> dict[str, Any]:
    given = isolated(task.input)
    if task.input is UNSET:
        schema = graph.nodes[task.node].schema
        given = coerced(schema, picked(at.values, schema.keys))
    return {"id": task.id, "name": task.node, "input": given, "triggers": _triggers(graph, task)}


def _triggers(graph: Graph, task: Task) -> tuple[str, ...]:
    """What can make a task run, as LangGraph names it."""
    if task.path[0] == "push":
        return ("__pregel_push",)
    joins = [f"join:{join.name}" for join in graph.joins if join.target == task.node]
    return (f"branch:to:{task.node}", *joins)


def _ended(event: TaskEnded) -> dict[str, Any]:
    result = event.result
    asked = [asdict(interrupt) for interrupt in interrupts_of(event.questions)]
    return {
        "id": result.task,
        "name": result.node,
        "error": event.error or error_of(result),
        "result": folded(result.writes),
        "interrupts": asked,
    }


def _checkpoint(scene: Scene, saved: Saved) -> dict[str, Any]:
    graph = scene.graph(saved.ns)
    inside = {
        task.id: Inside(config_at(saved, task), ())
        for task in saved.checkpoint.tasks
        if task.node in graph.nodes and graph.nodes[task.node].subgraph is not None
    }
    seen = snapshot(graph, saved, live=False, inside=inside)
    as_object = scene.objects and START not in seen.next
    return {
        "config": seen.config,
        "parent_config": seen.parent_config,
        "values": coerced(graph.state, seen.values) if as_object else seen.values,
        "metadata": seen.metadata,
        "next": list(seen.next),
        "tasks": [_planned(task) for task in seen.tasks],
    }


def _planned(task: PregelTask) -> dict[str, Any]:
    told: dict[str, Any] = {"id": task.id, "name": task.name}
    if task.error is not None:
        return {**told, "error": task.error, "state": task.state}
    if task.result and task.name != START:  # this is told before START has run
        told["result"] = task.result
    asked = tuple(asdict(interrupt) for interrupt in task.interrupts)
    return {**told, "interrupts": asked, "state": task.state}


def _wrapped(scene: Scene, step: int, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"step": step, "timestamp": scene.now(), "type": kind, "payload": payload}

"""What `get_state` and its kin show of a thread: the graph, and the subgraphs in its tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from graphcli.engine.graph.structure import Graph
from graphcli.engine.past.snapshot import Inside, config_at, empty_snapshot, snapshot
from graphcli.engine.running.lines import TASK
from graphcli.engine.running.output import interrupt_of
from graphcli.engine.running.standing import places_in, standing_of
from graphcli.engine.values.checkpointer import Checkpointer, Saved
from graphcli.engine.values.model import Interrupt, StateSnapshot, Task


def look(
    graph: Graph | None, saved: Saved, heads: Checkpointer, *, live: bool, deep: bool
) -> StateSnapshot:
    """Return where a graph stands; `deep` with the state of the subgraphs in its tasks.

    Without the graph, as of one that a node invokes, its channels are shown as they are.
    """
    inside = {
        task.id: found
        for task in saved.checkpoint.tasks
        if (found := _inside(graph, saved, task, heads, live=live, deep=deep)) is not None
    }
    return snapshot(graph, saved, live=live, inside=inside)


def _inside(
    graph: Graph | None, saved: Saved, task: Task, heads: Checkpointer, *, live: bool, deep: bool
) -> Inside | None:
    """The subgraphs of a task: the state of the first, and what all of them ask."""
    node = graph.nodes.get(task.node) if graph is not None else None
    subgraph = node.subgraph if node is not None else None
    found = list(_positions(saved, task, heads, live=live))
    if not found and subgraph is None:
        return None
    asked = tuple(one for each in found for one in _asked(each, heads, live=live))
    if found and deep:
        return Inside(look(subgraph, found[0], heads, live=live, deep=True), asked)
    config = config_at(saved, task)
    if found:
        config["configurable"]["checkpoint_ns"] = found[0].ns
    return Inside(empty_snapshot(config) if deep else config, asked)


def _positions(saved: Saved, task: Task, heads: Checkpointer, *, live: bool) -> Iterator[Saved]:
    """The positions of a task's subgraphs: the newest, or in a record the last of the task."""
    for head in places_in(saved, task, heads):
        if head.checkpoint.metadata.get(TASK) == task.id:
            yield head
        elif not live:  # a subgraph that keeps its state has gone on since
            past = heads.history(saved.thread.id, head.ns)
            mine = (s for s in past if s.checkpoint.metadata.get(TASK) == task.id)
            yield from islice(mine, 1)


def _asked(saved: Saved, heads: Checkpointer, *, live: bool) -> Iterator[Interrupt]:
    if live:
        yield from map(interrupt_of, standing_of(saved, heads).questions)
        return
    past = (s for s in heads.history(saved.thread.id, saved.ns) if _of_one_task(s, saved))
    yield from next((asked for each in past if (asked := _asked_at(each, heads))), ())


def _asked_at(saved: Saved, heads: Checkpointer) -> list[Interrupt]:
    """What a checkpoint of a subgraph has asked, and the subgraphs in its tasks."""
    return [*map(interrupt_of, saved.asked), *asked_inside(saved, heads)]


def _of_one_task(one: Saved, other: Saved) -> bool:
    return one.checkpoint.metadata.get(TASK) == other.checkpoint.metadata.get(TASK)


def asked_inside(saved: Saved, heads: Checkpointer) -> list[Interrupt]:
    """Return what the subgraphs in the tasks of a checkpoint have asked, answered or not."""
    return [
        asked
        for task in saved.checkpoint.tasks
        for each in _positions(saved, task, heads, live=False)
        for asked in _asked(each, heads, live=False)
    ]


def matching(
    snapshots: Iterator[StateSnapshot], wanted: Mapping[str, Any] | None, limit: int | None
) -> Iterator[StateSnapshot]:
    """Yield up to `limit` of the snapshots whose metadata has what is `wanted`."""
    left = limit
    for found in snapshots:
        metadata = found.metadata or {}
        if any(metadata.get(key) != value for key, value in (wanted or {}).items()):
            continue
        if left is not None and (left := left - 1) < 0:
            return
        yield found

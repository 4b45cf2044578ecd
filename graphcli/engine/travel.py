"""Back in time: change a thread's state, or go on from an old checkpoint of it.

Nothing that was is changed: each of these is a new checkpoint, whose parent is the old one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcli.engine.channels import fold, initial_values
from graphcli.engine.checkpointer import Checkpointer, Commit, Saved, ThreadInfo
from graphcli.engine.model import END, START, Checkpoint, Result, Send, Status, Task
from graphcli.engine.position import Surroundings, Tools
from graphcli.engine.protocol import RunOptions
from graphcli.engine.recorder import Recorder
from graphcli.engine.structure import Graph
from graphcli.engine.superstep import checkpoint_id, entry, plan
from graphcli.engine.task import TaskRunner, finish
from graphcli.engine.workers import Loop
from graphcli.errors import InvalidUpdateError, did_you_mean

#: Branches run here without a run: nothing is recorded, and nobody listens.
_NO_RUN = Surroundings(
    ThreadInfo("", "", ""),
    "",
    Tools(Recorder(None, "sync"), RunOptions(), {}, lambda _reference: None, str, Loop()),
    lambda _event: None,
)


def forked(graph: Graph, saved: Saved, seq: int, now: str, source: Any = "fork") -> Checkpoint:
    """Return a checkpoint like that of `saved`, with its tasks planned anew and nothing done."""
    old = saved.checkpoint
    return _planned(graph, saved, seq, now, source, old.tasks, (), old.values, {}, {})


def updated(
    graph: Graph, saved: Saved, seq: int, now: str, values: Any, as_node: str
) -> Checkpoint:
    """Return the checkpoint after `values` were written as if `as_node` had returned them.

    The edges and branches of `as_node` decide what comes next, beside what was planned already.

    Raises:
        InvalidUpdateError: there is no such node, or the values do not fit the state.
        Exception: whatever a branch function or a reducer raises.
    """
    old = saved.checkpoint
    if as_node == END:
        return _planned(graph, saved, seq, now, "update", (), (), old.values, {}, {})
    result = _returned(graph, old, values, as_node)
    writes = [(as_node, name, value) for name, value in result.writes]
    state, changed = fold(graph.channels, old.values, writes)
    others = [task for task in old.tasks if task.node != as_node]
    metadata = {"as_node": as_node}
    return _planned(graph, saved, seq, now, "update", others, result.goto, state, changed, metadata)


def last_writer(graph: Graph, saved: Saved, before: Saved | None) -> str:
    """Return the node that led to the checkpoint of `saved`; `before` is its parent.

    Raises:
        InvalidUpdateError: several did.
    """
    known = saved.checkpoint.metadata.get("as_node")
    if known in graph.nodes:
        return str(known)
    nodes = {task.node for task in before.checkpoint.tasks} if before else set()
    if not nodes or saved.checkpoint.source == "input":
        return START
    if len(nodes) > 1:
        raise InvalidUpdateError(
            "Ambiguous update, specify as_node: "
            + ", ".join(f"`{node}`" for node in sorted(nodes))
            + " all led here"
        )
    return nodes.pop()


def empty(graph: Graph, thread: ThreadInfo) -> Saved:
    """Return where a thread stands before it has begun."""
    blank = Checkpoint("", -1, -1, "input", initial_values(graph.channels))
    return Saved(thread, "", blank)


def keep(checkpointer: Checkpointer, saved: Saved, made: Checkpoint) -> None:
    """Make `made` the thread's head; its open questions are withdrawn, and nothing runs."""
    begun = saved.checkpoint.seq >= 0
    checkpointer.commit(
        Commit(
            saved.thread.id,
            at=max(0, saved.checkpoint.seq),
            new=None if begun else saved.thread,
            checkpoints=(made,),
            withdrawn=begun,
            status=Status.STOPPED if made.tasks else Status.FINISHED,
        )
    )


def _returned(graph: Graph, checkpoint: Checkpoint, values: Any, as_node: str) -> Result:
    if as_node not in graph.nodes and as_node != START:
        raise InvalidUpdateError(
            f"Node {as_node} does not exist" + did_you_mean(as_node, graph.nodes)
        )
    task = Task("update", as_node, ("pull", as_node), values)
    runner = TaskRunner(graph, checkpoint, task, (), _NO_RUN, values)
    result = finish(runner.run())
    if runner.error is not None:
        raise runner.error
    if result.asked is not None:
        raise InvalidUpdateError(f"a branch after `{as_node}` asks a question", "give it as_node")
    return result


def _planned(
    graph: Graph,
    saved: Saved,
    seq: int,
    now: str,
    source: Any,
    tasks: Sequence[Task],
    goto: Sequence[str | Send],
    values: Mapping[str, Any],
    changed: Mapping[str, int],
    metadata: Mapping[str, Any],
) -> Checkpoint:
    id_ = checkpoint_id(saved.thread.uid, saved.ns, seq)
    old = saved.checkpoint
    entries = tuple(entry(id_, saved.ns, t.input) for t in tasks if t.node == START)
    names = {task.node for task in tasks if task.path[0] != "push"} - {START}
    sends = [Send(task.node, task.input) for task in tasks if task.path[0] == "push"]
    names |= {target for target in goto if isinstance(target, str) and target != END}
    sends += [target for target in goto if isinstance(target, Send)]
    return Checkpoint(
        id_,
        seq,
        old.step + 1,
        source,
        values,
        (*entries, *plan(graph, saved.ns, id_, names, sends, values)),
        old.id or None,
        old.joins,
        old.deferred,
        changed,
        now,
        metadata,
    )

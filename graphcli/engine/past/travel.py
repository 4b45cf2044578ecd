"""What follows a checkpoint when it is copied, or its state is written from outside. Pure.

Nothing that was is changed: each of these is a new checkpoint that comes after the old one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.graph.channels import fold, initial_values
from graphcli.engine.graph.structure import Graph
from graphcli.engine.graph.update import read_input
from graphcli.engine.resuming.missing import require_nodes
from graphcli.engine.running.lines import COPY_OF, line_of
from graphcli.engine.running.position import Surroundings, Tools
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.running.recorder import Recorder
from graphcli.engine.running.superstep import arrive, checkpoint_id, entry, hold_back, plan
from graphcli.engine.running.task import TaskRunner
from graphcli.engine.running.waiting import finish
from graphcli.engine.running.workers import Loop
from graphcli.engine.values.checkpointer import Saved, ThreadInfo
from graphcli.engine.values.model import END, START, Checkpoint, Result, Send, StateUpdate, Task
from graphcli.errors import InvalidUpdateError, did_you_mean

#: Branches run here without a run: nothing is recorded, and nobody listens.
_NO_RUN = (
    ThreadInfo("", "", ""),
    "",
    Tools(Recorder(None, "sync"), RunOptions(), {}, lambda _reference: None, str, Loop()),
    lambda _event: None,
)


def empty(graph: Graph, thread: ThreadInfo) -> Saved:
    """Return where a thread stands before it has begun."""
    blank = Checkpoint("", -1, -1, "input", initial_values(graph.channels))
    return Saved(thread, "", blank)


def forked(graph: Graph, saved: Saved, seq: int, now: str) -> Checkpoint:
    """Return a checkpoint after that of `saved` and like it, its tasks planned anew."""
    old = saved.checkpoint
    names, sends, inputs = _planned(old.tasks)
    following = _following(graph, saved, seq, now, names | old.deferred, sends, inputs)
    metadata = {**following.metadata, COPY_OF: old.id}
    return replace(following, source="fork", joins=old.joins, metadata=metadata)


def copied(graph: Graph, saved: Saved, seq: int, now: str) -> Checkpoint:
    """Return a checkpoint beside that of `saved`: of the same parent, and like it.

    Raises:
        InvalidUpdateError: the thread has not begun.
    """
    if not saved.checkpoint.id:
        raise InvalidUpdateError("Cannot copy a non-existent checkpoint", "begin the thread first")
    parent, changed = saved.checkpoint.parent, saved.checkpoint.changed
    return replace(forked(graph, saved, seq, now), parent=parent, changed=changed)


def cleared(graph: Graph, saved: Saved, seq: int, now: str) -> Checkpoint:
    """Return the checkpoint at which nothing is planned; what tasks have done is in its state."""
    values, changed = _folded(graph, saved.checkpoint.values, _done(saved))
    following = _following(graph, saved, seq, now, set())
    return replace(following, values=values, changed=changed)


def given(graph: Graph, saved: Saved, seq: int, now: str, value: Any) -> Checkpoint:
    """Return the checkpoint in which `value` has arrived as input, beside what was planned.

    Raises:
        InvalidUpdateError: `value` is not a set of keys.
    """
    read_input(graph, value)
    old = saved.checkpoint
    names, sends, inputs = _planned(old.tasks)
    following = _following(graph, saved, seq, now, names | old.deferred, sends, [*inputs, value])
    step = old.step + 1 if old.id else -1
    return replace(following, source="input", step=step, joins=old.joins)


def updated(
    graph: Graph, saved: Saved, seq: int, now: str, updates: Sequence[StateUpdate]
) -> tuple[Checkpoint, tuple[Result, ...]]:
    """Return the checkpoint after each of `updates` was written as if its node had returned it.

    The edges and branches of these nodes decide what comes next. Where all of them were planned,
    the tasks beside them stay planned; else only those that waiting edges led to do. What has
    ended before is neither lost nor run again: where it is not planned any more, its writes are
    in the state; else its results come back too, for the tasks that take them over.

    Raises:
        InvalidUpdateError: there is no such node, or the values do not fit the state.
        Exception: whatever a branch function or a reducer raises.
    """
    old = saved.checkpoint
    results = [_returned(graph, old, update) for update in updates]
    nodes = {result.node for result in results}
    beside = nodes <= {task.node for task in old.tasks}
    others = [task for task in old.tasks if beside and task.node not in nodes]
    names, sends, inputs = _planned(others)
    goto = [target for result in results for target in result.goto]
    waiting = {**old.joins, **_reached(graph, old, nodes)}
    joins, joined = arrive(graph, waiting, results)
    names |= {t for t in goto if isinstance(t, str) and t != END} | joined | old.deferred
    sends += [target for target in goto if isinstance(target, Send)]
    new, _ = _folded(graph, old.values, results)
    following = _following(graph, saved, seq, now, names, sends, inputs, new)
    ended = [result for result in _done(saved) if result.node not in nodes]
    kept, left = _handed_on(old, ended, following)
    values, changed = _folded(graph, old.values, left, results)
    metadata = {**following.metadata, "as_node": sorted(nodes)}
    made = replace(following, values=values, changed=changed, joins=joins, metadata=metadata)
    return made, kept


def _reached(graph: Graph, old: Checkpoint, nodes: set[str]) -> dict[str, frozenset[str]]:
    """The waiting edges that wait no more: their targets are planned, and none of `nodes`.

    Without them an update as one of its sources would make the target wait anew, for ever.
    """
    planned = {task.node for task in old.tasks if task.path[0] == "pull"} - nodes
    return {
        join.name: frozenset(join.sources)
        for join in graph.joins
        if join.target in planned and join.name not in old.joins
    }


def carried(saved: Saved, following: Checkpoint) -> tuple[Result, ...]:
    """Return the results that tasks of `following` take over from tasks of `saved` that ended."""
    return _handed_on(saved.checkpoint, _done(saved), following)[0]


def _done(saved: Saved) -> list[Result]:
    results = [saved.results.get(task.id) for task in saved.checkpoint.tasks]
    return [result for result in results if result is not None and result.outcome == "done"]


def _handed_on(
    old: Checkpoint, ended: Sequence[Result], following: Checkpoint
) -> tuple[tuple[Result, ...], list[Result]]:
    """What the tasks of `following` take over of what has `ended`, and what none of them does."""
    tasks = {task.id: task for task in old.tasks}
    free, taken, left = list(following.tasks), [], []
    for result in ended:
        heir = next((new for new in free if _same(tasks[result.task], new)), None)
        if heir is None:
            left.append(result)
        else:
            free = [new for new in free if new is not heir]
            taken.append(replace(result, task=heir.id))
    return tuple(taken), left


def _same(old: Task, new: Task) -> bool:
    if (old.node, old.path[0]) != (new.node, new.path[0]):
        return False
    try:
        return bool(old.input == new.input)
    except Exception:  # noqa: BLE001 - an object may compare as it likes: then it is another one.
        return False


def _folded(
    graph: Graph, values: Mapping[str, Any], *groups: Sequence[Result]
) -> tuple[dict[str, Any], dict[str, int]]:
    """The values after what each group of results wrote, as superstep after superstep."""
    state, changed = dict(values), dict[str, int]()
    for results in groups:
        writes = [(result.node, *write) for result in results for write in result.writes]
        state, written = fold(graph.channels, state, writes)
        changed |= {name: min(n, changed.get(name, n)) for name, n in written.items()}
    return state, changed


def _returned(graph: Graph, checkpoint: Checkpoint, update: StateUpdate) -> Result:
    node = str(update.as_node)
    if node not in graph.nodes and node != START:
        raise InvalidUpdateError(f"Node {node} does not exist" + did_you_mean(node, graph.nodes))
    task = Task("update", node, ("pull", node), update.values)
    runner = TaskRunner(Surroundings(graph, *_NO_RUN), checkpoint, task, (), update.values)
    result = finish(runner.run())
    if runner.error is not None:
        raise runner.error
    if result.asked is not None:
        raise InvalidUpdateError(f"a branch after `{node}` asks a question", "give it as_node")
    return result


def _planned(tasks: Sequence[Task]) -> tuple[set[str], list[Send], list[Any]]:
    """The nodes, Sends and inputs that plan `tasks` anew."""
    names = {task.node for task in tasks if task.path[0] != "push"} - {START}
    sends = [Send(task.node, task.input) for task in tasks if task.path[0] == "push"]
    return names, sends, [task.input for task in tasks if task.node == START]


def _following(
    graph: Graph,
    saved: Saved,
    seq: int,
    now: str,
    names: set[str],
    sends: Sequence[Send] = (),
    inputs: Sequence[Any] = (),
    values: Mapping[str, Any] | None = None,
) -> Checkpoint:
    """A checkpoint after that of `saved` in which nothing is written yet.

    Raises:
        GraphChangedError: a node that is to run is gone.
    """
    old, ns = saved.checkpoint, saved.ns
    require_nodes(graph, saved, [*sorted(names), *(send.node for send in sends)])
    id_ = checkpoint_id(saved.thread.uid, ns, seq)
    entries = tuple(entry(id_, ns, value) for value in inputs[-1:])
    names, later = hold_back(graph, names, busy=bool(sends or entries))
    state = old.values if values is None else values
    return Checkpoint(
        id=id_,
        seq=seq,
        step=old.step + 1,
        source="update",
        values=old.values,
        tasks=(*entries, *plan(graph, ns, id_, names, sends, state)),
        parent=old.id or None,
        deferred=later,
        created_at=now,
        metadata=line_of(saved, seq, leaves=not ns),
    )

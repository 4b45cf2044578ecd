"""What a superstep is, in pure functions: begin, plan, apply. No I/O, no clock, no threads.

Results are folded in task order: parts of split nodes by number, nodes by name, Sends by number.
So the order of a list that several nodes append to never depends on which of them was faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from graphcli.engine.channels import filled, fold
from graphcli.engine.digest import short_hash
from graphcli.engine.model import END, START, UNSET, Checkpoint, Result, Send, Status, Task
from graphcli.values import replace

if TYPE_CHECKING:
    from graphcli.engine.protocol import RunOptions
    from graphcli.engine.structure import Graph


def checkpoint_id(uid: str, ns: str, seq: int) -> str:
    """Return an id that sorts by `seq` and differs between threads that had the same name."""
    return f"{seq:08x}-{short_hash(uid, ns, seq)[:24]}"


def seq_of(checkpoint: str) -> int:
    """Return the `seq` in a checkpoint's id."""
    return int(checkpoint.partition("-")[0], 16)


def task_id(checkpoint: str, ns: str, node: str, path: tuple[str, str | int]) -> str:
    """Return the id of the task of `node` at `path` of a checkpoint's plan."""
    named = () if node == START else (node,)
    return short_hash(checkpoint, ns, *named, *path)


def entry(checkpoint: str, ns: str, value: Any) -> Task:
    """Return the task that takes the input `value` in at START."""
    path = ("pull", START)
    return Task(task_id(checkpoint, ns, START, path), START, path, value, "rerun")


def begin(
    graph: Graph, uid: str, ns: str, value: Any, head: Checkpoint | None, seq: int = 0
) -> Checkpoint:
    """Return the checkpoint `seq` in which `value` has arrived and START is about to run.

    With a `head` the thread goes on: its state stays, its pending tasks are dropped.
    """
    id_ = checkpoint_id(uid, ns, seq)
    return Checkpoint(
        id=id_,
        seq=seq,
        step=head.step + 1 if head else -1,
        source="input",
        values=filled(graph.channels, head.values if head else {}),
        tasks=(entry(id_, ns, value),),
        parent=head.id if head else None,
        joins=head.joins if head else {},
    )


def apply(
    graph: Graph,
    uid: str,
    ns: str,
    checkpoint: Checkpoint,
    results: Mapping[str, Result],
    now: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Checkpoint:
    """Return the next checkpoint; every task of `checkpoint` must be done in `results`.

    `now` is when it is made, ISO 8601 in UTC; `metadata` is what it carries.

    Raises:
        InvalidUpdateError: two tasks wrote a channel without a reducer.
        Exception: whatever a reducer raises.
    """
    ended = [(task.node, results[task.id]) for task in _ordered(checkpoint.tasks)]
    writes = [(node, name, value) for node, result in ended for name, value in result.writes]
    values, changed = fold(graph.channels, checkpoint.values, writes)
    targets = [target for _, result in ended for target in result.goto if target != END]
    joins, joined = arrive(graph, checkpoint.joins, ended)
    names = {t for t in targets if isinstance(t, str)} | joined | checkpoint.deferred
    sends = [t for t in targets if isinstance(t, Send)]
    names, later = hold_back(graph, names, busy=bool(sends))
    id_ = checkpoint_id(uid, ns, checkpoint.seq + 1)
    return Checkpoint(
        id=id_,
        seq=checkpoint.seq + 1,
        step=checkpoint.step + 1,
        source="loop",
        values=values,
        tasks=plan(graph, ns, id_, names, sends, values),
        parent=checkpoint.id,
        joins=joins,
        deferred=later,
        changed=changed,
        created_at=now,
        metadata=metadata or {},
    )


def visible_values(
    graph: Graph, checkpoint: Checkpoint, results: Mapping[str, Result]
) -> Mapping[str, Any]:
    """Return the state a person sees: with what tasks wrote that are done before their siblings."""
    done = [
        results[task.id]
        for task in _ordered(checkpoint.tasks)
        if task.id in results and results[task.id].outcome == "done"
    ]
    if not done:
        return checkpoint.values
    writes = [(r.node, name, value) for r in done for name, value in r.writes]
    try:
        return fold(graph.channels, checkpoint.values, writes)[0]
    except Exception:  # noqa: BLE001 - a reducer that raises has failed the thread, not this view.
        return checkpoint.values


def amend(graph: Graph, ns: str, checkpoint: Checkpoint, result: Result) -> Checkpoint:
    """Return `checkpoint` with what `result` wrote, and where it leads planned beside the rest.

    It stays the same checkpoint, so that its questions keep their ids and its results their
    tasks. A node that it has planned already is not planned again.

    Raises:
        InvalidUpdateError: a channel was written twice.
        Exception: whatever a reducer raises.
    """
    writes = [(result.node, name, value) for name, value in result.writes]
    values, written = fold(graph.channels, checkpoint.values, writes)
    planned = {task.node for task in checkpoint.tasks if task.path[0] != "push"}
    sends = [target for target in result.goto if isinstance(target, Send)]
    names = {t for t in result.goto if isinstance(t, str) and t != END} - planned
    names, later = hold_back(graph, names, busy=bool(sends or checkpoint.tasks))
    added = plan(graph, ns, checkpoint.id, names, sends, values, len(checkpoint.tasks))
    kept = checkpoint.changed
    return replace(
        checkpoint,
        values=values,
        tasks=tuple(_ordered((*checkpoint.tasks, *added))),
        deferred=checkpoint.deferred | later,
        changed={**kept, **{name: min(n, kept.get(name, n)) for name, n in written.items()}},
    )


def plan(
    graph: Graph,
    ns: str,
    checkpoint: str,
    names: Iterable[str],
    sends: Sequence[Send],
    values: Mapping[str, Any],
    first: int = 0,
) -> tuple[Task, ...]:
    """Return the tasks of a superstep: one for each name, sorted, then one for each Send.

    Of a node that splits its work, first of all, one for each part of the state `values`.
    `first` is the number of the first part, and of the first Send.
    """
    shared: list[tuple[str, Any]] = []
    whole: list[str] = []
    for name in sorted(names):
        parts = _parts(graph, name, values)
        shared += [(name, part) for part in parts]
        whole += () if parts else (name,)
    pushed = [
        (send.node, arg)
        for send in sends
        for arg in _parts(graph, send.node, send.arg) or (send.arg,)
    ]
    make = partial(_task, graph, ns, checkpoint)
    return (
        *[make(name, ("part", n), part) for n, (name, part) in enumerate(shared, first)],
        *[make(name, ("pull", name)) for name in whole],
        *[make(name, ("push", n), arg) for n, (name, arg) in enumerate(pushed, first)],
    )


def _parts(graph: Graph, node: str, given: Any) -> Sequence[Any]:
    split = graph.nodes[node].split
    return split(given) if split is not None else ()


def unfinished(checkpoint: Checkpoint, results: Mapping[str, Result]) -> list[Task]:
    """Return the tasks of `checkpoint` that are not done, in order."""
    return [
        task
        for task in checkpoint.tasks
        if task.id not in results or results[task.id].outcome != "done"
    ]


def next_status(following: Checkpoint, ran: set[str], options: RunOptions) -> Status:
    """Return what a thread is once `following` is its head and the nodes `ran` have run."""
    if not following.tasks:
        return Status.FINISHED
    before, after = options.break_before, options.break_after
    if before and _named(before, {task.node for task in following.tasks}):
        return Status.STOPPED
    return Status.STOPPED if after and _named(after, ran) else Status.RUNNING


def _named(wanted: Sequence[str], nodes: set[str]) -> bool:
    nodes = nodes - {START}
    return bool(nodes) if "*" in wanted else not nodes.isdisjoint(wanted)


def _task(
    graph: Graph,
    ns: str,
    checkpoint: str,
    node: str,
    path: tuple[str, str | int],
    value: Any = UNSET,
) -> Task:
    id_ = task_id(checkpoint, ns, node, path)
    return Task(id_, node, path, value, graph.nodes[node].on_crash)


def _ordered(tasks: Sequence[Task]) -> Sequence[Task]:
    return sorted(tasks, key=_order) if len(tasks) > 1 else tasks


def _order(task: Task) -> tuple[str, str, int]:
    kind, key = task.path
    return (kind, key, 0) if isinstance(key, str) else (kind, "", key)


def arrive(
    graph: Graph, joins: Mapping[str, frozenset[str]], ended: Sequence[tuple[str, Result]]
) -> tuple[dict[str, frozenset[str]], set[str]]:
    """Return the waiting edges after `ended` have arrived, and the targets that wait no more."""
    waiting: dict[str, frozenset[str]] = {}
    reached: set[str] = set()
    if not graph.joins:
        return waiting, reached
    nodes = {node for node, _ in ended}
    for join in graph.joins:
        arrived = joins.get(join.name, frozenset()) | (nodes & set(join.sources))
        if arrived == set(join.sources):
            reached.add(join.target)
        elif arrived:
            waiting[join.name] = frozenset(arrived)
    return waiting, reached - {END}


def hold_back(graph: Graph, names: set[str], *, busy: bool) -> tuple[set[str], frozenset[str]]:
    """Split `names` into those that run now and those deferred until nothing else is left."""
    later = {name for name in names if graph.nodes[name].defer}
    if not later:
        return names, frozenset()
    now = names - later
    return (now, frozenset(later)) if now or busy else (later, frozenset())

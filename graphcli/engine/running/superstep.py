"""What a superstep is, in pure functions: begin, plan, apply. No I/O, no clock, no threads.

Results are folded in task order: parts of split nodes by number, nodes by name, Sends by number.
So the order of a list that several nodes append to never depends on which of them was faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphcli.dataclass import replace
from graphcli.engine.graph.channels import Folded, filled, fold
from graphcli.engine.values.digest import numbered, short_hash
from graphcli.engine.values.model import END, START, UNSET, Checkpoint, Result, Send, Status, Task

if TYPE_CHECKING:
    from graphcli.engine.graph.structure import Graph, Node
    from graphcli.engine.running.protocol import RunOptions


def checkpoint_id(uid: str, ns: str, seq: int) -> str:
    """Return an id that sorts by `seq` and differs between threads that had the same name."""
    return f"{seq:08x}-{_lineage(uid, ns)}"


@lru_cache(maxsize=64)
def _lineage(uid: str, ns: str) -> str:
    """What the ids of a namespace's checkpoints end in."""
    return short_hash(uid, ns)[:24]


def seq_of(checkpoint: str) -> int:
    """Return the `seq` in a checkpoint's id."""
    return int(checkpoint.partition("-")[0], 16)


def task_id(checkpoint: str, ns: str, node: str, path: tuple[str, str | int]) -> str:
    """Return the id of the task of `node` at `path` of a checkpoint's plan."""
    kind, key = path
    if node == START:
        return short_hash(checkpoint, ns, kind, key)
    if isinstance(key, int):
        return _task_ids(checkpoint, ns, node, kind)(key)
    return short_hash(checkpoint, ns, node, kind, key)


@lru_cache(maxsize=8)
def _task_ids(checkpoint: str, ns: str, node: str, kind: str) -> Callable[[int], str]:
    """What names the parts of a node, or the Sends to it: there may be a thousand."""
    return numbered(checkpoint, ns, node, kind)


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
    folded: Folded | None = None,
) -> Checkpoint:
    """Return the next checkpoint; every task of `checkpoint` must be done in `results`.

    `now` is when it is made, ISO 8601 in UTC; `metadata` is what it carries. `folded` is the next
    state, where somebody has folded it before.

    Raises:
        InvalidUpdateError: two tasks wrote a channel without a reducer.
        Exception: whatever a reducer raises.
    """
    ended = [results[task.id] for task in _ordered(checkpoint.tasks)]
    writes, names, sends = _outcome(ended)
    values, changed = folded or fold(graph.channels, checkpoint.values, writes)
    joins, joined = arrive(graph, checkpoint.joins, ended)
    names, later = hold_back(graph, names | joined | checkpoint.deferred, busy=bool(sends))
    seq, step, before = checkpoint.seq + 1, checkpoint.step + 1, checkpoint.id
    id_ = checkpoint_id(uid, ns, seq)
    tasks = plan(graph, ns, id_, names, sends, values)
    # By position: twelve keywords cost as much as half of `plan`.
    state = (values, tasks, before, joins, later, changed)
    return Checkpoint(id_, seq, step, "loop", *state, now, metadata or {})


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
    try:
        return fold(graph.channels, checkpoint.values, _outcome(done)[0])[0]
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
    writes, names, sends = _outcome([result])
    values, written = fold(graph.channels, checkpoint.values, writes)
    planned = {task.node for task in checkpoint.tasks if task.path[0] != "push"}
    names, later = hold_back(graph, names - planned, busy=bool(sends or checkpoint.tasks))
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
    parts: list[Task] = []
    whole: list[Task] = []
    for name in sorted(names):
        node = graph.nodes[name]
        split = node.split(values) if node.split is not None else ()
        for part in split:
            parts.append(_task(node, ns, checkpoint, ("part", first + len(parts)), part))
        if not split:
            whole.append(_task(node, ns, checkpoint, ("pull", name)))
    pushed: list[Task] = []
    for send in sends:
        node = graph.nodes[send.node]
        split = node.split(send.arg) if node.split is not None else ()
        for arg in split or (send.arg,):
            pushed.append(_task(node, ns, checkpoint, ("push", first + len(pushed)), arg))
    return (*parts, *whole, *pushed)


def unfinished(checkpoint: Checkpoint, results: Mapping[str, Result]) -> list[Task]:
    """Return the tasks of `checkpoint` that are not done, in order."""
    return [
        task
        for task in checkpoint.tasks
        if (result := results.get(task.id)) is None or result.outcome != "done"
    ]


def next_status(following: Checkpoint, ran: Sequence[Task], options: RunOptions) -> Status:
    """Return what a thread is once `following` is its head and the tasks `ran` have run."""
    if not following.tasks:
        return Status.FINISHED
    before, after = options.break_before, options.break_after
    if before and _named(before, following.tasks):
        return Status.STOPPED
    return Status.STOPPED if after and _named(after, ran) else Status.RUNNING


def _named(wanted: Sequence[str], tasks: Sequence[Task]) -> bool:
    nodes = {task.node for task in tasks} - {START}
    return bool(nodes) if "*" in wanted else not nodes.isdisjoint(wanted)


def _task(
    node: Node, ns: str, checkpoint: str, path: tuple[str, str | int], value: Any = UNSET
) -> Task:
    id_ = task_id(checkpoint, ns, node.name, path)
    return Task(id_, node.name, path, value, node.on_crash)


def _outcome(ended: Iterable[Result]) -> tuple[list[tuple[str, str, Any]], set[str], list[Send]]:
    """What tasks wrote, each write with its node, and the nodes and Sends to which they lead."""
    writes: list[tuple[str, str, Any]] = []
    names: set[str] = set()
    sends: list[Send] = []
    for result in ended:
        for name, value in result.writes:
            writes.append((result.node, name, value))
        for target in result.goto:
            if isinstance(target, str):
                names.add(target)
            else:
                sends.append(target)
    names.discard(END)
    return writes, names, sends


def _ordered(tasks: Sequence[Task]) -> Sequence[Task]:
    return sorted(tasks, key=_order) if len(tasks) > 1 else tasks


def _order(task: Task) -> tuple[str, str, int]:
    kind, key = task.path
    return (kind, key, 0) if isinstance(key, str) else (kind, "", key)


def arrive(
    graph: Graph, joins: Mapping[str, frozenset[str]], ended: Iterable[Result]
) -> tuple[dict[str, frozenset[str]], set[str]]:
    """Return the waiting edges after `ended` have arrived, and the targets that wait no more."""
    waiting: dict[str, frozenset[str]] = {}
    reached: set[str] = set()
    if not graph.joins:
        return waiting, reached
    nodes = {result.node for result in ended}
    for join in graph.joins:
        arrived = joins.get(join.name, frozenset()) | (nodes & set(join.sources))
        if arrived == set(join.sources):
            reached.add(join.target)
        elif arrived:
            waiting[join.name] = frozenset(arrived)
    return waiting, reached - {END}


def hold_back(graph: Graph, names: set[str], *, busy: bool) -> tuple[set[str], frozenset[str]]:
    """Split `names` into those that run now and those deferred until nothing else is left."""
    if graph.deferring.isdisjoint(names):
        return names, frozenset()
    later = names & graph.deferring
    now = names - later
    return (now, frozenset(later)) if now or busy else (later, frozenset())

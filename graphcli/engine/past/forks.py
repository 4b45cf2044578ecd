"""Forks of an old checkpoint: of the graph, and of every subgraph on the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from graphcli.dataclass import replace
from graphcli.engine.graph.place import place_in
from graphcli.engine.graph.structure import Graph
from graphcli.engine.past.travel import carried, forked
from graphcli.engine.running.lines import COPY_OF, LINE, PARENTS, TASK, origin_of
from graphcli.engine.running.superstep import checkpoint_id, task_id
from graphcli.engine.values.checkpointer import Checkpointer, Commit, Saved
from graphcli.engine.values.model import Checkpoint, Result, Status, Task
from graphcli.errors import NotFoundError


def way_to(checkpointer: Checkpointer, thread: str, ns: str, id_: str) -> list[Saved]:
    """Return the checkpoint `id_` of (thread, ns) behind those in which its subgraph runs.

    Raises:
        NotFoundError: one of them does not exist.
    """
    last = _found(checkpointer, thread, ns, id_)
    parents = last.checkpoint.metadata.get(PARENTS, {})
    outer = sorted(parents, key=lambda place: (bool(place), place.count("|")))
    return [*(_found(checkpointer, thread, each, parents[each]) for each in outer), last]


def _found(checkpointer: Checkpointer, thread: str, ns: str, id_: str) -> Saved:
    saved = checkpointer.load(thread, ns, id_)
    if saved is None:
        raise NotFoundError(f"thread `{thread}` has no checkpoint {id_}", "see get_state_history()")
    return saved


class Forks:
    """The forks of `way`, from the graph's checkpoint (which becomes `seq`) inwards."""

    def __init__(
        self, graph: Graph, checkpointer: Checkpointer, seq: int, way: Sequence[Saved], now: str
    ) -> None:
        self._checkpointer = checkpointer
        self._now = now
        self._way = way
        root = way[0]
        self._made = [replace(root, checkpoint=forked(graph, root, seq, now))]
        for old in way[1:]:
            self._made.append(self._inside(old))

    def last(self) -> Saved:
        """Return the innermost one, with nothing done."""
        return self._made[-1]

    def head(self) -> Saved:
        """Return where the thread stands now."""
        saved = self._checkpointer.load(self._made[0].thread.id)
        assert saved is not None, "it has just been saved"  # noqa: S101
        return saved

    def commit(self, old: Saved, *, reopen: bool) -> None:
        """Save them, the graph's first; to `reopen` what was asked, with what had ended on `old`.

        Killed in between, a subgraph begins anew: the fork has asked nobody anything yet.
        """
        for number, (before, made) in enumerate(zip(self._way, self._made, strict=True)):
            kept: tuple[Result, ...] = ()
            if reopen:
                kept = carried(old if made is self._made[-1] else before, made.checkpoint)
            if reopen and made is not self._made[-1]:
                heir = self._heir(number)
                kept = (*kept, Result(heir.id, heir.node, "paused"))
            self._commit(made, kept)

    def _commit(self, made: Saved, kept: tuple[Result, ...]) -> None:
        fork = made.checkpoint
        self._checkpointer.commit(
            Commit(
                made.thread.id,
                at=max(0, fork.seq - 1),
                ns=made.ns,
                checkpoints=(fork,),
                kept=kept,
                withdrawn=not made.ns,
                status=Status.STOPPED if fork.tasks or made.ns else Status.FINISHED,
            )
        )

    def _inside(self, old: Saved) -> Saved:
        """The fork of a subgraph's checkpoint, inside the heir of the task that it ran in."""
        number = len(self._made) - 1
        outer, before, heir = self._made[-1], self._way[number], self._heir(number)
        own = place_in(before.ns, heir.node, old.checkpoint.metadata[TASK])
        ns = old.ns  # one that keeps its state stays where it is
        if old.ns.startswith(own):
            ns = place_in(outer.ns, heir.node, heir.id) + old.ns.removeprefix(own)
        head = self._checkpointer.load(old.thread.id, ns)
        parents = {**origin_of(outer).get(PARENTS, {}), outer.ns: outer.checkpoint.id}
        origin = {LINE: self._made[0].checkpoint.seq, PARENTS: parents, TASK: heir.id}
        fork = _copy(old, ns, 0 if head is None else head.checkpoint.seq + 1, self._now)
        metadata = {**origin, COPY_OF: old.checkpoint.id}
        return replace(old, ns=ns, checkpoint=replace(fork, metadata=metadata))

    def _heir(self, number: int) -> Task:
        """The task that runs the next subgraph in the fork, in place of the one that did."""
        task = self._way[number + 1].checkpoint.metadata[TASK]
        path = next(t.path for t in self._way[number].checkpoint.tasks if t.id == task)
        return next(t for t in self._made[number].checkpoint.tasks if t.path == path)


def _copy(old: Saved, ns: str, seq: int, now: str) -> Checkpoint:
    """A copy of a subgraph's checkpoint; without the graph, which may be known to a node alone."""
    id_ = checkpoint_id(old.thread.uid, ns, seq)
    tasks = tuple(
        replace(task, id=task_id(id_, ns, task.node, task.path)) for task in old.checkpoint.tasks
    )
    return replace(
        old.checkpoint,
        id=id_,
        seq=seq,
        step=old.checkpoint.step + 1,
        source="fork",
        tasks=tasks,
        parent=old.checkpoint.id if ns == old.ns else None,
        changed={},
        created_at=now,
    )

"""Write a thread's state from outside: `update_state`, one superstep or several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphcli.dataclass import replace
from graphcli.engine.graph.structure import Graph
from graphcli.engine.past.travel import carried, cleared, copied, empty, given, updated
from graphcli.engine.resuming.command import INPUT
from graphcli.engine.running.lines import COPY_OF
from graphcli.engine.values.checkpointer import Checkpointer, Commit, Saved, ThreadInfo
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import END, START, Checkpoint, Result, StateUpdate, Status
from graphcli.errors import InvalidUpdateError, NotFoundError

#: The node that stands for nobody: its update is a copy of the checkpoint.
COPY: Final = "__copy__"

#: Nodes that are none, and whose update is the only one of its superstep.
_ALONE: Final = {
    END: "Cannot apply multiple updates when clearing state",
    INPUT: "Cannot apply multiple updates when updating as input",
    COPY: "Cannot copy checkpoint with multiple updates",
}


class Update:
    """Makes the checkpoints of an update, one a superstep, and commits them at once.

    `thread` is the thread as it would begin, in case it does not exist yet; `checkpoint` is the
    id of the one to go on from, None for the newest.

    Raises:
        NotFoundError: there is no checkpoint of that id.
    """

    def __init__(
        self,
        graph: Graph,
        checkpointer: Checkpointer,
        thread: ThreadInfo,
        ns: str = "",
        checkpoint: str | None = None,
    ) -> None:
        self._graph = graph
        self._checkpointer = checkpointer
        newest = checkpointer.load(thread.id, ns)
        if newest is None and ns:
            remedy = "see those there are: get_state(config, subgraphs=True)"
            raise NotFoundError(f"thread `{thread.id}` has no subgraph under {ns}", remedy)
        self._new = thread if newest is None else None
        self._fingerprint = thread.fingerprint
        newest = newest or empty(graph, thread)
        found: Saved | None = newest
        if checkpoint is not None and checkpoint != newest.checkpoint.id:
            found = checkpointer.load(thread.id, ns, checkpoint)
        if found is None:
            remedy = "see those there are: get_state_history(config)"
            raise NotFoundError(f"thread `{thread.id}` has no checkpoint {checkpoint}", remedy)
        # What followed an old checkpoint is another line: here its tasks are still to run.
        self._at = found if found is newest else replace(found, results={})
        self._base = max(0, found.checkpoint.seq)
        self._seq = newest.checkpoint.seq
        self._made: dict[str, Saved] = {}

    def write(self, supersteps: Sequence[Sequence[StateUpdate]]) -> Saved:
        """Write `supersteps` one after the other and return where the thread stands then.

        Open questions are withdrawn, and nothing runs.

        Raises:
            InvalidUpdateError: values do not fit, or it is not clear who wrote them.
            ValueError: there is nothing to write.
        """
        if not supersteps:
            raise ValueError("No supersteps provided")
        for updates in supersteps:
            self._superstep([StateUpdate(*update) for update in updates])
        self._commit()
        return self._at

    def _superstep(self, updates: Sequence[StateUpdate]) -> None:
        if not updates:
            raise ValueError("No updates provided")
        first = updates[0]
        if len(updates) > 1 and first.as_node in _ALONE:
            raise InvalidUpdateError(_ALONE[first.as_node], "give it a superstep of its own")
        self._seq += 1
        place = (self._graph, self._at, self._seq, utc_now())
        if first.as_node == COPY:
            self._move(copied(*place))
            if isinstance(first.values, list):  # LangGraph's way to copy and update in one
                self._superstep([StateUpdate(*update) for update in first.values])
        elif first.as_node == INPUT:
            made = given(*place, first.values)
            self._move(made, carried(self._at, made))
        elif first.as_node == END and first.values is None:
            self._move(cleared(*place))
        else:
            self._move(*updated(*place, self._named(updates)))

    def _named(self, updates: Sequence[StateUpdate]) -> Sequence[StateUpdate]:
        """The updates, each with the node that it stands for."""
        if len(updates) == 1 and updates[0].as_node is None:
            return [updates[0]._replace(as_node=self._last_writer())]
        if any(update.as_node is None for update in updates):
            raise InvalidUpdateError(
                "as_node is required when applying multiple updates",
                "StateUpdate(values, as_node) for each of them",
            )
        return updates

    def _last_writer(self) -> str:
        """The node that led to where the thread stands."""
        nodes = self._writers()
        if len(nodes) > 1:
            raise InvalidUpdateError(
                "Ambiguous update, specify as_node: "
                + ", ".join(f"`{node}`" for node in sorted(nodes))
                + " all led here"
            )
        return nodes.pop()

    def _writers(self) -> set[str]:
        saved = self._at
        while (original := saved.checkpoint.metadata.get(COPY_OF)) is not None:
            saved = self._find(original)
        if known := set(saved.checkpoint.metadata.get("as_node", ())):
            return known
        parent = saved.checkpoint.parent
        if parent is None or saved.checkpoint.source == "input":
            return {START}
        return {task.node for task in self._find(parent).checkpoint.tasks} or {START}

    def _find(self, checkpoint: str) -> Saved:
        at = self._at
        found = self._made.get(checkpoint)
        return found or self._checkpointer.load(at.thread.id, at.ns, checkpoint) or at

    def _move(self, made: Checkpoint, kept: Sequence[Result] = ()) -> None:
        results = {result.task: result for result in kept}
        self._at = Saved(self._at.thread, self._at.ns, made, results=results)
        self._made[made.id] = self._at

    def _commit(self) -> None:
        made = tuple(saved.checkpoint for saved in self._made.values())
        thread, ns = self._at.thread, self._at.ns
        status = Status.STOPPED if made[-1].tasks else Status.FINISHED
        if ns:  # the thread goes on when the task does in which the subgraph runs
            status = thread.status if thread.status.over else Status.STOPPED
        self._checkpointer.commit(
            Commit(
                thread.id,
                at=self._base,
                ns=ns,
                new=self._new,
                checkpoints=made,
                kept=tuple(self._at.results.values()),
                withdrawn=self._new is None and not ns,
                fingerprint=self._fingerprint,
                status=status,
            )
        )

"""Which checkpoints lie on one line: a thread that goes on from an old one begins a line.

It matters to subgraphs that keep their state from call to call: what they did on another line,
or in the very superstep that is run again, has not happened on this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphcli.engine.running.superstep import seq_of
from graphcli.engine.values.checkpointer import Checkpointer, Saved

#: Under which key of its metadata a copy names the checkpoint that it is a copy of.
COPY_OF: Final = "copy_of"

#: The keys of a checkpoint's metadata that those after it carry on: where the line began, and,
#: in a subgraph, the checkpoints and the task in which it runs.
LINE: Final = "line"
PARENTS: Final = "parents"
TASK: Final = "task"
#: In a graph that a function calls: its first checkpoint in the task, which has its input, and
#: its nodes, which tell it from another graph.
FIRST: Final = "first"
NODES: Final = "nodes"


def origin_of(saved: Saved) -> dict[str, Any]:
    """Return what the checkpoints after that of `saved` carry on in their metadata."""
    metadata = saved.checkpoint.metadata
    return {key: metadata[key] for key in (LINE, PARENTS, TASK, FIRST, NODES) if key in metadata}


def line_of(head: Saved | None, seq: int, *, leaves: bool) -> dict[str, Any]:
    """Return the origin of the checkpoint `seq` after `head`; it `leaves` the line, or stays."""
    origin = {} if head is None else origin_of(head)
    return {**origin, LINE: seq} if leaves and head is not None else origin


def state_before(
    checkpointer: Checkpointer, newest: Saved, root: str, origin: Mapping[str, Any]
) -> Saved | None:
    """Return where a subgraph stood that keeps its state, when the thread came to `root`.

    `newest` is its newest checkpoint, `root` the thread's checkpoint in which it runs now, and
    `origin` that of the run. None if it has not run on this line.
    """
    if _root(newest) >= origin.get(LINE, 0):
        return newest
    thread = newest.thread.id
    before = _before(checkpointer, thread, root)
    history = checkpointer.history(thread, newest.ns)
    return next((s for s in history if s.checkpoint.metadata[PARENTS][""] in before), None)


def _root(saved: Saved) -> int:
    return seq_of(saved.checkpoint.metadata[PARENTS][""])


def _before(checkpointer: Checkpointer, thread: str, root: str) -> set[str]:
    """The checkpoints whose supersteps led to `root`."""
    found: set[str] = set()
    wanted: str | None = root
    ran = False
    for saved in checkpointer.history(thread):
        checkpoint = saved.checkpoint
        if checkpoint.id != wanted:
            continue
        if ran:
            found.add(checkpoint.id)
        # A copy is run instead of its original, and an update beside what it was made from.
        ran = checkpoint.metadata.get(COPY_OF) != checkpoint.parent
        ran = ran and checkpoint.source != "update"
        wanted = checkpoint.parent
    return found

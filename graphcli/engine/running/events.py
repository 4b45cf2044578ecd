"""What happens in a run, told to the outside: the one contract with rendering and adapters.

Every stream mode, the progress on a terminal and the lines of `-o jsonl` are derived from these.
"""

from __future__ import annotations

from typing import Any

from graphcli.dataclass import value
from graphcli.engine.graph.structure import Graph
from graphcli.engine.values.changes import Change
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import Asked, Checkpoint, Failure, Result, Status, Task


@value(frozen=True, slots=True)
class RunStarted:
    """A run took the thread. `new` tells a first run from one that goes on.

    `at` is where a thread stands that goes on without new input; `drift` how its graph has changed
    since it last ran.
    """

    thread: str
    graph: str
    new: bool
    at: Saved | None = None
    drift: tuple[Change, ...] = ()


@value(frozen=True, slots=True)
class SubgraphStarted:
    """A graph runs under `ns` in a task of another; `at` is where it goes on, if it has begun."""

    ns: str
    graph: Graph
    at: Saved | None = None


@value(frozen=True, slots=True)
class TaskStarted:
    """A task got a worker. `attempt` counts from 1 and goes up when a node runs again.

    With `settled` its node does not run: a person has said that it is done, and with what update.
    """

    ns: str
    step: int
    task: str
    node: str
    attempt: int
    settled: bool = False


@value(frozen=True, slots=True)
class TaskRetried:
    """A task failed and its retry policy tries again after `delay` seconds."""

    ns: str
    step: int
    task: str
    node: str
    attempt: int
    delay: float
    failure: Failure


@value(frozen=True, slots=True)
class TaskEnded:
    """A task ended, after `seconds`. `kept` is true for a result of an earlier run.

    `questions` are those that it and the subgraphs in it wait for. `error` is the exception
    behind a failure, where it was raised in this process. `settled` is as in TaskStarted.
    """

    ns: str
    step: int
    result: Result
    seconds: float
    kept: bool = False
    questions: tuple[Asked, ...] = ()
    error: BaseException | None = None
    settled: bool = False


@value(frozen=True, slots=True)
class CustomEvent:
    """A node wrote `value` through its stream writer."""

    ns: str
    step: int
    node: str
    value: Any


@value(frozen=True, slots=True)
class CheckpointSaved:
    """A checkpoint is on disk."""

    ns: str
    checkpoint: Checkpoint


@value(frozen=True, slots=True)
class RunEnded:
    """The run let go of the thread. `status` is what the thread is now.

    `questions` wait for an answer, `uncertain` are tasks that may have run, `void` has the ids
    of answers that no longer fit what a node asks, `forgotten` those that are asked for again
    because a secret was typed in another process. `error` is the exception behind `failure`,
    where it was raised in this process. `holder` is who runs the thread, where that is another
    run: then `status` is `running`.
    """

    thread: str
    graph: str
    status: Status
    values: Any
    questions: tuple[Asked, ...] = ()
    uncertain: tuple[Task, ...] = ()
    failure: Failure | None = None
    void: tuple[str, ...] = ()
    error: BaseException | None = None
    holder: str = ""
    forgotten: tuple[str, ...] = ()


Event = (
    RunStarted
    | SubgraphStarted
    | TaskStarted
    | TaskRetried
    | TaskEnded
    | CustomEvent
    | CheckpointSaved
    | RunEnded
)


def unheard(_event: Event) -> None:
    """Take an event of a run to which nobody listens on its way."""

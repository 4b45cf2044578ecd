"""Where a thread stands while a run drives it, and what the run is lent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphcli.dataclass import dataclass, field
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Answer, Asked, Checkpoint, Result, Task

if TYPE_CHECKING:
    from graphcli.engine.graph.structure import Graph
    from graphcli.engine.running.events import Event
    from graphcli.engine.running.protocol import RunOptions, Settle
    from graphcli.engine.running.recorder import Recorder
    from graphcli.engine.running.workers import Loop


@dataclass(frozen=True, slots=True)
class Orders:
    """What a resume has to say to the subgraphs under way: verdicts by task, and to ask again."""

    verdicts: Mapping[str, Settle] = field(default_factory=dict)
    ask_again: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run is lent: ids and clock are passed in, so that nothing here is left to chance.

    `fingerprint` is that of the outermost graph, empty where nothing is kept of the thread. A run
    is `heard` if somebody takes note of what happens on its way: else only its end is told.
    """

    recorder: Recorder
    options: RunOptions
    config: Mapping[str, Any]
    reveal: Callable[[str], str | None]
    now: Callable[[], str]
    loop: Loop
    orders: Orders = Orders()
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    heard: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run lends to its tasks. `tell` takes events from any thread.

    `origin` is that of the run's position. `asks` is the scope of an outer task that asks in place
    of this run's own tasks: so a subgraph asks that keeps no checkpoints.
    """

    graph: Graph
    thread: ThreadInfo
    ns: str
    tools: Tools
    tell: Callable[[Event], None]
    memos: Any = None
    origin: Mapping[str, Any] = field(default_factory=dict)
    asks: Any = None


@dataclass(slots=True)
class Position:
    """Where a thread stands while a run drives it: the checkpoint and what happened on it.

    `questions` are its tasks' own, one at most of each, by task; `inside` has those of the
    subgraphs in its paused tasks.
    `origin` is what every checkpoint carries on in its metadata: its line, and who runs it.
    """

    thread: ThreadInfo
    ns: str
    checkpoint: Checkpoint
    started: dict[str, int] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)
    questions: dict[str, Asked] = field(default_factory=dict)
    inside: dict[str, tuple[Asked, ...]] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Asked, ...]:
        """Every question that waits for an answer, in task order."""
        if not self.questions and not self.inside:
            return ()
        return tuple(asked for task in self.checkpoint.tasks for asked in self.open_of(task.id))

    def open_of(self, task: str) -> tuple[Asked, ...]:
        """Return the questions of a task, and of the subgraphs in it, that wait for an answer."""
        if not self.questions and not self.inside:
            return ()
        own = self.questions.get(task)
        inside = self.inside.get(task, ())
        return inside if own is None else (own, *inside)

    def begin(self, tasks: Sequence[Task]) -> tuple[str, ...]:
        """Count `tasks` as begun once more, forget how they ended before, and return their ids."""
        for task in tasks:
            self.started[task.id] = self.started.get(task.id, 0) + 1
            self.results.pop(task.id, None)
        return tuple([task.id for task in tasks])

    def move(self, checkpoint: Checkpoint, begun: Iterable[str]) -> None:
        """Stand on the next checkpoint, where nothing has happened but that tasks have `begun`."""
        self.checkpoint = checkpoint
        self.started, self.results, self.answers = dict.fromkeys(begun, 1), {}, {}
        self.questions, self.inside = {}, {}

    def keep(self, result: Result) -> None:
        """Note how a task ended; its question, if it has one, replaces the one before."""
        if self.questions or self.inside:
            self.forget(result.task)
        self.results[result.task] = result
        if result.asked is not None:
            self.questions[result.asked.task] = result.asked

    def forget(self, task: str) -> None:
        """Drop how a task ended, and what it asked."""
        self.results.pop(task, None)
        self.inside.pop(task, None)
        self.questions.pop(task, None)

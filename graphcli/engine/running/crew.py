"""The tasks of a superstep at work: here, in worker threads, or on the event loop."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator, Sequence
from contextvars import copy_context

from graphcli.dataclass import value
from graphcli.engine.graph.structure import Graph
from graphcli.engine.running.events import Event
from graphcli.engine.running.task import TaskRunner
from graphcli.engine.running.waiting import advance, finish
from graphcli.engine.running.workers import Loop, Workers
from graphcli.engine.values.model import Result, Task


@value(frozen=True, slots=True)
class Arrival:
    """A task that has just ended, after `seconds`."""

    runner: TaskRunner
    result: Result
    seconds: float


Said = Event | Arrival


class Crew:
    """Runs tasks and hears from them.

    `running` has the ids of those that may be at work: whoever takes note of an Arrival takes it
    out, so that no moment is left in which a task has run and nobody knows.
    """

    def __init__(self, graph: Graph, loop: Loop, limit: int | None) -> None:
        self.running: set[str] = set()
        self._beside: set[str] = set()
        self._graph = graph
        self._loop = loop
        self._limit = limit
        self._workers = Workers(self._run, limit)
        self._said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        self.tell = self._said.put

    def capacity(self, tasks: Sequence[Task]) -> int:
        """Return how many run at once: a thread holds one, an event loop as many as there are."""
        if self._limit is not None or len(tasks) <= 1:
            return self._limit or 1
        alone = all(self._graph.is_async(task) for task in tasks)
        return len(tasks) if alone else self._workers.limit

    def alone(self, runner: TaskRunner) -> Iterator[Arrival | float]:
        """Run a sync task here: yield how many seconds to wait between attempts, then its Arrival.

        Raises:
            BaseException: what stopped the task from outside, as Ctrl-C does; it is still running.
        """
        id_, begun = runner.task.id, time.perf_counter()
        work, context = runner.run(), copy_context()
        while True:
            self.running.add(id_)
            said = context.run(advance, work)
            if runner.stopped is not None:
                raise runner.stopped
            if isinstance(said, Result):
                break
            self.running.discard(id_)  # between two attempts: the last one has ended in an error
            yield said
        yield Arrival(runner, said, time.perf_counter() - begun)

    def launch(self, runner: TaskRunner) -> None:
        """Let a task run beside us; its Arrival is heard when it has ended."""
        self.running.add(runner.task.id)
        self._beside.add(runner.task.id)
        if self._graph.is_async(runner.task):
            self._await(runner)
        else:
            self._workers.submit(runner)

    def wait(self) -> Iterator[Said]:
        """Yield what is said next, waiting for it, and what has been said since.

        Raises:
            BaseException: what stopped a task from outside, as Ctrl-C does; it is still running.
        """
        yield self._checked(self._said.get())
        yield from self.heard()

    def heard(self) -> Iterator[Said]:
        """Yield what has been said, without waiting.

        What is said meanwhile is left for the next time: a node that never stops writing to its
        stream would keep everybody's results off the record.
        """
        for _ in range(self._said.qsize()):
            yield self._checked(self._said.get())

    def drop(self) -> None:
        """Let nobody begin with what nobody has begun with; then it is not at work."""
        for runner in self._workers.take_back():
            self._beside.discard(runner.task.id)
            self.running.discard(runner.task.id)

    def rest(self) -> Iterator[Arrival]:
        """Wait until every task beside us has ended; those that were stopped stay `running`."""
        while self._beside:
            said = self._said.get()
            if isinstance(said, Arrival):
                self._beside.discard(said.runner.task.id)
                if said.runner.stopped is None:
                    yield said

    def close(self) -> None:
        """Send everybody home."""
        self._workers.close()

    def _run(self, runner: TaskRunner) -> None:
        begun = time.perf_counter()
        result = finish(runner.run())
        self._said.put(Arrival(runner, result, time.perf_counter() - begun))

    def _await(self, runner: TaskRunner) -> None:
        begun = time.perf_counter()

        def arrive(result: Result) -> None:
            self._said.put(Arrival(runner, result, time.perf_counter() - begun))

        self._loop.submit(runner.run(), lambda: arrive(runner.never_began()), arrive)

    def _checked(self, said: Said) -> Said:
        if isinstance(said, Arrival):
            self._beside.discard(said.runner.task.id)
            if said.runner.stopped is not None:
                raise said.runner.stopped
        return said

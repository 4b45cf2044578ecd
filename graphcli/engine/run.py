"""The loop: plan → execute → record → apply → checkpoint → events. One run drives one thread."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphcli.engine.checkpointer import Commit, Saved, ThreadInfo
from graphcli.engine.events import (
    CheckpointSaved,
    Event,
    RunEnded,
    TaskEnded,
    TaskStarted,
)
from graphcli.engine.model import (
    START,
    UNSET,
    Answer,
    Asked,
    Checkpoint,
    Failure,
    Result,
    Status,
    Task,
)
from graphcli.engine.protocol import RunOptions
from graphcli.engine.recorder import Recorder
from graphcli.engine.structure import Graph
from graphcli.engine.superstep import apply, unfinished, visible_values
from graphcli.engine.task import Surroundings, TaskRunner, failure_of, finish
from graphcli.engine.workers import Loop, Workers
from graphcli.errors import GraphRecursionError, UnsupportedValueError


@dataclass(frozen=True, slots=True)
class Arrival:
    """A task that has just ended, after `seconds`."""

    runner: TaskRunner
    result: Result
    seconds: float


@dataclass(slots=True)
class Position:
    """Where a thread stands while a run drives it: the checkpoint and what happened on it."""

    thread: ThreadInfo
    ns: str
    checkpoint: Checkpoint
    started: dict[str, int] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)
    questions: dict[str, Asked] = field(default_factory=dict)

    @classmethod
    def of(cls, saved: Saved) -> Position:
        """Return the position that was saved."""
        return cls(
            saved.thread,
            saved.ns,
            saved.checkpoint,
            dict(saved.started),
            dict(saved.results),
            dict(saved.answers),
            {asked.id: asked for asked in saved.questions},
        )

    def move(self, checkpoint: Checkpoint) -> None:
        """Stand on the next checkpoint, where nothing has happened yet."""
        self.checkpoint = checkpoint
        self.started, self.results, self.answers, self.questions = {}, {}, {}, {}

    def keep(self, result: Result) -> None:
        """Note how a task ended; its question, if it has one, replaces the one before."""
        self.results[result.task] = result
        for asked in [q for q in self.questions.values() if q.task == result.task]:
            del self.questions[asked.id]
        if result.asked is not None:
            self.questions[result.asked.id] = result.asked


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run is lent: ids and clock are passed in, so that nothing here is left to chance."""

    recorder: Recorder
    options: RunOptions
    config: Mapping[str, Any]
    reveal: Callable[[str], str | None]
    now: Callable[[], str]
    loop: Loop


class Run:
    """Drives one thread from its position until it is finished, waiting, stopped or failed.

    `todo` are the tasks of the first superstep that still have to run; `settled` has, for tasks
    that a person declared done, what they would have returned.
    """

    def __init__(
        self,
        graph: Graph,
        position: Position,
        tools: Tools,
        todo: Sequence[Task],
        settled: Mapping[str, Any] | None = None,
    ) -> None:
        self._graph = graph
        self._at = position
        self._tools = tools
        self._todo = list(todo)
        self._settled = settled or {}
        self._workers = Workers(tools.options.max_concurrency)
        self._begun: set[str] = set()
        self._fresh: dict[str, Result] = {}
        self._void: list[str] = []
        self._lost: list[Task] = []
        self._events: queue.SimpleQueue[Event | Arrival] = queue.SimpleQueue()
        self.status = Status.RUNNING
        self.failure: Failure | None = None
        self._error: BaseException | None = None

    @property
    def _capacity(self) -> int:
        """How many tasks run at once: a thread holds one, an event loop as many as there are."""
        limit = self._tools.options.max_concurrency
        if limit is None and all(self._graph.is_async(task.node) for task in self._todo):
            return len(self._todo)
        return limit or self._workers.limit

    def take_workers(self) -> tuple[str, ...]:
        """Return the tasks that hold a worker as soon as the run goes on, and count them begun."""
        return self._take(self._todo[: self._capacity])

    def _take(self, tasks: Sequence[Task]) -> tuple[str, ...]:
        for task in tasks:
            self._at.started[task.id] = self._at.started.get(task.id, 0) + 1
            self._at.results.pop(task.id, None)
        return tuple(task.id for task in tasks)

    def drive(self) -> Iterator[Event]:
        """Yield what happens, superstep by superstep; the last event is RunEnded."""
        left = self._tools.options.max_steps
        try:
            while self.status is Status.RUNNING:
                if left <= 0 and self._at.checkpoint.source != "input":
                    self._give_up()
                    break
                left -= self._at.checkpoint.source != "input"
                yield from self._superstep()
            yield self._ended()
        except GeneratorExit:
            self._abandon(wait=True)
            raise
        except (KeyboardInterrupt, SystemExit):
            self._abandon(wait=False)
            raise
        finally:
            self._workers.close()
            self._tools.loop.close()

    def _superstep(self) -> Iterator[Event]:
        for task in self._at.checkpoint.tasks:
            if task not in self._todo and task.id in self._at.results:
                yield self._told(self._at.results[task.id], 0.0, kept=True)
        alone = len(self._todo) == 1 and not self._graph.is_async(self._todo[0].node)
        yield from self._inline(self._todo[0]) if alone else self._together()
        yield from self._close()

    def _inline(self, task: Task) -> Iterator[Event]:
        """Run the only task here: no thread, no queue, no commit of its own."""
        yield self._beginning(task)
        self._begun.add(task.id)
        runner = self._runner(task)
        begun = time.perf_counter()
        result = finish(runner.run())
        yield from self._waiting_events()
        yield self._arrived(Arrival(runner, result, time.perf_counter() - begun))

    def _together(self) -> Iterator[Event]:
        """Run tasks side by side; one that ends before its siblings is recorded at once."""
        waiting, running = list(self._todo), 0
        recorded: set[str] = set()
        while waiting or running:
            while waiting and running < self._capacity:
                running += 1
                yield self._beginning(waiting[0])
                self._launch(waiting.pop(0))
            arrived = 0
            for said in self._drained():
                if isinstance(said, Arrival):
                    arrived += 1
                    running -= 1
                    yield self._arrived(said)
                    if said.result.outcome == "failed":
                        waiting.clear()  # what has not begun waits for the next resume
                else:
                    yield said
            if arrived and (waiting or running):
                self._record(recorded, waiting[: self._capacity - running])

    def _drained(self) -> Iterator[Any]:
        """What has happened: waits for the first, then takes all that is there."""
        yield self._events.get()
        yield from self._waiting_events()

    def _waiting_events(self) -> Iterator[Any]:
        while not self._events.empty():
            yield self._events.get()

    def _launch(self, task: Task) -> None:
        self._begun.add(task.id)
        runner = self._runner(task)
        begun = time.perf_counter()

        def arrive(result: Result) -> None:
            self._events.put(Arrival(runner, result, time.perf_counter() - begun))

        if self._graph.is_async(task.node):
            self._tools.loop.submit(
                runner.run(), lambda future: None if future.cancelled() else arrive(future.result())
            )
        else:
            self._workers.submit(lambda: arrive(finish(runner.run())))

    def _runner(self, task: Task) -> TaskRunner:
        around = Surroundings(self._at.ns, self._tools.config, self._events.put, self._tools.reveal)
        answers = self._at.answers.get(task.id, ())
        returned = self._settled.get(task.id, UNSET)
        return TaskRunner(self._graph, self._at.checkpoint, task, answers, around, returned)

    def _beginning(self, task: Task) -> TaskStarted:
        attempt = self._at.started[task.id]
        return TaskStarted(self._at.ns, self._at.checkpoint.step, task.id, task.node, attempt)

    def _arrived(self, arrival: Arrival) -> TaskEnded:
        result = arrival.result
        if result.asked is not None:
            result = replace(result, asked=replace(result.asked, asked_at=self._tools.now()))
        self._fresh[result.task] = result
        self._void += arrival.runner.void
        self._error = self._error or arrival.runner.error
        return self._told(result, arrival.seconds)

    def _told(self, result: Result, seconds: float, *, kept: bool = False) -> TaskEnded:
        return TaskEnded(self._at.ns, self._at.checkpoint.step, result, seconds, kept)

    def _record(self, recorded: set[str], starting: Sequence[Task]) -> None:
        """Commit what ended before its siblings, and which tasks take the workers it freed."""
        fresh = [r for r in self._fresh.values() if r.task not in recorded]
        recorded |= {r.task for r in fresh}
        started = self._take(starting)
        self._commit(self._change(results=tuple(fresh), started=started), final=False)

    def _close(self) -> Iterator[Event]:
        """End the superstep: fold it if every task is done, and say what the thread is now."""
        for result in self._fresh.values():
            self._at.keep(result)
        fresh, self._fresh = tuple(self._fresh.values()), {}
        try:
            following = None if self._open() else self._apply()
            self._finish_superstep(fresh, following)
        except UnsupportedValueError as error:
            following = None
            self._refuse(fresh, error)
        if following is not None:
            yield CheckpointSaved(self._at.ns, following)

    def _apply(self) -> Checkpoint | None:
        at = self._at
        try:
            following = apply(self._graph, at.thread.uid, at.ns, at.checkpoint, at.results)
        except Exception as error:  # noqa: BLE001 - a reducer may raise anything; nodes are done.
            self.failure, self._error = failure_of(error), error
            return None
        return replace(following, created_at=self._tools.now())

    def _finish_superstep(self, fresh: tuple[Result, ...], following: Checkpoint | None) -> None:
        if following is None:
            self.status, self.failure = self._outcome()
            change = self._change(results=fresh, void=tuple(self._void), failure=self.failure)
            withdrawn = self.status is Status.REJECTED
            self._commit(replace(change, withdrawn=withdrawn), final=True)
            return
        status = self.next_status(following, {task.node for task in self._at.checkpoint.tasks})
        change = self._change(
            results=fresh, void=tuple(self._void), checkpoints=(following,), status=status
        )
        self._todo = list(following.tasks)
        started = [task.id for task in self._todo[: self._capacity]]
        if status is Status.RUNNING:
            change = replace(change, started=tuple(started))
        self._commit(change, final=status is not Status.RUNNING)
        self.status = status
        self._at.move(following)
        self._at.started.update(dict.fromkeys(started, 1))
        self._begun.clear()

    def _refuse(self, fresh: tuple[Result, ...], error: UnsupportedValueError) -> None:
        """Record a superstep in which a value cannot be stored.

        The task whose update it is has run, but nothing of it can be kept: it is uncertain,
        unless running it again is harmless. A value that a reducer made fails the fold.
        """
        lost = {r.task: bad for r in fresh if (bad := self._unstorable(r)) is not None}
        kept = [r for r in fresh if r.task not in lost]
        self._error = next(iter(lost.values()), error)
        self.failure = failure_of(self._error)
        for task in self._at.checkpoint.tasks:
            if task.id not in lost:
                continue
            self._at.results.pop(task.id)
            self._at.questions = {k: q for k, q in self._at.questions.items() if q.task != task.id}
            if task.on_crash == "rerun":
                kept.append(Result(task.id, task.node, "failed", failure=self.failure))
                self._at.keep(kept[-1])
            else:
                self._lost.append(task)
        self.status = Status.UNCERTAIN if self._lost else self._outcome()[0]
        self._commit(self._change(results=tuple(kept), failure=self.failure), final=True)

    def _unstorable(self, result: Result) -> UnsupportedValueError | None:
        checkpointer = self._tools.recorder.checkpointer
        if checkpointer is None:
            return None
        try:
            for name, value in result.writes:
                checkpointer.check(value, name)
            for target in result.goto:
                checkpointer.check(target, "goto")
            if result.asked is not None:
                checkpointer.check(result.asked.payload, "payload")
        except UnsupportedValueError as error:
            return error
        return None

    def _open(self) -> list[Task]:
        return unfinished(self._at.checkpoint, self._at.results)

    def _outcome(self) -> tuple[Status, Failure | None]:
        """What the thread is when a superstep could not be folded, and why."""
        failures = [r.failure for r in self._at.results.values() if r.failure is not None]
        rejected = next((f for f in failures if f.code == "rejected"), None)
        if rejected is not None:
            self._at.questions.clear()  # the graph said no: what else it asked no longer matters
            return Status.REJECTED, rejected
        if self._at.questions:
            return Status.WAITING, self.failure
        return Status.FAILED, next(iter(failures), self.failure)

    def next_status(self, following: Checkpoint, ran: set[str]) -> Status:
        """Return what the thread is once `following` is its head and the nodes `ran` have run."""
        if not following.tasks:
            return Status.FINISHED
        before, after = self._tools.options.break_before, self._tools.options.break_after
        if _named(before, {t.node for t in following.tasks}) or _named(after, ran):
            return Status.STOPPED
        return Status.RUNNING

    def _give_up(self) -> None:
        limit = self._tools.options.max_steps
        error = GraphRecursionError(
            f"the run did not end within {limit} supersteps",
            f"give it more: --max-steps {limit * 2}",
        )
        self.status, self.failure, self._error = Status.FAILED, failure_of(error), error
        self._commit(self._change(status=Status.FAILED, failure=self.failure), final=True)

    def _abandon(self, *, wait: bool) -> None:
        """Leave the thread so that it can be resumed: a task cut short is uncertain."""
        while wait and (self._begun - set(self._fresh)):
            said = self._events.get()
            if isinstance(said, Arrival):
                self._arrived(said)
        cut = [t for t in self._todo if t.id in self._begun and t.id not in self._fresh]
        stored = self._tools.recorder.status(self._at.thread.id, self._at.ns)
        if stored is None or stored[0] is not Status.RUNNING:
            return  # the last commit had already ended the run
        uncertain = any(task.on_crash == "ask" for task in cut)
        self.status = Status.UNCERTAIN if uncertain else Status.STOPPED
        change = self._change(results=tuple(self._fresh.values()))
        self._commit(replace(change, at=stored[1]), final=True)

    def _change(self, **said: Any) -> Commit:
        said.setdefault("status", self.status)
        return Commit(self._at.thread.id, self._at.checkpoint.seq, self._at.ns, **said)

    def _commit(self, commit: Commit, *, final: bool) -> None:
        self._tools.recorder.commit(commit, final=final)

    def _ended(self) -> RunEnded:
        at = self._at
        return RunEnded(
            at.thread.id,
            at.thread.graph,
            self.status,
            visible_values(self._graph, at.checkpoint, at.results),
            tuple(at.questions.values()),
            tuple(self._lost),
            self.failure,
            tuple(self._void),
            self._error,
        )


def _named(wanted: Sequence[str], nodes: set[str]) -> bool:
    nodes = nodes - {START}
    return bool(nodes) if "*" in wanted else not nodes.isdisjoint(wanted)

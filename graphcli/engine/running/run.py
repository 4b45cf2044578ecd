"""The loop: plan → execute → record → apply → checkpoint → events. One run drives one thread."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.graph.channels import Folded
from graphcli.engine.graph.structure import Graph
from graphcli.engine.running.crew import Arrival, Crew
from graphcli.engine.running.events import (
    CheckpointSaved,
    Event,
    RunEnded,
    TaskEnded,
    TaskStarted,
    unheard,
)
from graphcli.engine.running.interrupt import Scope
from graphcli.engine.running.ledger import Ledger
from graphcli.engine.running.memos import Memos
from graphcli.engine.running.position import Position, Surroundings, Tools
from graphcli.engine.running.superstep import apply, next_status, unfinished, visible_values
from graphcli.engine.running.task import TaskRunner
from graphcli.engine.running.workers import is_cancelled
from graphcli.engine.values.failure import failure_of
from graphcli.engine.values.model import UNSET, Checkpoint, Failure, Result, Status, Task
from graphcli.errors import (
    GraphcliError,
    GraphRecursionError,
    ParentCommand,
    UnsupportedValueError,
)


class Run:
    """Drives one thread from its position until it is finished, waiting, stopped or failed.

    `todo` are the tasks of the first superstep that still have to run; `settled` has, for tasks
    that a person declared done, what they would have returned; `uncertain` are those that
    nobody has settled yet. `asks` is the outer task that asks for a subgraph which keeps nothing.
    """

    def __init__(
        self,
        graph: Graph,
        position: Position,
        tools: Tools,
        todo: Sequence[Task],
        settled: Mapping[str, Any] | None = None,
        uncertain: Sequence[Task] = (),
        asks: Scope | None = None,
    ) -> None:
        self.status = Status.RUNNING
        self.failure: Failure | None = None
        self._graph = graph
        self._at = position
        self._tools = tools
        self._todo = todo
        self._settled = settled or {}
        self._left = tools.options.max_steps
        self._ledger = Ledger(position, tools.recorder, uncertain)
        self._crew = Crew(graph, tools.loop, tools.options.max_concurrency)
        self._memos = Memos(position, tools.recorder)
        self._heard = tools.heard
        self._seen = tools.heard or tools.recorder.checkpointer is not None
        at, tell = position, self._crew.tell if tools.heard else unheard
        lent = (at.thread, at.ns, tools, tell, self._memos, at.origin, asks)
        self._around = Surroundings(graph, *lent)
        self._error: BaseException | None = None
        self._last: TaskRunner | None = None

    def take_workers(self) -> tuple[str, ...]:
        """Return the tasks that hold a worker as soon as the run goes on, and count them begun."""
        return self._at.begin(self._todo[: self._crew.capacity(self._todo)])

    def drive(self, *opening: Event) -> Iterator[Event]:
        """Yield `opening` and what happens, superstep by superstep; the last event is RunEnded."""
        wait = True
        try:
            yield from opening
            yield from self._kept()
            while self.status is Status.RUNNING:
                yield from self._superstep()
                following = self._close()
                if following is not None and self._heard:
                    yield CheckpointSaved(self._at.ns, following)
                self._leave_if_asked()
            yield self._ended()
        except BaseException as error:
            # Ctrl-C and signals want to leave now; who stops listening has time.
            wait = isinstance(error, (Exception, GeneratorExit, ParentCommand))
            wait = wait or is_cancelled(error)
            self._abandon(wait=wait)
            raise
        finally:
            self._crew.close()
            if not self._at.ns:
                self._tools.recorder.close()
                self._tools.loop.close(wait=wait)

    def _superstep(self) -> Iterator[Event]:
        """Run what is to do, and tell of it."""
        if len(self._todo) == 1 and self._is_plain(self._todo[0]):
            return self._inline(self._todo[0])
        return self._together()

    def _kept(self) -> Iterator[Event]:
        """Tell again what ended in an earlier run and is not run again."""
        todo = {task.id for task in self._todo}
        for task in self._at.checkpoint.tasks:
            if task.id in self._at.results and task.id not in todo:
                yield self._told(self._at.results[task.id], 0.0, kept=True)

    def _is_plain(self, task: Task) -> bool:
        """Whether a task can run here: one that streams has to be heard while it runs."""
        speaks = self._heard and task.node in self._graph.speaking
        return not speaks and not self._graph.is_async(task)

    def _inline(self, task: Task) -> Iterator[Event]:
        """Run the only task here: no thread, and no commit of its own."""
        if self._heard:
            yield self._beginning(task)
        for said in self._crew.alone(self._runner(task)):
            if isinstance(said, Arrival):
                self._arrived(said)  # before anything is told: who hears it may stop listening
            if self._heard:
                yield from self._events(self._crew.heard())
            if isinstance(said, float):
                time.sleep(said)
            elif self._heard:
                yield self._told_of(said)

    def _together(self) -> Iterator[Event]:
        """Run tasks side by side; one that ends before its siblings is recorded at once."""
        waiting = deque(self._todo)
        free = self._crew.capacity(self._todo)
        while waiting or self._crew.running:
            while waiting and free > 0:
                free -= 1
                if self._heard:
                    yield self._beginning(waiting[0])
                self._crew.launch(self._runner(waiting.popleft()))
            fresh = self._ledger.fresh
            before = len(fresh)
            yield from self._events(self._crew.wait())
            free += len(fresh) - before
            failed = any(result.outcome == "failed" for result in list(fresh.values())[before:])
            if failed or self._stopping():
                waiting.clear()  # what has not begun waits for the next resume
            if len(fresh) > before and (waiting or self._crew.running):
                self._ledger.commit_early([waiting[n] for n in range(min(free, len(waiting)))])

    def _events(self, said: Iterator[Event | Arrival]) -> Iterator[Event]:
        for each in said:
            if not isinstance(each, Arrival):
                yield each
                continue
            self._arrived(each)
            if self._heard:
                yield self._told_of(each)

    def _runner(self, task: Task) -> TaskRunner:
        at = self._at
        answers, returned = at.answers.get(task.id, ()), self._settled.get(task.id, UNSET)
        return TaskRunner(self._around, at.checkpoint, task, answers, returned, self._left)

    def _beginning(self, task: Task) -> TaskStarted:
        attempt = self._at.started[task.id]
        place = (self._at.ns, self._at.checkpoint.step, task.id, task.node)
        return TaskStarted(*place, attempt, settled=task.id in self._settled)

    def _arrived(self, arrival: Arrival) -> None:
        result, runner = arrival.result, arrival.runner
        if result.asked is not None:
            result = replace(result, asked=replace(result.asked, asked_at=self._tools.now()))
        self._ledger.note(result, runner.void, runner.inside, runner.forgotten)
        self._crew.running.discard(result.task)
        self._error = self._error or runner.error
        self._last = runner

    def _told_of(self, arrival: Arrival) -> TaskEnded:
        result = self._at.results[arrival.result.task]  # as it was noted
        return self._told(result, arrival.seconds, error=arrival.runner.error)

    def _told(
        self,
        result: Result,
        seconds: float,
        *,
        kept: bool = False,
        error: BaseException | None = None,
    ) -> TaskEnded:
        asked = self._at.open_of(result.task)
        place = (self._at.ns, self._at.checkpoint.step)
        settled = result.task in self._settled
        return TaskEnded(*place, result, seconds, kept, asked, error, settled)

    def _close(self) -> Checkpoint | None:
        """End the superstep: fold it if every task is done, and say what the thread is now."""
        try:
            following = self._apply()
            if following is None:
                self._stand(self.failure)
            else:
                self._move(following)
        except UnsupportedValueError as error:
            self._error = self._ledger.refuse(error)
            self._stand(failure_of(self._error, self._tools.options.redact))
            return None
        return following

    def _apply(self) -> Checkpoint | None:
        """Return the next checkpoint; None if a task is not done, or a reducer raised."""
        at = self._at
        if unfinished(at.checkpoint, at.results):
            return None
        now = self._tools.now() if self._seen else ""
        try:
            place = (at.thread.uid, at.ns, at.checkpoint)
            return apply(self._graph, *place, at.results, now, at.origin, self._folded())
        except Exception as error:  # noqa: BLE001 - a reducer may raise anything; nodes are done.
            self.failure = failure_of(error, self._tools.options.redact)
            self._error = error
            return None

    def _folded(self) -> Folded | None:
        """The next state, where the only task's branches have read it: reducers run once then."""
        last = self._last
        alone = last is not None and self._at.checkpoint.tasks == (last.task,)
        return last.folded if last is not None and alone else None

    def _move(self, following: Checkpoint) -> None:
        """Make `following` the head: one commit with what ended and with what begins."""
        before = self._at.checkpoint
        self._left -= before.source != "input"
        status, failure = next_status(following, before.tasks, self._tools.options), None
        if status is Status.RUNNING:
            if self._left <= 0:
                status, failure = Status.FAILED, self._out_of_steps()
            # A node has passed by what a person said: they look first. And where the run is to
            # stop, nothing may count as begun that is not.
            elif self._ledger.voided or self._stopping():
                status = Status.STOPPED
        todo, runs = following.tasks, status is Status.RUNNING
        begun = [task.id for task in todo[: self._crew.capacity(todo)]] if runs else []
        self._ledger.commit(
            final=not runs,
            checkpoints=(following,),
            started=tuple(begun),
            status=status,
            failure=failure,
        )
        self.status, self.failure = status, failure
        self._todo = todo
        self._at.move(following, begun)

    def _stand(self, why: Failure | None) -> None:
        """Stay at the checkpoint, where something waits, failed or is uncertain."""
        self.status, self.failure = self._ledger.outcome(why)
        self._ledger.commit(
            final=True,
            status=self.status,
            failure=self.failure,
            withdrawn=self.status is Status.REJECTED,
        )

    def _out_of_steps(self) -> Failure:
        limit = self._tools.options.max_steps
        self._error = GraphRecursionError(
            f"the run did not end within {limit} supersteps",
            f"give it more: --max-steps {limit * 2}",
        )
        return failure_of(self._error)

    def _stopping(self) -> bool:
        """Whether nothing more may begin: so it is where the run is left that this belongs to."""
        return self._tools.recorder.leaving or self._tools.options.stopping()

    def _leave_if_asked(self) -> None:
        """Stop before the next superstep."""
        if self.status is Status.RUNNING and self._stopping():
            self._ledger.park(set())
            self.status = Status.STOPPED

    def _abandon(self, *, wait: bool) -> None:
        """Leave the thread so that it can be resumed; `wait` for the tasks that still run."""
        self._crew.drop()
        if not self._at.ns:
            self._tools.recorder.leaving = True
            if not wait:
                self._tools.recorder.close()
        try:
            for arrival in self._crew.rest() if wait else ():
                self._arrived(arrival)
        finally:
            self._memos.close()
            # If even this cannot be stored, the thread stays a dead run: as uncertain as it is.
            with suppress(GraphcliError):
                self._ledger.park(set(self._crew.running))

    def _ended(self) -> RunEnded:
        at = self._at
        return RunEnded(
            at.thread.id,
            at.thread.graph,
            self.status,
            visible_values(self._graph, at.checkpoint, at.results),
            at.open,
            tuple(self._ledger.uncertain),
            self.failure,
            tuple(self._ledger.voided),
            self._error,
            forgotten=tuple(self._ledger.forgotten),
        )

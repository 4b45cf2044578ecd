"""Where a thread stands: its head, and the subgraphs that are under way inside its tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Protocol

from graphcli.dataclass import dataclass, field, replace
from graphcli.engine.graph.place import place_in
from graphcli.engine.running.lines import TASK, origin_of
from graphcli.engine.running.position import Position
from graphcli.engine.running.superstep import unfinished
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.digest import digest
from graphcli.engine.values.model import GIVEN_UP, Answer, Asked, Status, Task


@dataclass(frozen=True, slots=True)
class Standing:
    """A saved position with those of its subgraphs; `below` has them by the task they run in."""

    saved: Saved
    below: Mapping[str, tuple[Standing, ...]] = field(default_factory=dict)

    @property
    def questions(self) -> tuple[Asked, ...]:
        """Every question that waits for an answer, in task order."""
        own: dict[str, list[Asked]] = {}
        for asked in self.saved.questions:
            own.setdefault(asked.task, []).append(asked)
        tasks = [task.id for task in self.saved.checkpoint.tasks]
        return tuple([q for id_ in tasks for q in (*own.get(id_, ()), *self._inside(id_))])

    @property
    def uncertain(self) -> tuple[Task, ...]:
        """The tasks that held a worker when their run died, and so may have run.

        Of a task that is uncertain itself the inside does not count yet.
        """
        return tuple(self._in_doubt(uncertain_tasks))

    @property
    def given_up(self) -> tuple[Task, ...]:
        """The tasks that a person gave up on: they failed by that, and may have run."""
        return tuple(self._in_doubt(given_up_tasks))

    @property
    def doubted(self) -> tuple[Task, ...]:
        """Every task that may have run, settled by giving up or not at all."""
        return tuple(self._in_doubt(doubted_tasks))

    @property
    def replaceable(self) -> dict[str, Answer]:
        """The last answer of each task that failed with it, by its question.

        A new answer may take the place of the old one.
        """
        return {
            told[-1].question: told[-1]
            for saved in self.every()
            for task, told in saved.answers.items()
            if told and task in saved.results and saved.results[task].outcome == "failed"
        }

    def every(self) -> Iterator[Saved]:
        """Yield the position of the graph, then those of the subgraphs under way."""
        yield self.saved
        for standings in self.below.values():
            for standing in standings:
                yield from standing.every()

    @property
    def status(self) -> Status:
        """What a thread is that no run holds: a stored `running` is a run that died."""
        stored = self.saved.thread.status
        if stored is not Status.RUNNING:
            return stored
        if self.uncertain:
            return Status.UNCERTAIN
        return Status.WAITING if self.questions else Status.STOPPED

    def can_go_on(
        self, told: Collection[str], settled: Collection[str], *, ask_again: bool = False
    ) -> list[Task]:
        """Return the tasks that are new, failed, or have an answer to their last question.

        `told` are the questions that are being answered, `settled` the uncertain tasks that may
        run again or are done. With `ask_again` those that wait count as well.
        """
        held = {task.id for task in doubted_tasks(self.saved)}
        if not ask_again:
            held |= {asked.task for asked in self.saved.questions if asked.id not in told}

        def can(task: Task) -> bool:
            if task.id in settled:
                return True
            if task.id in held or not self._settled_inside(task, settled):
                return False
            return ask_again or self._has_work(task, told, settled)

        return [task for task in unfinished(self.saved.checkpoint, self.saved.results) if can(task)]

    def position(self) -> Position:
        """Return where a run begins that goes on from here."""
        saved = self.saved
        inside = {
            task: tuple(asked for each in standings for asked in each.questions)
            for task, standings in self.below.items()
        }
        return Position(
            saved.thread,
            saved.ns,
            saved.checkpoint,
            dict(saved.started),
            dict(saved.results),
            dict(saved.answers),
            {asked.task: asked for asked in saved.questions},
            {task: asked for task, asked in inside.items() if asked},
            origin_of(saved),
        )

    def _in_doubt(self, pick: Callable[[Saved], Sequence[Task]]) -> Iterator[Task]:
        saved = self.saved
        own = {task.id for task in pick(saved)}
        for task in saved.checkpoint.tasks:
            if task.id in own:
                yield in_doubt(task, saved.ns, saved.started.get(task.id, 0))
            else:
                for each in self.below.get(task.id, ()):
                    yield from each._in_doubt(pick)

    def _inside(self, task: str) -> list[Asked]:
        return [asked for each in self.below.get(task, ()) for asked in each.questions]

    def _settled_inside(self, task: Task, settled: Collection[str]) -> bool:
        inside = self.below.get(task.id, ())
        return all(each.id in settled for standing in inside for each in standing.uncertain)

    def _has_work(self, task: Task, told: Collection[str], settled: Collection[str]) -> bool:
        going = [each for each in self.below.get(task.id, ()) if each.saved.checkpoint.tasks]
        return not going or any(each._can_move(told, settled) for each in going)

    def _can_move(self, told: Collection[str], settled: Collection[str]) -> bool:
        """Whether a task can run, or all are done and only wait to be folded."""
        left = unfinished(self.saved.checkpoint, self.saved.results)
        return not left or bool(self.can_go_on(told, settled))


class Loads(Protocol):
    """Whatever loads the head of a subgraph: a checkpointer or a recorder."""

    def load(self, thread: str, ns: str = "") -> Saved | None:
        """Return the head of (thread, ns)."""
        ...


def standing_of(saved: Saved, heads: Loads) -> Standing:
    """Return where a thread stands whose graph, or a subgraph of it, is at `saved`."""
    below = {
        task.id: found
        for task in unfinished(saved.checkpoint, saved.results)
        if _may_be_inside(saved, task)
        and (found := tuple(standing_of(each, heads) for each in _heads_in(saved, task, heads)))
    }
    return Standing(saved, below)


def uncertain_tasks(saved: Saved) -> tuple[Task, ...]:
    """Return the tasks that held a worker when their run died, subgraphs left aside."""
    if saved.thread.status not in (Status.RUNNING, Status.UNCERTAIN):
        return ()
    return tuple(
        task
        for task in saved.checkpoint.tasks
        if task.on_crash == "ask" and saved.started.get(task.id) and task.id not in saved.results
    )


def given_up_tasks(saved: Saved) -> tuple[Task, ...]:
    """Return the tasks that a person gave up on, subgraphs left aside."""
    failed = {id_: result.failure for id_, result in saved.results.items()}
    return tuple(
        task
        for task in saved.checkpoint.tasks
        if (failure := failed.get(task.id)) is not None and failure.code == GIVEN_UP
    )


def doubted_tasks(saved: Saved) -> tuple[Task, ...]:
    """Return the tasks that may have run, given up or not: none runs again unless told to."""
    return (*uncertain_tasks(saved), *given_up_tasks(saved))


def in_doubt(task: Task, ns: str, start: int) -> Task:
    """Return `task` as it is told: its place, and which start of it, the first being 1, is meant.

    Another start is another doubt: what is said of this one must not settle that.
    """
    return replace(task, ns=ns, doubt=digest([task.id, start]))


def places_in(saved: Saved, task: Task, heads: Loads) -> Iterator[Saved]:
    """Yield the head of every namespace in which a task can have run a subgraph.

    One that keeps its state may have run in another task since.
    """
    for stateful in (False, True):
        for number in count():
            ns = place_in(saved.ns, task.node, task.id, stateful=stateful, number=number)
            if (head := heads.load(saved.thread.id, ns)) is None:
                break
            yield head


def _may_be_inside(saved: Saved, task: Task) -> bool:
    """Whether a task can have a subgraph under way: it is paused, has failed or was cut off."""
    result = saved.results.get(task.id)
    return result.outcome in ("paused", "failed") if result else task.id in saved.started


def _heads_in(saved: Saved, task: Task, heads: Loads) -> Iterator[Saved]:
    for head in places_in(saved, task, heads):
        if head.checkpoint.metadata.get(TASK) == task.id:
            yield head

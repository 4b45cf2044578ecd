"""What has ended in a superstep, and how it gets on record: at once, later, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from graphcli.dataclass import replace
from graphcli.engine.running.events import RunEnded
from graphcli.engine.running.position import Position
from graphcli.engine.running.recorder import Recorder
from graphcli.engine.running.standing import in_doubt, standing_of
from graphcli.engine.values.checkpointer import Commit, Saved
from graphcli.engine.values.failure import failure_of
from graphcli.engine.values.model import NOT_BEGUN, Checkpoint, Failure, Result, Status, Task
from graphcli.errors import UnsupportedValueError


class Ledger:
    """Keeps results until they are on record.

    `fresh` has those that are not yet. `uncertain` are the tasks of the superstep of which
    nobody knows whether they have run, or whose work could not be kept.
    """

    def __init__(self, at: Position, recorder: Recorder, uncertain: Sequence[Task]) -> None:
        self.fresh: dict[str, Result] = {}
        self.voided: list[str] = []
        self.forgotten: list[str] = []
        self.uncertain = list(uncertain)
        self._at = at
        self._recorder = recorder
        self._void: list[str] = []

    def note(
        self,
        result: Result,
        void: Sequence[str],
        inside: Sequence[RunEnded] = (),
        forgotten: Sequence[str] = (),
    ) -> None:
        """Take in how a task ended, and which of its answers no longer fit, or are out of reach.

        `inside` is how the subgraphs ended that pause it.
        """
        self.fresh[result.task] = result  # first, so that Ctrl-C cannot come in between
        before = self._at.open_of(result.task)
        if void or forgotten:
            self._void += (*void, *forgotten)
            self.voided += void
            self.forgotten += forgotten
        self._at.keep(result)
        if result.outcome == "paused":
            self._at.inside[result.task] = tuple(q for ended in inside for q in ended.questions)
            self.voided += [id_ for ended in inside for id_ in ended.void]
            self.forgotten += [id_ for ended in inside for id_ in ended.forgotten]
            self.uncertain += [task for ended in inside for task in ended.uncertain]
        if before:
            asked = {question.id for question in self._at.open_of(result.task)}
            self._void += [question.id for question in before if question.id not in asked]

    def commit(
        self,
        *,
        final: bool,
        at: int | None = None,
        checkpoints: tuple[Checkpoint, ...] = (),
        started: tuple[str, ...] = (),
        status: Status = Status.RUNNING,
        failure: Failure | None = None,
        withdrawn: bool = False,
    ) -> None:
        """Commit this with everything fresh, `at` the checkpoint where the run is.

        Raises:
            UnsupportedValueError: a value in it cannot be stored; nothing was written.
        """
        if self._recorder.checkpointer is not None:
            here = self._at
            if here.ns:  # what the thread is says the run that drives all of it
                status, failure, withdrawn = Status.RUNNING, None, False
            commit = Commit(
                here.thread.id,
                here.checkpoint.seq if at is None else at,
                here.ns,
                checkpoints=checkpoints,
                started=started,
                results=tuple(self.fresh.values()),
                void=tuple(self._void),
                withdrawn=withdrawn,
                status=status,
                failure=failure,
                durable=self._recorder.is_durable(final=final),
            )
            self._recorder.commit(commit, final=final)
        self.fresh, self._void = {}, []

    def commit_early(self, starting: Sequence[Task]) -> None:
        """Commit what ended before its siblings, and which tasks take the workers it freed.

        What cannot be stored stays fresh: the end of the superstep says what becomes of it, and
        the siblings go on meanwhile.
        """
        started = self._at.begin(starting)
        try:
            self.commit(final=False, started=started)
        except UnsupportedValueError:
            everything = self.fresh
            self.fresh, lost = self._sorted_out()
            self.commit(final=False, started=started)
            self.fresh = {id_: everything[id_] for id_ in lost}

    def refuse(self, error: UnsupportedValueError) -> UnsupportedValueError:
        """Decide what becomes of results that cannot be stored, and return why they cannot.

        A task whose update it is has run, but nothing of it can be kept: it is uncertain, unless
        running it again is harmless. A question that cannot be kept fails its task. Where no
        result is at fault but the value that a reducer made, `error` comes back.
        """
        kept, lost = self._sorted_out()
        why = next(iter(lost.values()), error)
        for task in self._at.checkpoint.tasks:
            if task.id not in lost:
                continue
            if task.on_crash == "rerun" or self._at.results[task.id].asked is not None:
                kept[task.id] = Result(task.id, task.node, "failed", failure=failure_of(why))
                self._at.keep(kept[task.id])
            else:
                self.uncertain.append(in_doubt(task, self._at.ns, self._at.started[task.id]))
                self._at.forget(task.id)
        self.fresh = kept
        return why

    def park(self, cut: set[str]) -> None:
        """Record where a run that is left stands; tasks `cut` short are in doubt."""
        at = self._at
        recorded = self._recorder.status(at.thread.id, at.ns)
        if recorded is None or recorded[0] is not Status.RUNNING:
            return  # the last commit had already ended the run
        cut = cut - self.fresh.keys()
        if recorded[1] != at.checkpoint.seq:  # cut off between a commit and taking note of it
            self.fresh, cut = {}, set()
        self.fresh, lost = self._sorted_out()
        tasks = [t for t in at.checkpoint.tasks if t.id in cut or t.id in lost]
        doubtful = [*self.uncertain, *(t for t in tasks if t.on_crash == "ask")]
        doubtful += self._inside(tasks)
        status = Status.WAITING if at.open else Status.STOPPED
        if doubtful or at.ns:
            self.fresh = self._never_begun({t.id for t in (*doubtful, *tasks)}) | self.fresh
        if doubtful:
            status = Status.UNCERTAIN
        self.commit(final=True, at=recorded[1], status=status)

    def outcome(self, failure: Failure | None) -> tuple[Status, Failure | None]:
        """Return what the thread is when its superstep could not be folded, and why."""
        at = self._at
        failures = [r.failure for r in at.results.values() if r.failure is not None]
        why = failure or next(iter(failures), None)
        if self.uncertain:
            return Status.UNCERTAIN, why
        rejected = next((f for f in failures if f.code == "rejected"), None)
        if rejected is not None:
            # The graph said no: what else it asked no longer matters.
            at.questions.clear()
            at.inside.clear()
            return Status.REJECTED, rejected
        if at.open:
            return Status.WAITING, why
        return (Status.STOPPED if why is None else Status.FAILED), why

    def _inside(self, tasks: Sequence[Task]) -> list[Task]:
        """What was at work in the subgraphs of tasks that were cut off, as far as is recorded."""
        at = self._at
        cut = replace(at.checkpoint, tasks=tuple(tasks))
        saved = Saved(replace(at.thread, status=Status.RUNNING), at.ns, cut, at.started)
        below = standing_of(saved, self._recorder).below
        return [t for standings in below.values() for each in standings for t in each.uncertain]

    def _sorted_out(self) -> tuple[dict[str, Result], dict[str, UnsupportedValueError]]:
        """What has ended and can be stored, and why the rest cannot."""
        lost = {
            id_: why
            for id_, result in self.fresh.items()
            if (why := self._recorder.refusal(result)) is not None
        }
        return {id_: r for id_, r in self.fresh.items() if id_ not in lost}, lost

    def _never_begun(self, doubtful: set[str]) -> dict[str, Result]:
        """Say of tasks that were given a worker and never used it that they are not in doubt."""
        failure = Failure("NotBegun", "the run was left before this task began", code=NOT_BEGUN)
        return {
            task.id: Result(task.id, task.node, "failed", failure=failure)
            for task in self._at.checkpoint.tasks
            if task.id in self._at.started.keys() - self._at.results.keys() - doubtful
        }

"""Drive a thread as a careful person would, tell what was acknowledged, and judge what is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.events import CheckpointSaved, Event, RunEnded
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import Standing, standing_of
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import Answer, Status, Task
from graphcli.storage import Storage, examine, open_storage
from graphcli.storage.claims import Claims
from tests.engine.helpers import answer
from tests.engine.toolkit import told as said_by_tool
from tests.faults.place import Place

THREAD = "t"

#: More sittings than any of the graphs needs.
_SITTINGS = 12


@dataclass(frozen=True)
class Threaded:
    """A graph, the effects that its thread has, and whether a person can tell what was done.

    `settles` is False where a node has several effects: then a task in doubt runs again, and
    what it had done before may happen once more. Only so many of its tasks can be in doubt as
    there are `workers`.
    """

    make: Callable[[Callable[[str], None]], CompiledGraph]
    effects: tuple[str, ...]
    settles: bool = True
    durability: Literal["sync", "async"] = "sync"
    workers: int | None = None

    def act(self, place: Place) -> None:
        """Run the thread from wherever it is to its end."""
        with open_storage(place.storage) as storage:
            place.tell("opened")
            self.finish(place, storage)

    def begin(self, place: Place) -> None:
        """Run the thread from nothing to its first pause."""
        with open_storage(place.storage) as storage:
            graph = self.make(place.effect)
            self._follow(place, graph.start(THREAD, {}, storage, self._options), ())

    def judge(self, place: Place) -> None:
        """Look at what the dead process left, finish the thread, and look again.

        Raises:
            AssertionError: something is lost, done twice, asked twice, stranded or damaged.
        """
        with open_storage(place.storage) as storage:
            judge_standing(place, storage, self.effects)
            self._judge_doubts(storage)
            doubled = self.finish(place, storage)
            judge_end(place, storage, self.effects, doubled)
        judge_file(place)

    def _judge_doubts(self, storage: Storage) -> None:
        saved = storage.load(THREAD)
        if saved is not None and self.workers is not None:
            doubts = len(standing_of(saved, storage).uncertain)
            assert doubts <= self.workers, f"never began: {doubts - self.workers} in doubt"

    def finish(self, place: Place, storage: Storage) -> int:
        """Answer, settle and go on to the end; return how many tasks ran again in doubt."""
        graph, again = self.make(place.effect), 0
        for _ in range(_SITTINGS):
            saved = storage.load(THREAD)
            if saved is None:
                events = graph.start(THREAD, {}, storage, self._options)
                self._follow(place, events, ())
                continue
            standing = standing_of(saved, storage)
            if standing.status is Status.FINISHED:
                return again
            settle = [self._settle(place, each) for each in standing.uncertain]
            again += sum(verdict.verdict == "rerun" for verdict in settle)
            answers = () if settle else tuple(answer(q, "so") for q in standing.questions[:1])
            events = graph.go_on(THREAD, storage, self._options, answers, settle)
            self._follow(place, events, answers)
        raise AssertionError(f"the thread is stranded: {standing.status}")

    @property
    def _options(self) -> RunOptions:
        return RunOptions(durability=self.durability, max_concurrency=self.workers)

    def _settle(self, place: Place, task: Task) -> Settle:
        """What a person says who looks whether the effect has happened."""
        done = _effect_of(task)
        happened = any(name.split("-")[0] == done for name in place.effects())
        if not (self.settles and happened):
            return Settle("rerun", task.id)
        return Settle("done", task.id, _update_of(task, done))

    def _follow(self, place: Place, events: Iterable[Event], answers: Iterable[Answer]) -> None:
        """Run, and tell all that was acknowledged as soon as it was."""
        for number, event in enumerate(events):
            if number == 0:
                for each in answers:
                    place.tell(f"answered {each.question}")
            if isinstance(event, CheckpointSaved) and not event.ns:
                place.tell(f"saved {event.checkpoint.seq}")
            if isinstance(event, RunEnded):
                place.tell(f"{event.status} {' '.join(asked.id for asked in event.questions)}")


def _effect_of(task: Task) -> str:
    given = task.input if isinstance(task.input, dict) else {}
    return str(given.get("function", given).get("name", task.node))


def _update_of(task: Task, done: str) -> dict[str, Any]:
    if task.node != "tools":
        return {"log": [done]}
    names = {"pay": ("paid", "p"), "mail": ("mailed", "m")}
    content, id_ = names[done]
    return {"messages": [said_by_tool(content, done, id_)]}


def judge_standing(place: Place, storage: Storage, effects: tuple[str, ...]) -> None:
    """Compare what is found with what was acknowledged."""
    told, saved = place.told(), storage.load(THREAD)
    if saved is None:
        lost = [words for words in told if words[0] != "opened"]
        assert not lost, f"nothing is there of what was acknowledged: {lost}"
        assert not place.effects(), "a thread that is not there has had effects"
        return
    standing = standing_of(saved, storage)
    assert standing.status in set(Status) - {Status.RUNNING}, standing.status
    _judge_told(told, standing, _accepted(storage))
    if standing.status is Status.FINISHED:
        whole = place.effects() == Counter(effects) and not saved.checkpoint.tasks
        assert whole, "it looks finished, and is not"


def _judge_told(told: list[list[str]], standing: Standing, accepted: set[str]) -> None:
    open_ = {asked.id for asked in standing.questions}
    for word, *rest in told:
        if word == "saved":
            assert standing.saved.checkpoint.seq >= int(rest[0]), f"lost: checkpoint {rest[0]}"
        elif word == "answered":
            assert rest[0] in accepted, f"lost: the answer to {rest[0]}"
            assert rest[0] not in open_, f"asked twice: {rest[0]}"
        elif word == "waiting":
            assert set(rest) <= open_ | accepted, f"lost: questions {rest}"
        elif word == "finished":
            assert standing.status is Status.FINISHED, f"lost: its end; it is {standing.status}"


def judge_end(place: Place, storage: Storage, effects: tuple[str, ...], doubled: int) -> None:
    """Count the effects of a thread that has come to its end, and its answers."""
    found = place.effects()
    assert set(found) == set(effects), f"effects: {dict(found)}"
    more = found.total() - len(effects)
    assert more == 0 or more <= doubled, f"ran again: {dict(found)}, {doubled} in doubt"
    journal = [entry for entry in storage.journal(THREAD) if entry.status != "settled"]
    told = [entry.answer.question for entry in journal]
    assert len(told) == len(set(told)), "answered twice"


def judge_file(place: Place) -> None:
    """Let the doctor look at the storage: whole, and in nobody's hands."""
    found = [check for check in examine(place.storage) if check.state == "damaged"]
    assert not found, found
    assert Claims(place.storage.with_name("graphcli.db.claims"), str).any_held() is None
    assert not list(place.storage.parent.glob(".*")), "a draft is left"


def _accepted(storage: Storage) -> set[str]:
    return {e.answer.question for e in storage.journal(THREAD) if e.status == "accepted"}


def loaded(storage: Storage, thread: str = THREAD) -> Saved:
    """Return the head of a thread that has to be there."""
    saved = storage.load(thread)
    assert saved is not None, f"thread `{thread}` is lost"
    return saved

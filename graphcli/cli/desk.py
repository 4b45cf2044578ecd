"""Where questions are put: answers given ahead, then the person at the terminal, then nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from graphcli import prompts
from graphcli.cli.person import put
from graphcli.cli.record import Record
from graphcli.cli.sheet import Sheet, refuse_many
from graphcli.dataclass import dataclass, field
from graphcli.deferred import later
from graphcli.drive import Reply
from graphcli.engine.graph.place import path_of
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.events import RunEnded
from graphcli.engine.running.protocol import Settle
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.digest import SHORTEST_DIGEST, malformed
from graphcli.engine.values.model import Answer, Asked, Status, Task
from graphcli.errors import (
    InvalidAnswerError,
    NotFoundError,
    QuestionChangedError,
    UsageError,
    did_you_mean,
)
from graphcli.render.notes import void_notes
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.cli import several
else:
    several = later("graphcli.cli.several")

_LONGEST_MESSAGE: Final = 200
#: Settles nothing.
_LEAVE: Final = "leave"


def _put(question: Question, above: Callable[[], None]) -> Any:
    return put(question, above=above)


def _recognised(asked: Sequence[Asked]) -> list[Question]:
    return [prompts.recognise(one) for one in asked]


@dataclass(slots=True)
class AnswerDesk:
    """Replies for one command. `show` draws a question before it is asked; None asks nobody.

    `question` and `digest` are `--question` and `--if-match`. A person is asked one question at
    a time, and each answer is kept before the next one is asked. Not `ahead`, an answer that names
    no node is for what is open now, never for what is asked later. `replaces` has, by question,
    when the answer was given that a new one may replace. `recognised` understands what is asked,
    `asks` puts a question of the thread to the person. `settles` is what was said last of a task
    that may have run.
    """

    sheet: Sheet
    by: str
    show: Callable[[Question, str], None] | None = None
    question: str | None = None
    digest: str | None = None
    said: Callable[[str], None] = lambda _line: None
    warned: Callable[[list[str]], object] = lambda _lines: None
    ahead: bool = True
    replaces: dict[str, str] = field(default_factory=dict)
    record: Record | None = None
    recognised: Callable[[Sequence[Asked]], list[Question]] = _recognised
    asks: Callable[[Question, Callable[[], None]], Any] = _put
    above: Callable[[], None] = lambda: None
    skipped: set[str] = field(default_factory=set)
    sent: list[Answer] = field(default_factory=list)
    settles: tuple[Settle, ...] = ()
    unrecorded: list[tuple[str, int, Any]] = field(default_factory=list)

    @property
    def names_one(self) -> bool:
        """Whether a flag names the question that is meant."""
        return self.question is not None or self.digest is not None

    @property
    def has_flags(self) -> bool:
        """Whether there is an answer by a flag that was not used."""
        return any(not given.instead for given in self.sheet.unused())

    def reply(self, ended: RunEnded) -> Reply | None:
        """Return the answers that go on, or None when nobody has one."""
        if ended.uncertain:
            return self._settle(ended.uncertain)
        if ended.status not in (Status.WAITING, Status.RUNNING) or not ended.questions:
            return None
        questions = self.recognised(ended.questions)
        self.sheet.note(questions)
        chosen = self._chosen(questions)
        given = self._given(chosen)
        if given:
            return Reply(given)
        if self.show is None:
            return None
        if why := void_notes(ended):  # first, or the question is taken for the one just answered
            self.warned(why)
        return self._asked(chosen)

    @property
    def to_record(self) -> bool:
        """Whether there is a record, and something that it does not have."""
        return self.record is not None and (bool(self.unrecorded) or not self.record.begun)

    def accepted(self, thread: ThreadInfo) -> None:
        """Put on record what was sent to the thread: by now it is in the storage."""
        if self.record is None:
            return
        while self.unrecorded:
            self.record.keep(*self.unrecorded.pop(0))
        self.record.save(thread)

    def _given(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        if self.sheet.loose and len(questions) > 1:
            raise refuse_many(questions)
        self.sheet.refuse_vague(questions)
        answers = [(q, found) for q in questions if (found := self._found(q)) is not None]
        if self.sheet.loose and not self.ahead:
            raise UsageError(
                "there is a value too many: each open question has an answer that names its node",
                "take it out: nobody has seen yet what is asked next",
            )
        self.sheet.require_all(questions, {question.id for question, _ in answers})
        for question, _ in answers:
            message = safe_line(question.message, _LONGEST_MESSAGE)
            self.said(f"answering {question.id} ({question.path}): {message}")
        return tuple(self._answer(question, *found) for question, found in answers)

    def _found(self, question: Question) -> tuple[Any, str] | None:
        try:
            return self.sheet.answer(question)
        except InvalidAnswerError as error:
            raise InvalidAnswerError(
                f"not sent to `{question.path}`: {error.message}", error.remedy, error.field
            ) from None

    def _chosen(self, questions: Sequence[Question]) -> list[Question]:
        """The questions that flags may answer: the one that was named, or all."""
        chosen = _named(questions, self.question)
        if self.digest is not None:
            chosen = _matching(chosen, self.digest)
        if self.question or self.digest:
            self.sheet.refuse_others(chosen)
        self.question = self.digest = None  # they name this question, not what is asked next
        return chosen

    def _answer(self, question: Question, value: Any, how: str) -> Answer:
        known = (question.id, question.digest, value, self.by, how, utc_now())
        answer = Answer(*known, self.replaces.get(question.id))
        self.sent.append(answer)
        self.unrecorded.append((question.path, self.sheet.time_of(question), value))
        return answer

    def _show(self, question: Question, position: str) -> None:
        assert self.show is not None  # noqa: S101 - reply() and _settle() have looked.
        self.above = partial(self.show, question, position)
        self.above()

    def _put(self, question: Question) -> Any:
        return _put(question, self.above)

    def _asked(self, questions: Sequence[Question]) -> Reply | None:
        """What the person answers; None when all that are open have been skipped."""
        left = [question for question in questions if question.id not in self.skipped]
        while left:
            position = f"{len(questions) - len(left) + 1} of {len(questions)}"
            self._show(left[0], position if len(questions) > 1 else "")
            wish = several.what_now(left, questions, self._put)
            if wish in (several.Wish.ANSWER, several.Wish.ALIKE):
                alike = several.alike(left) if wish is several.Wish.ALIKE else left[:1]
                reply = self._answered(alike)
                if reply is not None:
                    return reply
            elif wish is several.Wish.SEE_ALL:
                for number, question in enumerate(questions, 1):
                    self._show(question, f"{number} of {len(questions)}")
            else:
                self.skipped.add(left.pop(0).id)
        return None

    def _answered(self, questions: Sequence[Question]) -> Reply | None:
        """One answer to all of `questions`, which are shown before; None if it is not meant so."""
        for number, question in enumerate(questions[1:], 2):
            self._show(question, f"{number} of {len(questions)} alike")
        value = self.asks(several.common(questions), self.above)
        if len(questions) > 1:
            surely = several.about_all(questions)
            self._show(surely, "")
            if self._put(surely) != "yes":
                return None
        given = [(question, prompts.check(question, value)) for question in questions]
        return Reply(tuple(self._answer(q, checked, "terminal") for q, checked in given))

    def _settle(self, tasks: Sequence[Task]) -> Reply | None:
        if self.show is None or not tasks:
            return None
        question = _about(tasks[0])
        self._show(question, f"1 of {len(tasks)}" if len(tasks) > 1 else "")
        verdict = self._put(question)
        if verdict == _LEAVE:
            return None
        update = None
        if verdict == "done":
            question = _update_of(tasks[0])
            self._show(question, "")
            update = self._put(question)
        said = Settle(verdict, tasks[0].id, update, self.by, "terminal", tasks[0].doubt)
        self.settles = (said,)
        return Reply(settle=self.settles)


def _named(questions: Sequence[Question], name: str | None) -> list[Question]:
    """The question with the id `name`, or all.

    Raises:
        UsageError: it is only the beginning of an id, and too short or that of several.
        NotFoundError: it is not open.
    """
    if name is None:
        return list(questions)
    chosen = [q for q in questions if q.id == name] or [
        q for q in questions if name and q.id.startswith(name)
    ]
    open_ = ", ".join(f"{q.id} ({q.path})" for q in questions)
    if not chosen and name:
        near = did_you_mean(name, [q.id for q in questions])
        node = next((q for q in questions if name in (q.path, q.node)), None)
        remedy = f"open is {open_}" + (f"; a node is answered by --answer {name}=" if node else "")
        raise NotFoundError(f"question {safe_line(name, 80)} is not open{near}", remedy)
    if len(chosen) != 1 or len(name) < SHORTEST_DIGEST:
        raise UsageError(
            f"--question {name} names no question" if name else "--question is empty",
            f"give its id, or at least {SHORTEST_DIGEST} digits of it; open is {open_}",
        )
    return chosen


def _matching(questions: Sequence[Question], digest: str) -> list[Question]:
    """The questions with this digest, or one that begins with as many digits as it takes.

    Raises:
        QuestionChangedError: there is none.
    """
    why = malformed(digest)
    chosen = [q for q in questions if not why and q.digest.startswith(digest)]
    if chosen:
        return chosen
    first = questions[0]
    error = QuestionChangedError(first.id, digest, first.digest, why)
    if why:
        now = ", ".join(f"{q.digest[:SHORTEST_DIGEST]} ({q.path})" for q in questions)
        error.remedy = f"the digest now is {now}; look at the question before you answer it"
    raise error


def _about(task: Task) -> Question:
    """The question that an uncertain task is."""
    payload = {
        "message": f"`{path_of(task.ns, task.node)}` held a worker when its run ended. "
        "It may have run. Has it?"
    }
    schema = {
        "oneOf": [
            # First, so that Enter alone does nothing.
            _way(_LEAVE, "leave it for now", "nothing runs; the thread stays uncertain"),
            _way(
                "rerun",
                "run it again",
                "it has not run, or a second time does no harm: it runs from its start",
            ),
            _way("done", "it is done", "it does not run; you give what it would have returned"),
            _way("give_up", "give up", "it does not run; the thread fails"),
        ]
    }
    return prompts.recognise(Asked(task.id, task.id, task.node, 0, payload, schema, "", ns=task.ns))


def _way(value: str, title: str, description: str) -> dict[str, str]:
    return {"const": value, "title": title, "description": description}


def _update_of(task: Task) -> Question:
    path = path_of(task.ns, task.node)
    payload = {"message": f"What would `{path}` have returned? (its update, as JSON)"}
    return prompts.recognise(
        Asked(task.id, task.id, task.node, 0, payload, {"type": "object"}, "", ns=task.ns)
    )

"""Where questions are put: answers given ahead, then the person at the terminal, then nobody."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphcli import prompts
from graphcli.cli.record import Record
from graphcli.cli.several import Wish, alike, what_now
from graphcli.cli.sheet import Sheet, refuse_many
from graphcli.cli.signals import Stopped
from graphcli.drive import Reply
from graphcli.engine.checkpointer import ThreadInfo
from graphcli.engine.clock import utc_now
from graphcli.engine.events import RunEnded
from graphcli.engine.model import Answer, Asked, Status, Task
from graphcli.engine.protocol import Settle
from graphcli.engine.question import Question
from graphcli.errors import (
    InvalidAnswerError,
    NotFoundError,
    Parked,
    QuestionChangedError,
    UsageError,
)
from graphcli.render.plain import dumps, to_json

_SHORTEST_DIGEST = 12
_LONGEST_EXAMPLE = 200


@dataclass(slots=True)
class AnswerDesk:
    """Replies for one command. `show` draws a question before it is asked; None asks nobody.

    `question` and `digest` are `--question` and `--if-match`. A person is asked one question at
    a time, and each answer is kept before the next one is asked.
    """

    sheet: Sheet
    by: str
    show: Callable[[Question, str], None] | None = None
    question: str | None = None
    digest: str | None = None
    said: Callable[[str], None] = lambda _line: None
    record: Record | None = None
    skipped: set[str] = field(default_factory=set)
    sent: list[Answer] = field(default_factory=list)
    unrecorded: list[tuple[str, int, Any]] = field(default_factory=list)

    def reply(self, ended: RunEnded) -> Reply | None:
        """Return the answers that go on, or None when nobody has one."""
        if ended.status is Status.UNCERTAIN:
            return self._settle(ended.uncertain)
        if ended.status is not Status.WAITING:
            return None
        questions = [prompts.recognise(asked) for asked in ended.questions]
        self.sheet.note(questions)
        chosen = self._chosen(questions)
        given = self._given(chosen)
        if given:
            return Reply(given)
        return None if self.show is None else self._asked(chosen)

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
        self.sheet.require_all(questions, {question.id for question, _ in answers})
        for question, _ in answers:
            self.said(f"answering {question.id} ({question.path}): {question.message}")
        return tuple(self._answer(question, *found) for question, found in answers)

    def _found(self, question: Question) -> tuple[Any, str] | None:
        try:
            return self.sheet.answer(question)
        except InvalidAnswerError as error:
            raise InvalidAnswerError(
                f"not sent to `{question.path}`: {error.message}",
                _with_example(question, error),
                error.field,
            ) from None

    def _chosen(self, questions: Sequence[Question]) -> list[Question]:
        """The questions that flags may answer: the one that was named, or all."""
        if self.question is None and self.digest is None:
            return list(questions)
        if self.question == "":
            raise UsageError("--question is empty", "give the id of the question that is answered")
        chosen = [q for q in questions if self.question is None or q.id.startswith(self.question)]
        if not chosen:
            open_ = ", ".join(f"{q.id} ({q.path})" for q in questions)
            raise NotFoundError(f"question {self.question} is not open", f"open is {open_}")
        for question in chosen:
            self._check_digest(question)
        self.question = self.digest = None  # they name this question, not what is asked next
        return chosen

    def _check_digest(self, question: Question) -> None:
        if self.digest is None:
            return
        if len(self.digest) < _SHORTEST_DIGEST or not question.digest.startswith(self.digest):
            raise QuestionChangedError(question.id, self.digest, question.digest)

    def _answer(self, question: Question, value: Any, how: str) -> Answer:
        answer = Answer(question.id, question.digest, value, self.by, how, utc_now())
        self.sent.append(answer)
        self.unrecorded.append((question.path, self.sheet.time_of(question), value))
        return answer

    def _asked(self, questions: Sequence[Question]) -> Reply | None:
        """What the person answers; None when all that are open have been skipped."""
        assert self.show is not None  # noqa: S101 - reply() has looked.
        left = [question for question in questions if question.id not in self.skipped]
        while left:
            position = f"{len(questions) - len(left) + 1} of {len(questions)}"
            self.show(left[0], position if len(questions) > 1 else "")
            wish = what_now(left, questions, put) if len(questions) > 1 else Wish.ANSWER
            if wish in (Wish.ANSWER, Wish.ALIKE):
                return self._answered(alike(left) if wish is Wish.ALIKE else left[:1])
            if wish is Wish.SEE_ALL:
                for number, question in enumerate(questions, 1):
                    self.show(question, f"{number} of {len(questions)}")
            else:
                self.skipped.add(left.pop(0).id)
        return None

    def _answered(self, questions: Sequence[Question]) -> Reply:
        """One answer to all of `questions`; those that were not shown yet are shown before."""
        assert self.show is not None  # noqa: S101 - _asked() has shown the first.
        for number, question in enumerate(questions[1:], 2):
            self.show(question, f"{number} of {len(questions)} alike")
        value = put(questions[0])
        given = [(question, prompts.check(question, value)) for question in questions]
        return Reply(tuple(self._answer(q, checked, "terminal") for q, checked in given))

    def _settle(self, tasks: Sequence[Task]) -> Reply | None:
        if self.show is None or not tasks:
            return None
        question = _about(tasks[0])
        self.show(question, f"1 of {len(tasks)}" if len(tasks) > 1 else "")
        verdict = put(question)
        update = None
        if verdict == "done":
            question = _update_of(tasks[0])
            self.show(question, "")
            update = put(question)
        return Reply(settle=(Settle(verdict, tasks[0].id, update),))


def _with_example(question: Question, error: InvalidAnswerError) -> str:
    """The remedy, with an answer that fits where none is named yet."""
    told = "for example" in error.remedy or "one of" in error.message
    if told or (error.field and error.remedy):
        return error.remedy
    fitting = prompts.example(question)
    example = "" if fitting is None else dumps(to_json(fitting), terminal=False)
    if not example or len(example) > _LONGEST_EXAMPLE:
        return error.remedy
    return f"{error.remedy}\nfor example `{example}`".strip()


def put(question: Question) -> Any:
    """Ask the person at the terminal; a signal or the time limit still ends the command its way.

    Raises:
        Parked: the person left.
        Stopped: SIGTERM, SIGHUP, or the time was up.
    """
    try:
        return prompts.ask(question)
    except Parked as parked:
        if isinstance(parked.__context__, Stopped):  # --timeout comes as a Ctrl-C of its own
            raise parked.__context__ from None
        raise
    except SystemExit as ended:  # the prompt's own handlers, which restore the terminal
        raise Stopped.by_signal(int(str(ended.code)) - 128) from None


def who(environ: Mapping[str, str]) -> str:
    """Return who answers: user and host, and the run of the CI where there is one."""
    user = environ.get("USER") or environ.get("LOGNAME") or _account()
    run = next((environ[key] for key in _CI_RUNS if environ.get(key)), "")
    return f"{user}@{socket.gethostname()}" + (f" (CI run {run})" if run else "")


def _account() -> str:
    # Deferred: only an environment without USER needs it.
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


_CI_RUNS = ("GITHUB_RUN_ID", "CI_JOB_URL", "BUILD_URL", "BUILDKITE_BUILD_URL")


def _about(task: Task) -> Question:
    """The question that an uncertain task is."""
    payload = {
        "message": f"`{task.node}` held a worker when its run died. It may have run. Has it?"
    }
    schema = {
        "oneOf": [
            {
                "const": "rerun",
                "title": "it has not, or running it again is harmless: run it again",
            },
            {"const": "done", "title": "it has: go on with what it would have returned"},
            {"const": "give_up", "title": "give up: the thread fails"},
        ]
    }
    return prompts.recognise(Asked(task.id, task.id, task.node, 0, payload, schema, ""))


def _update_of(task: Task) -> Question:
    payload = {"message": f"What would `{task.node}` have returned? (its update, as JSON)"}
    return prompts.recognise(Asked(task.id, task.id, task.node, 0, payload, {"type": "object"}, ""))

"""`Command(resume=…)` → the answers in it, checked against the questions they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.running.standing import Standing
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import UNSET, Answer, Asked, Command
from graphcli.errors import (
    ConflictError,
    InvalidAnswerError,
    NotFoundError,
    NothingToResumeError,
)
from graphcli.schema import problems


def answers_in(command: Command[Any], standing: Standing) -> list[Answer]:
    """Return the answers in `Command(resume=…)`: a map from question ids, or one value.

    Raises:
        NothingToResumeError: the thread has ended.
        ConflictError: it has no question.
        InvalidAnswerError: an answer does not fit the schema of its question.
        RuntimeError: one value for several questions.
    """
    if command.resume is UNSET:
        return []
    thread = standing.saved.thread
    if thread.status.over:
        raise NothingToResumeError(thread.id, thread.status.value)
    open_ = {asked.id: asked for asked in standing.questions}
    failed = {} if open_ else standing.replaceable
    digests = {id_: known.digest for id_, known in (open_ or failed).items()}
    told = _answers(command.resume, open_, digests, thread.id)
    if not failed:
        return told
    before = {id_: answer.at for id_, answer in failed.items()}
    return [replace(answer, replaces=before.get(answer.question)) for answer in told]


def answers_to(resume: Any, old: Saved) -> list[Answer]:
    """Return the answers in `resume` to what was asked on an old checkpoint, answered or not.

    One value is for the question that nobody has answered, or else for the only one.

    Raises:
        ConflictError: it asked nothing.
        NotFoundError: it did not ask a question of that id.
        InvalidAnswerError: an answer does not fit the schema of its question.
        RuntimeError: one value for several questions.
    """
    asked = {question.id: question for question in old.asked}
    if not asked:
        raise ConflictError(
            f"checkpoint {old.checkpoint.id} of thread `{old.thread.id}` has asked nothing: the "
            "answer was not used",
            "go on from it without one: invoke(None, config)",
        )
    answered = {answer.question for told in old.answers.values() for answer in told}
    meant = {id_: q.digest for id_, q in asked.items() if id_ not in answered}
    digests = meant or {id_: q.digest for id_, q in asked.items()}
    told = _answers(resume, asked, digests, old.thread.id)
    for answer in told:
        if answer.question not in asked:
            raise NotFoundError(
                f"checkpoint {old.checkpoint.id} has asked no question {answer.question}",
                "see what it asked: get_state(config).interrupts; what a subgraph asked is "
                "answered at its own: get_state(config, subgraphs=True).tasks[n].state.config",
            )
    return [replace(answer, digest=asked[answer.question].digest) for answer in told]


def _answers(
    resume: Any, asked: Mapping[str, Asked], digests: dict[str, str], thread: str
) -> list[Answer]:
    told = _by_question(resume, digests, thread)
    for id_, value in told.items():
        if id_ in asked:
            _check(asked[id_], value)
    return [Answer(id_, digests.get(id_, ""), value, at=utc_now()) for id_, value in told.items()]


def names_questions(value: Any) -> bool:
    """Return whether the value of a resume is a map from question ids."""
    return isinstance(value, dict) and bool(value) and all(_is_id(key) for key in value)


def _by_question(value: Any, digests: dict[str, str], thread: str) -> dict[str, Any]:
    if names_questions(value):
        return dict(value)
    if not digests:
        raise ConflictError(
            f"thread `{thread}` has no open question: the answer was not used",
            "go on without one: invoke(None)",
        )
    if len(digests) > 1:
        raise RuntimeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when "
            f"resuming: Command(resume={{id: value}}). Open are {', '.join(digests)}"
        )
    return dict.fromkeys(digests, value)


def _check(asked: Asked, value: Any) -> None:
    # Only plain data can be checked against a JSON Schema; the node sees what else it gets.
    if not isinstance(asked.schema, dict) or not _is_plain(value):
        return
    for problem in problems(asked.schema, value):
        field = ".".join(map(str, problem.path))
        where = f" at `{field}`" if field else ""
        raise InvalidAnswerError(
            f"the answer to `{asked.node}` does not fit{where}: {problem.message}",
            "nothing has moved: give another answer",
            field,
        )


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or type(value) in (str, int, float, bool)


def _is_id(key: Any) -> bool:
    return isinstance(key, str) and len(key) == 32 and set(key) <= set("0123456789abcdef")

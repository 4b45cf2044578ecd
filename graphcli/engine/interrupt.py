"""`interrupt()`, and the scope that remembers what a task has been told."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from graphcli.engine.annotations import answer_schema, build_answer
from graphcli.engine.channels import isolated
from graphcli.engine.digest import digest, short_hash
from graphcli.engine.model import Answer, Asked, Interrupt, Secret
from graphcli.errors import GraphInterrupt, RunFailedError, UnsecretableError

Match = Literal["question", "position"]


@dataclass(slots=True)
class Scope:
    """One attempt of one task: counts its questions and hands out the answers it has.

    An answer is given again only at the same position and, unless the node asks for
    `match="position"`, to the same question. From the first one that does not fit on, the
    answers are void: what was meant for another question never reaches this one.
    """

    task: str
    node: str
    answers: tuple[Answer, ...] = ()
    reveal: Callable[[str], str | None] = lambda _reference: None
    count: int = 0
    asked: Asked | None = None
    void: list[str] = field(default_factory=list)

    def ask(self, payload: Any, response_schema: Any, match: Match) -> Any:
        """Return the answer to the next question, or stop the node with it.

        Raises:
            GraphInterrupt: there is no answer yet.
        """
        if self.asked is not None:
            raise GraphInterrupt((_interrupt(self.asked),))  # the node caught the first one
        index, self.count = self.count, self.count + 1
        asked = self._question(index, payload, answer_schema(response_schema), match)
        if index < len(self.answers):
            answer = self.answers[index]
            if match == "position" or answer.digest == asked.digest:
                told, known = self._told(answer.value)
                if known:
                    return build_answer(response_schema, told)
            self.void = [answer.question for answer in self.answers[index:]]
        self.asked = asked
        raise GraphInterrupt((_interrupt(asked),))

    def _question(self, index: int, payload: Any, schema: Any, match: Match) -> Asked:
        bound = digest(payload, schema)
        id_ = question_id(self.task, index, bound, match)
        return Asked(id_, self.task, self.node, index, payload, schema, bound, match)

    def _told(self, value: Any) -> tuple[Any, bool]:
        """The answer with its secrets in place, and whether all of them are still known."""
        if isinstance(value, Secret):
            text = self._secret(value.reference)
            return text, text is not None
        if isinstance(value, dict):
            told = {key: self._told(item) for key, item in value.items()}
            return {key: item for key, (item, _) in told.items()}, all(k for _, k in told.values())
        return isolated(value), True  # the node may change it, and runs again

    def _secret(self, reference: str) -> str | None:
        text = self.reveal(reference)
        if text is None and not reference.startswith("memory:"):
            raise UnsecretableError(reference)
        return text  # None for one typed in another process: it was never stored, so ask again


def question_id(task: str, index: int, bound: str, match: Match) -> str:
    """Return the id of the question that `task` asks at `index`; `bound` is its digest.

    A question that differs has another id, so that an answer to the one that was shown cannot
    be mistaken for an answer to this one.
    """
    return short_hash(task, index, bound if match == "question" else "")


_scope: ContextVar[Scope | None] = ContextVar("graphcli_scope", default=None)


def interrupt(value: Any, *, response_schema: Any = None, match: Match = "question") -> Any:
    """Ask a person: stop the node with the payload `value`, and return the answer on resume.

    On resume the node runs again from its start and the k-th call returns the k-th answer.
    `response_schema` says which answers fit: a JSON Schema, TypedDict, dataclass or pydantic
    model. `match="position"` gives an answer to whatever is asked at its position (LangGraph's
    rule) instead of only to the question that was shown.

    Raises:
        RuntimeError: called outside of a node.
        UnsupportedValueError: the payload has a part that cannot be stored.
    """
    scope = _scope.get()
    if scope is None:
        raise RuntimeError("interrupt() was called outside of a node that a graph runs")
    return scope.ask(value, response_schema, match)


class entered:  # noqa: N801 - used as `with entered(scope):`
    """Make `scope` the one that `interrupt()` talks to.

    Raises:
        RunFailedError: on leaving, when the node swallowed its own interrupt.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __enter__(self) -> Scope:
        self._token = _scope.set(self._scope)
        return self._scope

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        _scope.reset(self._token)
        if kind is None and self._scope.asked is not None:
            raise RunFailedError(
                f"node `{self._scope.node}` caught its own interrupt and went on",
                "let GraphInterrupt pass: catch Exception, not BaseException",
            )


def _interrupt(asked: Asked) -> Interrupt:
    return Interrupt(asked.payload, asked.id, asked.schema)

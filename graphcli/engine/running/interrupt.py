"""`interrupt()`, and the scope that remembers what a task has been told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Any, Literal

from graphcli.dataclass import dataclass, field
from graphcli.engine.graph.annotations import answer_schema
from graphcli.engine.graph.building import build_answer
from graphcli.engine.graph.channels import isolated
from graphcli.engine.running.events import RunEnded
from graphcli.engine.running.position import Surroundings
from graphcli.engine.values.digest import digest, short_hash
from graphcli.engine.values.model import Answer, Asked, Checkpoint, Interrupt, Secret, Task
from graphcli.errors import GraphInterrupt, RunFailedError, UnsecretableError

Match = Literal["question", "position"]

#: No subgraphs.
NONE: Mapping[bool | None, int] = {}


@dataclass(slots=True)
class Frame:
    """A memo at work inside a task: counts what it asks, and the memos and graphs that it calls.

    `stopped` tells that one of its questions has no answer yet, so that it is not done.
    """

    id: str
    scope: Scope
    outer: Frame | None
    asked: int = 0
    stopped: bool = False
    calls: dict[str, int] = field(default_factory=dict)
    subgraphs: dict[bool | None, int] = field(default_factory=dict)


class Scope:
    """One attempt of one task: counts its questions and hands out the answers it has.

    An answer is given again only at the same position and, unless the node asks for
    `match="position"`, to the same question. From the first one that does not fit on, the
    answers are void: what was meant for another question never reaches this one. They are
    `forgotten` where the first of them is a secret that was typed in another process.

    `lend` returns what the node may ask for by name: its config, its writer, its Runtime.
    `inside` is how subgraphs ended that the node runs and that could not reach their end;
    `at_work` tells of each one that runs when it is over. `checkpoint` is where the task runs,
    `subgraphs` how many of each kind it has run. `rerun` says that the node may run again from its
    start. `calls` counts its memos by name and arguments, `pending` has the async ones at work;
    `over` tells that the attempt has ended.
    """

    count = 0
    asked: Asked | None = None
    void: Sequence[str] = ()
    forgotten: Sequence[str] = ()
    over = False

    def __init__(
        self,
        task: Task,
        around: Surroundings,
        checkpoint: Checkpoint,
        answers: tuple[Answer, ...],
        lend: Callable[[str], Any],
    ) -> None:
        self.task, self.node, self.rerun = task.id, task.node, task.on_crash == "rerun"
        self.around = around
        self.checkpoint = checkpoint.id
        self.answers = answers
        self.lend = lend
        self.inside: list[RunEnded] = []
        self.at_work: set[Event] = set()
        self.subgraphs: dict[bool | None, int] = {}
        self.calls: dict[str, int] = {}
        self.pending: set[Any] = set()

    @property
    def whole(self) -> bool:
        """Whether the node is a subgraph itself."""
        node = self.around.graph.nodes.get(self.node)
        return node is not None and node.subgraph is not None

    @property
    def stopped(self) -> bool:
        """Whether the node has to stop: it asks, or a subgraph in it does."""
        return self.asked is not None or bool(self.inside)

    def ask(self, payload: Any, response_schema: Any, match: Match, *, sealed: bool = False) -> Any:
        """Return the answer to the next question, or stop the node with it.

        What is `sealed` keeps its secrets as references.

        Raises:
            GraphInterrupt: there is no answer yet.
        """
        if self.asked is not None:
            raise GraphInterrupt((_interrupt(self.asked),))  # the node caught the first one
        index = self.count
        self.skip(1)
        asked = self._question(index, payload, answer_schema(response_schema), match)
        if index < len(self.answers):
            answer, left = self.answers[index], [told.question for told in self.answers[index:]]
            if match == "position" or answer.digest == asked.digest:
                if sealed:
                    return isolated(answer.value)
                told, known = self._told(answer.value)
                if known:
                    return build_answer(response_schema, told)
                self.forgotten = left
            else:
                self.void = left
        self.asked = asked
        for frame in self._frames():
            frame.stopped = True
        raise GraphInterrupt((_interrupt(asked),))

    def skip(self, questions: int, subgraphs: Mapping[bool | None, int] = NONE) -> None:
        """Go on behind so many questions and subgraphs: of now, or of a memo that did its work."""
        self.count += questions
        for frame in self._frames():
            frame.asked += questions
        for counts in (self.subgraphs, *(frame.subgraphs for frame in self._frames())):
            for keeps, count in subgraphs.items():
                counts[keeps] = counts.get(keeps, 0) + count

    def next_subgraph(self, keeps: bool | None) -> int:
        """Return the number of the next subgraph of a kind that the node runs, from 0."""
        number = self.subgraphs.get(keeps, 0)
        self.skip(0, {keeps: 1})
        return number

    def frame_of(self, memo: str, form: str) -> Frame:
        """Return the frame of the next call of `memo` with arguments of that form."""
        outer = next(self._frames(), None)
        place = self if outer is None else outer
        count = place.calls[memo + form] = place.calls.get(memo + form, 0) + 1
        within = self.task if outer is None else outer.id
        return Frame(f"{self.task}.{short_hash(within, memo, form, count)}", self, outer)

    def refuse_swallowed(self) -> None:
        """Fail a node that was to stop and has returned.

        Raises:
            RunFailedError: it has caught its own interrupt.
        """
        if self.asked is not None or self.inside:
            raise RunFailedError(
                f"node `{self.node}` caught its own interrupt and went on",
                "let GraphInterrupt pass: catch Exception, not BaseException",
            )

    def _frames(self) -> Iterator[Frame]:
        """The memos of this task that are at work here, the innermost first."""
        frame = _frame.get()
        while frame is not None and frame.scope is self:
            yield frame
            frame = frame.outer

    def _question(self, index: int, payload: Any, schema: Any, match: Match) -> Asked:
        bound = digest(payload, schema)
        id_ = question_id(self.task, index, bound, match)
        ns = self.around.ns
        return Asked(id_, self.task, self.node, index, payload, schema, bound, match, ns=ns)

    def _told(self, value: Any) -> tuple[Any, bool]:
        """The answer with its secrets in place, and whether all of them are still known."""
        if isinstance(value, Secret):
            text = self.reveal(value)
            return text, text is not None
        if isinstance(value, dict):
            told = {key: self._told(item) for key, item in value.items()}
            return {key: item for key, (item, _) in told.items()}, all(k for _, k in told.values())
        return isolated(value), True  # the node may change it, and runs again

    def reveal(self, secret: Secret) -> str | None:
        """Return the text of a secret, None for one that was typed in another process.

        Raises:
            UnsecretableError: the variable or the file is not there.
        """
        text = self.around.tools.reveal(secret.reference)
        if text is None and not secret.typed:
            raise UnsecretableError(secret.reference)
        return text


def question_id(task: str, index: int, bound: str, match: Match) -> str:
    """Return the id of the question that `task` asks at `index`; `bound` is its digest.

    A question that differs has another id, so that an answer to the one that was shown cannot
    be mistaken for an answer to this one.
    """
    return short_hash(task, index, bound if match == "question" else "")


#: The scope that `interrupt()` talks to here.
scope_here: ContextVar[Scope | None] = ContextVar("graphcli_scope", default=None)
_frame: ContextVar[Frame | None] = ContextVar("graphcli_frame", default=None)


def required_scope(caller: str) -> Scope:
    """Return the scope of the task that runs here.

    Raises:
        RuntimeError: none does; `caller` is the function that needs one.
    """
    scope = scope_here.get()
    if scope is None:
        raise RuntimeError(f"{caller}() was called outside of a node that a graph runs")
    return scope


def current_scope() -> Scope | None:
    """Return the scope of the task that runs here, if any does."""
    return scope_here.get()


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
    return required_scope("interrupt").ask(value, response_schema, match)


@contextmanager
def within(frame: Frame) -> Iterator[None]:
    """Make `frame` the memo that is at work here."""
    token = _frame.set(frame)
    try:
        yield
    finally:
        _frame.reset(token)


def _interrupt(asked: Asked) -> Interrupt:
    return Interrupt(asked.payload, asked.id, response_schema=asked.schema)

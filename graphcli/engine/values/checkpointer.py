"""What the engine needs of persistence. Storage keeps this promise; the engine knows no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from graphcli.dataclass import dataclass, field, value
from graphcli.engine.values.model import Answer, Asked, Checkpoint, Failure, Result, Status, Task
from graphcli.errors import QuestionChangedError


@dataclass(frozen=True, slots=True)
class ThreadInfo:
    """A thread without its state. `uid` differs between two threads that share an id in turn.

    `graph` is the graph's name, `reference` what loads it again, `fingerprint` the prints of its
    pieces as the thread last ran with them, empty where they are not known. Times are ISO 8601 in
    UTC and for people only: `seq` orders threads by their last change. `open` counts the questions
    that wait for an answer.
    """

    id: str
    uid: str
    graph: str
    reference: str = ""
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    status: Status = Status.RUNNING
    created_at: str = ""
    updated_at: str = ""
    seq: int = 0
    open: int = 0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """One checkpoint of a thread with all that has happened on it since.

    `started` has the ids of tasks that held a worker, with the number of attempts begun;
    `results` the tasks that ended; `answers` what each task was told, in the order of its
    questions. `questions` are those of this checkpoint that still wait for an answer; `asked` are
    all that were asked on it, but for those that turned void.
    """

    thread: ThreadInfo
    ns: str
    checkpoint: Checkpoint
    started: Mapping[str, int] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)
    questions: tuple[Asked, ...] = ()
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()


@value(frozen=True, slots=True)
class Commit:
    """Everything that becomes true at once: one transaction, or nothing.

    `at` is the `seq` of the checkpoint that `results`, `answers` and `void` belong to.
    `checkpoints` come after it in order; the last one is the new head of (thread, ns).
    `started` are tasks of the new head, or of `at` where there is none; a task that starts
    again loses its earlier result. One that has ended since is among `results` as well.
    `amended` takes the place of the head: the same checkpoint, with what a Command has written and
    planned. `kept` are results of tasks of the new head: what had ended, or was asked, before it.
    `new` is set when the thread begins. An answer is accepted only if its question is open and
    its digest is equal, else the whole commit is refused (AlreadyAnsweredError,
    QuestionChangedError, NotFoundError) and nothing of it is kept. `settled` are verdicts on
    uncertain tasks, for the journal alone: each an answer to the task's id, with the verdict and
    the update, if there is one, as its value.
    `void` has the ids of questions that the node does not
    ask any more: answered ones, whose answers are journaled as void, and open ones. A question that
    is void and asked again in one commit is open. `withdrawn` closes every question of the thread
    that is still open. `fingerprint` is that of the graph, where it is not the one that the thread
    has. `durable` asks for an fsync before it returns.
    """

    thread: str
    at: int
    ns: str = ""
    new: ThreadInfo | None = None
    amended: Checkpoint | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    kept: tuple[Result, ...] = ()
    started: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    answers: tuple[Answer, ...] = ()
    settled: tuple[tuple[Task, Answer], ...] = ()
    void: tuple[str, ...] = ()
    withdrawn: bool = False
    fingerprint: Mapping[str, str] | None = None
    status: Status = Status.RUNNING
    failure: Failure | None = None
    durable: bool = True


_GONE: Final = {
    "void": "the node asked something else when it ran again",
    "withdrawn": "the thread has moved on without an answer",
}


def no_longer_asked(question: str, status: str, expected: str, actual: str) -> QuestionChangedError:
    """Return the refusal of an answer to a question that is void or withdrawn, and why it is."""
    why = f"question {question} is no longer asked: {_GONE.get(status, status)}"
    return QuestionChangedError(question, expected, actual, why)


def required_checkpointer(given: Any) -> Checkpointer:
    """Return `given` if it is a Checkpointer.

    Raises:
        TypeError: it lacks one of its methods.
    """
    methods = [name for name in vars(Checkpointer) if not name.startswith("_")]
    if all(callable(getattr(given, name, None)) for name in methods):
        checkpointer: Checkpointer = given
        return checkpointer
    raise TypeError(
        f"Invalid checkpointer provided: a {type(given).__name__} does not keep threads of "
        "graphcli; give it an InMemorySaver(), or open_storage(path) of graphcli.storage"
    )


class Checkpointer(Protocol):
    """Keeps threads. Every method may be called from any thread of the process."""

    def claim(self, thread: str) -> AbstractContextManager[None]:
        """Hold `thread` for one run; the claim dies with its process.

        Raises:
            ThreadHeldError: another run holds it, in this process or another.
        """
        ...

    def holder(self, thread: str) -> str | None:
        """Return who holds the claim on `thread` (process and host), or None."""
        ...

    def commit(self, commit: Commit) -> None:
        """Make `commit` true in one transaction.

        Raises:
            ConflictError: an answer came too late, or its question has changed.
            NotFoundError: a question is unknown.
            ThreadExistsError: `commit.new` names a thread that exists.
            UnsupportedValueError: a value cannot be stored; its path is in the error.
            StorageError: the commit did not happen.
        """
        ...

    def load(self, thread: str, ns: str = "", checkpoint: str | None = None) -> Saved | None:
        """Return the head of (thread, ns), or the checkpoint with that id; None if unknown."""
        ...

    def history(
        self, thread: str, ns: str = "", before: str | None = None, limit: int | None = None
    ) -> Iterator[Saved]:
        """Yield the checkpoints of (thread, ns), the newest first, from before the id `before`."""
        ...

    def register(self, classes: Iterable[type]) -> None:
        """Let objects of these classes be stored: those that a graph declares."""
        ...

    def check(self, value: Any, path: str) -> None:
        """Raise UnsupportedValueError if `value` cannot be stored, with its place under `path`."""
        ...

"""The values that the engine passes around. All frozen; none knows how it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, Literal, NamedTuple, TypeVar

from graphcli.dataclass import dataclass, field, fields, value

# Homes of their own, for what only lists threads: the values below double the start of that.
from graphcli.engine.values.standins import (
    UNSET as UNSET,  # noqa: PLC0414 - found here by everyone else.
)
from graphcli.engine.values.standins import Secret as Secret  # noqa: PLC0414
from graphcli.engine.values.status import Status as Status  # noqa: PLC0414

START: Final = "__start__"
END: Final = "__end__"

#: The codes of failures that no node has raised: a person gave up on a task that may have run, and
#: a run was left before it used the worker that a task had been given.
GIVEN_UP: Final = "given_up"
NOT_BEGUN: Final = "not_begun"

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Send:
    """Run `node` in the next superstep with `arg` as its whole input."""

    node: str
    arg: Any


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Write `value` to a channel as it is: its reducer is passed by.

    It outranks whatever else is written to the channel in the same superstep; two of them clash.
    As plain data it is `{"__overwrite__": value}`.
    """

    value: Any
    type: Literal["__overwrite__"] = "__overwrite__"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Command(Generic[N]):
    """Update the state and choose where to go, or carry the answer of a resume.

    `resume` is one value for the one open question, or a map from question id to value. A return
    annotation `Command[Literal["a", "b"]]` tells a drawing where the node may lead.
    """

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"

    graph: str | None = None
    update: Any = None
    resume: Any = UNSET
    goto: str | Send | Sequence[str | Send] = ()

    def __repr__(self) -> str:
        said = ((each.name, getattr(self, each.name), each.default) for each in fields(self))
        given = (f"{name}={value!r}" for name, value, default in said if value is not default)
        return f"Command({', '.join(given)})"


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A payload that a node shows to a person, under the id that an answer must name."""

    value: Any
    id: str = ""
    response_schema: Any = field(default=None, kw_only=True)


def default_retry_on(error: Exception) -> bool:
    """Return whether a failure is likely to pass: everything but mistakes in the code."""
    return not isinstance(
        error,
        (
            ValueError,
            TypeError,
            ArithmeticError,
            ImportError,
            LookupError,
            NameError,
            SyntaxError,
            RuntimeError,
            ReferenceError,
            StopIteration,
            StopAsyncIteration,
            AttributeError,
            AssertionError,
        ),
    )


class RetryPolicy(NamedTuple):
    """How often a task is tried again after an error, and how long it waits (seconds)."""

    initial_interval: float = 0.5
    backoff_factor: float = 2.0
    max_interval: float = 128.0
    max_attempts: int = 3
    jitter: bool = True
    retry_on: type[Exception] | Sequence[type[Exception]] | Callable[[Exception], bool] = (
        default_retry_on
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the thread keeps it: who asks, what, and the digest that binds an answer.

    `ns` is the subgraph in which `task` runs, empty for the graph itself. `index` counts the
    questions of one task from 0. `schema` is the JSON Schema of the answer
    or None. `digest` is SHA-256 (64 hex digits) of payload and schema. `match` says whether an
    answer is bound by digest ("question") or only by position ("position", LangGraph's rule).
    """

    id: str
    task: str
    node: str
    index: int
    payload: Any
    schema: Any
    digest: str
    match: Literal["question", "position"] = "question"
    asked_at: str = ""
    ns: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A value given to one question, bound to its digest.

    `by` is who (user and host, or the CI run), `how` is `terminal`, `flag`, `file` or `library`,
    `at` is ISO 8601 in UTC. `replaces` is the `at` of the answer whose place it takes once the
    task has failed with that one; without it, an answer is only for a question that is open.
    """

    question: str
    digest: str
    value: Any
    by: str = ""
    how: str = "library"
    at: str = ""
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the thread keeps it. `trace` is for `inspect`, never for a message."""

    type: str
    message: str
    trace: str = ""
    code: str = "run_failed"


@value(frozen=True, slots=True)
class Task:
    """One node, planned for one superstep.

    `path` orders results: ("part", index) by number, ("pull", node) by name, then ("push", index)
    by number. `input` is a part of what a node splits, the argument of a Send, or UNSET for a
    node that reads the state. `on_crash` tells whether
    running it again after a crash is harmless ("rerun") or a person has to say ("ask"). `ns` is
    the subgraph that it runs in, and `doubt` the digest of which start of it is in doubt: told
    with a task that is uncertain, and not kept with it.
    """

    id: str
    node: str
    path: tuple[str, str | int]
    input: Any = UNSET
    on_crash: Literal["ask", "rerun"] = "ask"
    ns: str = field(default="", compare=False)
    doubt: str = field(default="", compare=False)


Outcome = Literal["done", "asked", "paused", "failed"]


@value(frozen=True, slots=True)
class Result:
    """How a task ended: done, asked, paused or failed.

    A task is paused when a subgraph inside it waits, was stopped, or is uncertain. `writes` are
    (channel, value) pairs in order; `goto` is where the task leads: node names and Sends, edges
    and branches included. A memo inside a task is kept as a Result too: its id is the task's
    with `.` and more behind it, its node the memo's name.
    """

    task: str
    node: str
    outcome: Outcome
    writes: tuple[tuple[str, Any], ...] = ()
    goto: tuple[str | Send, ...] = ()
    asked: Asked | None = None
    failure: Failure | None = None
    attempts: int = 1


@value(frozen=True, slots=True)
class Checkpoint:
    """A thread between two supersteps.

    `seq` orders checkpoints inside (thread, ns): never the clock. `step` is LangGraph's number
    (-1 for the input). `tasks` are planned to run next. `joins` has, for each waiting edge
    (`a+b:target`), the sources that have arrived; `deferred` are nodes that run when nothing
    else is left. `changed` names the channels written since the parent, each with the count of
    leading list items known to be the same (0 where nothing is known): storage writes only
    these, and only the tails.
    """

    id: str
    seq: int
    step: int
    source: Literal["input", "loop", "update", "fork"]
    values: Mapping[str, Any]
    tasks: tuple[Task, ...] = ()
    parent: str | None = None
    joins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    deferred: frozenset[str] = frozenset()
    changed: Mapping[str, int] = field(default_factory=dict)
    created_at: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


class StateUpdate(NamedTuple):
    """Values to write as if `as_node` had returned them.

    `task_id` is LangGraph's, which names a task to attach them to; here an update is none.
    """

    values: Any
    as_node: str | None = None
    task_id: str | None = None


class PregelTask(NamedTuple):
    """A task as `get_state` shows it."""

    id: str
    name: str
    path: tuple[Any, ...]
    error: Any = None
    interrupts: tuple[Interrupt, ...] = ()
    state: Any = None
    result: Any = None


class StateSnapshot(NamedTuple):
    """A thread as `get_state` shows it."""

    values: Any
    next: tuple[str, ...]
    config: dict[str, Any]
    metadata: dict[str, Any] | None
    created_at: str | None
    parent_config: dict[str, Any] | None
    tasks: tuple[PregelTask, ...]
    interrupts: tuple[Interrupt, ...]

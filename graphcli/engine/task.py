"""Run one task: its scope, its retries, its timeout, sync and async alike → a Result."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from graphcli.engine.channels import known_pairs, pairs
from graphcli.engine.events import CustomEvent, Event, TaskRetried
from graphcli.engine.interrupt import Scope, entered
from graphcli.engine.model import (
    START,
    UNSET,
    Answer,
    Checkpoint,
    Command,
    Failure,
    Result,
    RetryPolicy,
    Send,
    Task,
)
from graphcli.engine.structure import Branch, Graph, Node
from graphcli.errors import (
    GraphcliError,
    GraphInterrupt,
    InvalidUpdateError,
    NodeTimeoutError,
    Rejected,
)

Writes = tuple[tuple[str, Any], ...]
Targets = tuple[str | Send, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run lends to its tasks. `reveal` turns the reference of a secret into its text."""

    ns: str
    config: Mapping[str, Any]
    emit: Callable[[Event], None]
    reveal: Callable[[str], str | None]


@dataclass(slots=True)
class TaskRunner:
    """One task with what it needs to run.

    `returned` stands for what its function returned (an uncertain task that a person settled
    as done), so that only its branches run.
    """

    graph: Graph
    checkpoint: Checkpoint
    task: Task
    answers: tuple[Answer, ...]
    around: Surroundings
    returned: Any = UNSET
    void: list[str] = field(default_factory=list)
    error: BaseException | None = None
    attempt: int = 1

    async def run(self) -> Result:
        """Run the task, retries included; errors become a failed Result, never an exception."""
        while True:
            try:
                return await self._attempt()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a node may raise anything.
                delay = self._delay(error)
                if delay is None:
                    return self._failed(error)
                await self._wait(error, delay)
                self.attempt += 1

    async def _attempt(self) -> Result:
        scope = Scope(self.task.id, self.task.node, self.answers, self.around.reveal)
        try:
            with entered(scope):
                writes, goto = await self._call()
                goto = (*goto, *await self._branches(writes))
        except (GraphInterrupt, BaseExceptionGroup) as stop:
            if scope.asked is None or not _only_interrupts(stop):
                raise
            self.void = scope.void
            return self._result("asked", asked=scope.asked)
        return self._result("done", writes=writes, goto=goto)

    async def _call(self) -> tuple[Writes, Targets]:
        if self.task.node == START:
            known = {key: self.graph.channels[key] for key in self.graph.input.keys}
            return tuple(known_pairs(self.task.input, known)), self.graph.edges.get(START, ())
        node = self.graph.nodes[self.task.node]
        returned = self.returned
        if returned is UNSET:
            returned = await self._limited(node, node.function(*self._arguments(node)))
        writes, goto = interpret(self.graph, node.name, returned)
        return writes, (*self.graph.edges.get(node.name, ()), *goto)

    def _arguments(self, node: Node) -> list[Any]:
        state = self.task.input
        if state is UNSET:
            state = node.schema.read(self.checkpoint.values)
        return [state, *(self._injected(name) for name in node.wants)]

    def _injected(self, name: str) -> Any:
        return self._write if name == "writer" else self.around.config

    def _write(self, value: Any) -> None:
        self.around.emit(CustomEvent(self.around.ns, self.checkpoint.step, self.task.node, value))

    async def _limited(self, node: Node, returned: Any) -> Any:
        if not node.is_async:
            if isawaitable(returned):
                raise InvalidUpdateError(
                    f"node `{node.name}` returned an awaitable",
                    "define it with `async def`, so that it gets an event loop",
                )
            return returned
        if node.timeout is None:
            return await returned
        # Deferred: 72 ms, and a graph without async nodes never needs it.
        import asyncio

        try:
            return await asyncio.wait_for(returned, node.timeout)
        except TimeoutError:
            raise NodeTimeoutError(node.name, node.timeout) from None

    async def _branches(self, writes: Writes) -> Targets:
        chosen: list[str | Send] = []
        for branch in self.graph.branches.get(self.task.node, ()):
            chosen += self.graph.resolve(branch, await self._choice(branch, writes), self.task.node)
        return tuple(chosen)

    async def _choice(self, branch: Branch, writes: Writes) -> Any:
        node, values = self.task.node, self.checkpoint.values
        state = self.graph.seen_by_branch(branch, node, values, writes)
        chosen = branch.path(state, *(self._injected(name) for name in branch.wants))
        return await chosen if branch.is_async else chosen

    def _delay(self, error: BaseException) -> float | None:
        """Seconds until the next attempt, or None when there is none."""
        node = self.graph.nodes.get(self.task.node)
        if node is None or not isinstance(error, Exception) or isinstance(error, Rejected):
            return None
        for policy in node.retry:
            if _retries(policy, error):
                return (
                    None if self.attempt >= policy.max_attempts else _backoff(policy, self.attempt)
                )
        return None

    async def _wait(self, error: BaseException, delay: float) -> None:
        around, node = self.around, self.task.node
        around.emit(
            TaskRetried(
                around.ns,
                self.checkpoint.step,
                self.task.id,
                node,
                self.attempt,
                delay,
                failure_of(error),
            )
        )
        if self.graph.is_async(node):
            import asyncio

            await asyncio.sleep(delay)
        else:
            time.sleep(delay)

    def _failed(self, error: BaseException) -> Result:
        self.error = error
        return self._result("failed", failure=failure_of(error))

    def _result(self, outcome: Any, **said: Any) -> Result:
        return Result(self.task.id, self.task.node, outcome, attempts=self.attempt, **said)


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a task that needs no event loop to its end, here and now."""
    try:
        work.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    raise RuntimeError("a task without async functions was suspended")


def interpret(graph: Graph, node: str, returned: Any) -> tuple[Writes, Targets]:
    """Return what a node's return value writes, and where its Commands and Sends lead.

    Raises:
        InvalidUpdateError: it is neither an update nor a Command.
        InvalidGraphError: it leads to something that is not a node.
    """
    writes: list[tuple[str, Any]] = []
    goto: list[str | Send] = []
    for item in _parts(returned):
        if isinstance(item, Send):
            goto.append(item)
        elif isinstance(item, Command):
            if item.graph is not None:
                raise InvalidUpdateError(
                    f"node `{node}` addressed a parent; There is no parent graph"
                )
            writes += pairs(node, item.update, graph.channels)
            goto += _targets(item.goto)
        else:
            writes += pairs(node, item, graph.channels)
    for target in goto:
        graph.require(target.node if isinstance(target, Send) else target, node)
    return tuple(writes), tuple(goto)


def failure_of(error: BaseException) -> Failure:
    """Return an error as a thread keeps it: type, message, and the trace for `inspect`."""
    # Deferred: 5 ms, and only a failure needs it.
    import traceback

    if isinstance(error, SystemExit):
        return Failure("SystemExit", f"it called sys.exit({error.code!r})")
    message = error.message if isinstance(error, GraphcliError) else str(error)
    if isinstance(error, GraphcliError) and error.remedy:
        message = f"{message}\n{error.remedy}"
    trace = "".join(traceback.format_exception(error))
    code = error.code if isinstance(error, GraphcliError) else "run_failed"
    return Failure(type(error).__name__, message or type(error).__name__, trace[-8000:], code)


def _parts(returned: Any) -> Sequence[Any]:
    """The updates, Commands and Sends in what a node returned."""
    if isinstance(returned, (list, tuple)) and any(
        isinstance(item, (Command, Send)) for item in returned
    ):
        return returned
    return [returned]


def _targets(goto: str | Send | Sequence[str | Send]) -> list[str | Send]:
    return [goto] if isinstance(goto, (str, Send)) else list(goto)


def _retries(policy: RetryPolicy, error: Exception) -> bool:
    wanted = policy.retry_on
    if isinstance(wanted, Sequence):
        return isinstance(error, tuple(wanted))
    return isinstance(error, wanted) if isinstance(wanted, type) else wanted(error)


def _backoff(policy: RetryPolicy, attempt: int) -> float:
    delay = policy.initial_interval * policy.backoff_factor ** (attempt - 1)
    jitter = random.uniform(0, 1) if policy.jitter else 0.0  # noqa: S311 - spreads retries, hides nothing.
    return min(policy.max_interval, delay) + jitter


def _only_interrupts(error: BaseException) -> bool:
    """Whether `error` is our stop, alone or as a TaskGroup wraps it."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(GraphInterrupt)[1] is None
    return isinstance(error, GraphInterrupt)

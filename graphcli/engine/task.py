"""Run one task: its scope, its attempts, its timeout, sync and async alike → a Result."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Generator, Mapping, Sequence
from inspect import iscoroutine
from typing import Any

from graphcli.engine.channels import isolated
from graphcli.engine.events import CustomEvent, RunEnded, TaskRetried
from graphcli.engine.failure import failure_of
from graphcli.engine.interrupt import Scope, entered
from graphcli.engine.model import START, UNSET, Answer, Checkpoint, Failure, Result, Task
from graphcli.engine.place import place_in
from graphcli.engine.position import Surroundings
from graphcli.engine.retry import delay_before_next
from graphcli.engine.runtime import ExecutionInfo, Runtime
from graphcli.engine.structure import Branch, Graph, Node
from graphcli.engine.update import Targets, Writes, for_parent, interpret, read_input, shared
from graphcli.engine.workers import is_cancelled
from graphcli.errors import GraphInterrupt, InvalidUpdateError, NodeTimeoutError, ParentCommand
from graphcli.values import dataclass, field, replace


@dataclass(slots=True)
class TaskRunner:
    """One task with what it needs to run.

    `returned` stands for what its function returned (an uncertain task that a person settled
    as done), so that only its branches run. `inside` is how subgraphs ended that pause it.
    `left` counts the supersteps to go, this one included.
    """

    graph: Graph
    checkpoint: Checkpoint
    task: Task
    answers: tuple[Answer, ...]
    around: Surroundings
    returned: Any = UNSET
    left: int = 1
    void: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    error: BaseException | None = None
    stopped: BaseException | None = None
    inside: Sequence[RunEnded] = ()
    attempt: int = 1
    begun: float = 0.0
    _over: bool = False

    async def run(self) -> Result:
        """Run the task, retries included; errors become a failed Result, never an exception.

        What stops the run rather than the node (Ctrl-C, a signal, a cancelled caller) is left in
        `stopped`, and the Result then means nothing.
        """
        try:
            return await self._attempts()
        except BaseException as error:  # noqa: BLE001 - a node may raise anything.
            if _from_outside(error):
                self.stopped = error
            return self._failed(error)
        finally:
            self._over = True

    def never_began(self) -> Result:
        """Return the meaningless Result of a task that was cancelled before it began."""
        import asyncio

        self.stopped = asyncio.CancelledError()
        return self._failed(self.stopped)

    async def _attempts(self) -> Result:
        node = self.graph.nodes.get(self.task.node)
        self.begun = time.time()
        while True:
            try:
                return await self._attempt()
            except Exception as error:
                delay = delay_before_next(node.retry, error, self.attempt) if node else None
                # Once the run is to stop, it has ended in an error: the next resume tries it again.
                stopping = self.around.tools.options.stopping
                if delay is None or stopping():
                    raise
                await self._pause(error, delay)
                if stopping():
                    raise
                self.attempt += 1

    async def _attempt(self) -> Result:
        task, around = self.task, self.around
        lent = (around, self.answers, self.checkpoint.id, self._injected)
        node = self.graph.nodes.get(task.node)
        whole = node is not None and node.subgraph is not None
        scope = around.asks or Scope(task.id, task.node, *lent, whole=whole)
        try:
            with entered(scope):
                writes, goto = await self._attended(scope)
        except (GraphInterrupt, BaseExceptionGroup) as stop:
            if not scope.stopped or not _only_interrupts(stop):
                raise
            if scope.at_work and self.graph.is_async(self.task):
                await _over(scope)
            return self._stopped_in(scope)
        finally:
            if around.memos is not None:
                around.memos.end(scope)
        if around.asks is None and self.returned is UNSET:
            # The node has changed, and asks less than it did: nobody has heard these.
            self.void = [answer.question for answer in self.answers[scope.count :]]
        return self._result("done", writes=writes, goto=goto)

    def _stopped_in(self, scope: Scope) -> Result:
        self.void, self.forgotten, self.inside = scope.void, scope.forgotten, scope.inside
        if scope.asked is not None:
            return self._result("asked", asked=scope.asked)
        return self._result("paused")

    async def _attended(self, scope: Scope) -> tuple[Writes, Targets]:
        """Run the node, then its branches; no async memo of theirs is left behind at the end."""
        try:
            writes, goto = await self._call()
            if self.task.node in self.graph.branches:
                goto = (*goto, *await self._branches(writes))
        except BaseException as error:
            if scope.pending:
                await _let_go(set(scope.pending), error)
            raise
        if scope.pending:
            import asyncio

            await asyncio.gather(*scope.pending)  # one that fails or asks does so for the node
        return writes, goto

    async def _call(self) -> tuple[Writes, Targets]:
        if self.task.node == START:
            return read_input(self.graph, self.task.input), self.graph.edges.get(START, ())
        node = self.graph.nodes[self.task.node]
        returned = self.returned if self.returned is not UNSET else await self._function(node)
        if self.around.ns and (command := for_parent(returned)) is not None:
            raise ParentCommand(command)
        writes, goto = interpret(self.graph, node.name, returned)
        return writes, (*self.graph.edges.get(node.name, ()), *goto)

    async def _function(self, node: Node) -> Any:
        try:
            returned = node.function(self._input(node), **self._handed(node))
            if node.awaits(self.task):
                returned = await _limited(node, returned)
            else:
                _refuse_coroutine(node, returned)
        except ParentCommand as sent:  # from a subgraph that the node runs: it is meant for us
            return replace(sent.command, graph=None)
        return returned if node.subgraph is None else shared(self.graph, returned)

    def _input(self, node: Node) -> Any:
        given = self.task.input
        return self._state(node) if given is UNSET else isolated(given)

    def _handed(self, to: Node | Branch) -> dict[str, Any]:
        return {name: self._injected(what) for name, what in to.wants.items()} if to.wants else {}

    def _state(self, node: Node) -> Any:
        return node.schema.read(self.checkpoint.values, self.left)

    def _injected(self, what: str) -> Any:
        if what == "state":  # a tool call is its task's input, and its tool may look at the state
            return self._state(self.graph.nodes[self.task.node])
        if what == "writer":
            return self._write
        if what == "memos":
            return self.around.memos
        return self._config() if what == "config" else self._runtime()

    def _config(self) -> Mapping[str, Any]:
        node, config = self.graph.nodes.get(self.task.node), self.around.tools.config
        configurable = {**config.get("configurable", {}), "checkpoint_ns": self._place()}
        own = {} if node is None else node.metadata
        metadata = {**config.get("metadata", {}), **own}
        return {"tags": [], **config, "configurable": configurable, "metadata": metadata}

    def _place(self) -> str:
        return place_in(self.around.ns, self.task.node, self.task.id)

    def _runtime(self) -> Runtime[Any]:
        tools, task = self.around.tools, self.task
        thread = tools.config.get("configurable", {}).get("thread_id")
        run = tools.config.get("run_id")
        which = (self.checkpoint.id, self._place(), task.id, thread, run)
        info = ExecutionInfo(*which, self.attempt, self.begun)
        context = tools.options.context
        return Runtime(context=context, stream_writer=self._write, execution_info=info)

    def _write(self, value: Any) -> None:
        if not self._over:  # a thread that a node left behind may go on writing: nobody listens
            event = CustomEvent(self.around.ns, self.checkpoint.step, self.task.node, value)
            self.around.tell(event)

    async def _branches(self, writes: Writes) -> Targets:
        graph, node, values = self.graph, self.task.node, self.checkpoint.values
        targets: list[Any] = []
        for branch in graph.branches[node]:
            state = graph.seen_by_branch(branch, node, values, writes, self.left)
            chosen = branch.path(state, **self._handed(branch))
            targets += graph.resolve(branch, await chosen if branch.is_async else chosen, node)
        return tuple(targets)

    async def _pause(self, error: Exception, delay: float) -> None:
        around, task = self.around, self.task
        place = (around.ns, self.checkpoint.step, task.id, task.node)
        around.tell(TaskRetried(*place, self.attempt, delay, self._told_of(error)))
        await pause(delay, on_loop=self.graph.is_async(task))

    def _failed(self, error: BaseException) -> Result:
        self.error = error
        return self._result("failed", failure=self._told_of(error))

    def _told_of(self, error: BaseException) -> Failure:
        return failure_of(error, self.around.tools.options.redact)

    def _result(self, outcome: Any, **said: Any) -> Result:
        return Result(self.task.id, self.task.node, outcome, attempts=self.attempt, **said)


class _Pause:
    """Suspends a task without an event loop; whoever advances it waits for that many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __await__(self) -> Generator[float, None, None]:
        yield float(self._seconds)


async def pause(seconds: float, *, on_loop: bool) -> None:
    """Let that time pass: on the event loop, or where a task is advanced without one."""
    if on_loop:
        import asyncio

        await asyncio.sleep(seconds)
    else:
        await _Pause(seconds)


async def _let_go(memos: set[Any], error: BaseException) -> None:
    """See to the async memos of an attempt that `error` ends."""
    import asyncio

    if isinstance(error, (GraphInterrupt, BaseExceptionGroup)):
        await asyncio.wait(memos)  # the question stops the node; what was begun is recorded
        return
    for memo in memos:
        memo.cancel()


def advance(work: Coroutine[Any, Any, Result]) -> Result | float:
    """Run a task that needs no event loop: to its end, or to a pause between two attempts.

    Returns its Result, or the seconds after which it wants to go on.
    """
    try:
        seconds: float = work.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    return seconds


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a task that needs no event loop to its end, pauses included."""
    while not isinstance(said := advance(work), Result):
        time.sleep(said)
    return said


async def _limited(node: Node, returned: Any) -> Any:
    """What an async node returns within its timeout."""
    if node.timeout is None:
        return await returned
    # Deferred: 72 ms, and a graph without async nodes never needs it.
    import asyncio

    try:
        async with asyncio.timeout(node.timeout) as limit:
            return await returned
    except TimeoutError:
        if limit.expired():
            raise NodeTimeoutError(node.name, node.timeout) from None
        raise  # the node's own: a request that timed out, say


async def _over(scope: Scope) -> None:
    """Wait for the subgraphs that a node left at work when one of them asked.

    So does `asyncio.gather`; cut off, they would be uncertain.
    """
    import asyncio

    for over in list(scope.at_work):
        await asyncio.to_thread(over.wait)


def _refuse_coroutine(node: Node, returned: Any) -> None:
    if iscoroutine(returned):
        returned.close()
        raise InvalidUpdateError(
            f"node `{node.name}` returned a coroutine",
            "define it with `async def`, so that it gets an event loop",
        )


def _from_outside(error: BaseException) -> bool:
    """Whether `error` is meant for the run; a node that fails oddly has only failed itself."""
    if isinstance(error, (KeyboardInterrupt, ParentCommand)):
        return True
    return is_cancelled(error) and _being_cancelled()


def _being_cancelled() -> bool:
    """Whether somebody cancels this task; else the node itself raised CancelledError."""
    import asyncio

    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False  # a sync node, where no loop runs
    return task is not None and task.cancelling() > 0


def _only_interrupts(error: BaseException) -> bool:
    """Whether `error` is our stop, alone or as a TaskGroup wraps it."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(GraphInterrupt)[1] is None
    return isinstance(error, GraphInterrupt)

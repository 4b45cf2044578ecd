"""Run one task: its scope, its attempts, sync and async alike → a Result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import CoroutineType
from typing import Any

from graphcli.dataclass import dataclass, replace
from graphcli.engine.graph.channels import Folded, fold, isolated
from graphcli.engine.graph.place import place_in
from graphcli.engine.graph.structure import Branch, Node
from graphcli.engine.graph.update import Targets, Writes, for_parent, interpret, read_input, shared
from graphcli.engine.running.events import CustomEvent, RunEnded, TaskRetried
from graphcli.engine.running.interrupt import Scope, scope_here
from graphcli.engine.running.position import Surroundings
from graphcli.engine.running.runtime import ExecutionInfo, Runtime
from graphcli.engine.running.waiting import all_done, all_over, let_go, limited, pause
from graphcli.engine.running.workers import is_cancelled
from graphcli.engine.values.failure import failure_of
from graphcli.engine.values.model import (
    UNSET,
    Answer,
    Asked,
    Checkpoint,
    Failure,
    Outcome,
    Result,
    Task,
)
from graphcli.engine.values.retry import delay_before_next
from graphcli.errors import GraphInterrupt, InvalidUpdateError, ParentCommand


@dataclass(slots=True)
class TaskRunner:
    """One task with what it needs to run.

    `returned` stands for what its function returned (an uncertain task that a person settled
    as done), so that only its branches run. `inside` is how subgraphs ended that pause it.
    `left` counts the supersteps to go, this one included. `folded` is the state with what the task
    alone has written, and which channels that changed, where its branches have read it.
    """

    around: Surroundings
    checkpoint: Checkpoint
    task: Task
    answers: tuple[Answer, ...] = ()
    returned: Any = UNSET
    left: int = 1
    void: Sequence[str] = ()
    forgotten: Sequence[str] = ()
    inside: Sequence[RunEnded] = ()
    error: BaseException | None = None
    stopped: BaseException | None = None
    attempt: int = 1
    begun: float = 0.0
    folded: Folded | None = None
    _over: bool = False

    @property
    def node(self) -> Node | None:
        """The node that the task runs; START is none."""
        return self.around.graph.nodes.get(self.task.node)

    async def run(self) -> Result:
        """Run the task, retries included; errors become a failed Result, never an exception.

        What stops the run rather than the node (Ctrl-C, a signal, a cancelled caller) is left in
        `stopped`, and the Result then means nothing.
        """
        self.begun = time.time()
        try:
            while True:
                try:
                    return await self._attempt()
                except Exception as error:
                    if (delay := self._delay(error)) is None:
                        raise
                    await self._pause(error, delay)
                    if self._stopping():
                        raise
                    self.attempt += 1
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

    def _delay(self, error: Exception) -> float | None:
        """How long to wait before the next attempt; None if there is none."""
        node = self.node
        if node is None or self._stopping():
            return None
        return delay_before_next(node.retry, error, self.attempt)

    def _stopping(self) -> bool:
        """Whether the run is to stop: what ended in an error, the next resume tries again."""
        return self.around.tools.options.stopping()

    async def _attempt(self) -> Result:
        around = self.around
        scope = around.asks or Scope(self.task, around, self.checkpoint, self.answers, self._lent)
        before = scope_here.set(scope)
        try:
            writes, goto = await self._work()
            if scope.pending:  # no async memo of the node's is left behind at the end
                await all_done(scope.pending)
            scope.refuse_swallowed()
        except BaseException as error:
            if scope.pending:
                await let_go(scope.pending, error)
            if not (scope.stopped and _only_interrupts(error)):
                raise
            if scope.at_work and self.around.graph.is_async(self.task):
                await all_over(scope.at_work)
            return self._stopped_in(scope)
        finally:
            scope_here.reset(before)
            if around.memos is not None:
                around.memos.end(scope)
        if self.answers and around.asks is None and self.returned is UNSET:
            # The node has changed, and asks less than it did: nobody has heard these.
            self.void = [answer.question for answer in self.answers[scope.count :]]
        return self._result("done", writes, goto)

    def _stopped_in(self, scope: Scope) -> Result:
        self.void, self.forgotten, self.inside = scope.void, scope.forgotten, scope.inside
        if scope.asked is not None:
            return self._result("asked", asked=scope.asked)
        return self._result("paused")

    async def _work(self) -> tuple[Writes, Targets]:
        """Run the node, then its branches, which read the state with the node's own writes."""
        graph, name = self.around.graph, self.task.node
        node = graph.nodes.get(name)
        goto: Targets = ()
        if node is None:
            writes = read_input(graph, self.task.input)
        else:
            returned = await self._returned(node)
            if self.around.ns and (command := for_parent(returned)) is not None:
                raise ParentCommand(command)
            writes, goto = interpret(graph, name, returned)
        goto = graph.edges.get(name, ()) + goto
        if branches := graph.branches.get(name, ()):
            own = [(name, *write) for write in writes]
            self.folded = fold(graph.channels, self.checkpoint.values, own)
            for branch in branches:
                seen = branch.schema.read(self.folded[0], self.left)
                chosen = self._called(branch, branch.path, seen)
                goto += graph.resolve(branch, await chosen if branch.is_async else chosen, name)
        return writes, goto

    async def _returned(self, node: Node) -> Any:
        if self.returned is not UNSET:
            return self.returned
        given = self.task.input
        try:
            if given is UNSET:
                seen = node.schema.read(self.checkpoint.values, self.left)
            else:
                seen = isolated(given)
            returned = self._called(node, node.function, seen)
            if node.is_async and node.awaits(self.task):
                returned = await limited(node, returned)
            elif isinstance(returned, CoroutineType):
                _refuse_coroutine(node, returned)
        except ParentCommand as sent:  # from a subgraph that the node runs: it is meant for us
            return replace(sent.command, graph=None)
        return returned if node.subgraph is None else shared(self.around.graph, returned)

    def _called(self, what: Node | Branch, function: Callable[..., Any], seen: Any) -> Any:
        if not what.wants:
            return function(seen)
        return function(seen, **{name: self._lent(each) for name, each in what.wants.items()})

    def _lent(self, what: str) -> Any:
        if what == "state":  # a tool call is its task's input, and its tool may look at the state
            schema = self.around.graph.state if (node := self.node) is None else node.schema
            return schema.read(self.checkpoint.values, self.left)
        if what == "writer":
            return self._write
        if what == "memos":
            return self.around.memos
        return self._config() if what == "config" else self._runtime()

    def _config(self) -> Mapping[str, Any]:
        node, config = self.node, self.around.tools.config
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

    async def _pause(self, error: Exception, delay: float) -> None:
        around, task = self.around, self.task
        place = (around.ns, self.checkpoint.step, task.id, task.node)
        around.tell(TaskRetried(*place, self.attempt, delay, self._told_of(error)))
        await pause(delay, on_loop=self.around.graph.is_async(task))

    def _failed(self, error: BaseException) -> Result:
        self.error = error
        return self._result("failed", failure=self._told_of(error))

    def _told_of(self, error: BaseException) -> Failure:
        return failure_of(error, self.around.tools.options.redact)

    def _result(
        self,
        outcome: Outcome,
        writes: Writes = (),
        goto: Targets = (),
        asked: Asked | None = None,
        failure: Failure | None = None,
    ) -> Result:
        task = self.task
        return Result(task.id, task.node, outcome, writes, goto, asked, failure, self.attempt)


def _refuse_coroutine(node: Node, returned: CoroutineType[Any, Any, Any]) -> None:
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

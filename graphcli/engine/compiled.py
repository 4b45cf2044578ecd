"""A compiled graph: run it, resume it, look at its threads. LangGraph's names and meaning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from graphcli.engine.annotations import classes_in
from graphcli.engine.asynchronous import in_thread
from graphcli.engine.checkpointer import Checkpointer, Saved
from graphcli.engine.clock import utc_now
from graphcli.engine.drawing import Drawing, draw
from graphcli.engine.events import Event, RunEnded
from graphcli.engine.invoking import (
    Config,
    checkpoint_named,
    on_thread,
    required,
    run_options,
    thread_id,
    unless_failed,
    without_thread,
)
from graphcli.engine.model import (
    Answer,
    StateSnapshot,
    StateUpdate,
    Status,
)
from graphcli.engine.position import Tools
from graphcli.engine.protocol import RunOptions, Settle
from graphcli.engine.recorder import Recorder
from graphcli.engine.resume import actual_status, go_on, new_thread, start
from graphcli.engine.snapshot import empty_snapshot, snapshot
from graphcli.engine.streaming import check_modes, chunks, returned
from graphcli.engine.structure import Graph
from graphcli.engine.updating import Update
from graphcli.engine.workers import Loop
from graphcli.errors import ThreadExistsError


class CompiledGraph:
    """A graph that runs. Made by `StateGraph.compile()`."""

    def __init__(
        self,
        graph: Graph,
        checkpointer: Checkpointer | None = None,
        interrupt_before: Sequence[str] = (),
        interrupt_after: Sequence[str] = (),
        classes: tuple[type, ...] = (),
    ) -> None:
        self.graph = graph
        self.checkpointer = checkpointer
        self.interrupt_before = tuple(interrupt_before)
        self.interrupt_after = tuple(interrupt_after)
        self._classes = classes

    @property
    def classes(self) -> tuple[type, ...]:
        """The classes whose objects may be stored: declared ones, and those of the state."""
        schemas = (self.graph.state.type, self.graph.input.type, self.graph.output.type)
        own = [node.schema.type for node in self.graph.nodes.values()]
        named = (cls for schema in (*schemas, *own) for cls in classes_in(schema))
        return tuple(dict.fromkeys((*self._classes, *named)))

    @property
    def name(self) -> str:
        """The graph's name."""
        return self.graph.name

    @property
    def node_names(self) -> tuple[str, ...]:
        """The names of its nodes, in the order they were added."""
        return tuple(self.graph.nodes)

    @property
    def input_schema(self) -> Any:
        """The type that names the keys of the input."""
        return self.graph.input.type

    @property
    def output_schema(self) -> Any:
        """The type that names the keys of the output."""
        return self.graph.output.type

    def get_graph(self) -> Drawing:
        """Return the graph as nodes and arrows."""
        return draw(self.graph)

    def draw_mermaid(self) -> str:
        """Return the graph as Mermaid text."""
        return draw(self.graph).draw_mermaid()

    # What drive() needs -------------------------------------------------------------------

    def start(
        self, thread: str, value: Any, checkpointer: Checkpointer, options: RunOptions
    ) -> Iterator[Event]:
        """Begin a new thread with `value` as input; the last event is RunEnded.

        Raises:
            ThreadExistsError: there is a thread of that id.
            ThreadHeldError: another run holds it.
        """
        with checkpointer.claim(thread):
            if (saved := checkpointer.load(thread)) is not None:
                raise ThreadExistsError(thread, actual_status(saved).value)
            info = new_thread(thread, self.name, options.reference, utc_now())
            tools = self._tools(checkpointer, options, {"configurable": {"thread_id": thread}})
            yield from start(self.graph, info, value, tools)

    def go_on(
        self,
        thread: str,
        checkpointer: Checkpointer,
        options: RunOptions,
        answers: Sequence[Answer] = (),
        settle: Sequence[Settle] = (),
    ) -> Iterator[Event]:
        """Answer and go on; the last event is RunEnded. Nothing runs if an answer is refused.

        Raises:
            NotFoundError: there is no such thread, or no such question.
            ConflictError: there is nothing to resume, or an answer came too late.
        """
        with self._saved(checkpointer, thread) as saved:
            tools = self._tools(checkpointer, options, {"configurable": {"thread_id": thread}})
            yield from go_on(self.graph, saved, tools, answers, settle)

    def extend(
        self, thread: str, value: Any, checkpointer: Checkpointer, options: RunOptions
    ) -> Iterator[Event]:
        """Give a finished thread new input; the last event is RunEnded.

        Raises:
            ThreadExistsError: the thread is not finished.
        """
        with self._saved(checkpointer, thread) as saved:
            status = actual_status(saved)
            if status is not Status.FINISHED:
                raise ThreadExistsError(thread, status.value)
            tools = self._tools(checkpointer, options, {"configurable": {"thread_id": thread}})
            yield from start(self.graph, saved.thread, value, tools, saved)

    # The library --------------------------------------------------------------------------

    def invoke(self, input: Any, config: Config | None = None, **options: Any) -> Any:  # noqa: A002 - LangGraph's name.
        """Run until the graph has ended or asks, and return its output.

        The output of a graph that asks has the open questions under `__interrupt__`. `input` is
        the graph's input, a `Command(resume=…)`, or None to go on. For options see `stream`.

        Raises:
            Exception: what a node raised.
        """
        return self._result(self._events(input, config, Loop(), **options))

    def stream(
        self,
        input: Any,  # noqa: A002 - LangGraph's name.
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
        **options: Any,
    ) -> Iterator[Any]:
        """Run like `invoke` and yield what happens, in one stream mode or in several.

        Modes are `updates` (what each node returned), `values` (the state after each superstep)
        and `custom` (what nodes wrote). A list of modes yields (mode, chunk) pairs. Options:
        `interrupt_before`, `interrupt_after` (node names or "*"), `durability` ("sync", "async",
        "exit").
        """
        yield from self._chunks(self._events(input, config, Loop(), **options), stream_mode)

    async def ainvoke(self, input: Any, config: Config | None = None, **options: Any) -> Any:  # noqa: A002 - LangGraph's name.
        """Run like `invoke`, without blocking the event loop."""
        ended = [
            event
            async for event in in_thread(
                lambda loop: self._events(input, config, loop, **options), only=RunEnded
            )
        ]
        return self._result(iter(ended))

    def astream(
        self,
        input: Any,  # noqa: A002 - LangGraph's name.
        config: Config | None = None,
        *,
        stream_mode: str | Sequence[str] = "updates",
        **options: Any,
    ) -> AsyncIterator[Any]:
        """Stream like `stream`, without blocking the event loop."""
        return in_thread(
            lambda loop: self._chunks(self._events(input, config, loop, **options), stream_mode)
        )

    def get_state(self, config: Config) -> StateSnapshot:
        """Return where a thread stands; an empty snapshot for one that does not exist.

        With a `checkpoint_id` in the config, return that checkpoint as it was recorded.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
        """
        configurable = dict(config.get("configurable", {}))
        thread = thread_id(config)
        id_ = configurable.get("checkpoint_id")
        saved = self._kept().load(thread, "", id_)
        if saved is None:
            return empty_snapshot(dict(config))
        return snapshot(self.graph, saved, live=id_ is None)

    def get_state_history(
        self,
        config: Config,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangGraph's name.
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """Yield the checkpoints of a thread as they were recorded, the newest first.

        `filter` compares metadata (`source`, `step`), `before` names a checkpoint in a config.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
        """
        before_id = checkpoint_named(before or {})
        left = limit
        for saved in self._kept().history(thread_id(config), "", before_id):
            found = snapshot(self.graph, saved, live=False)
            metadata = found.metadata or {}
            if any(metadata.get(key) != wanted for key, wanted in (filter or {}).items()):
                continue
            if left is not None and (left := left - 1) < 0:
                return
            yield found

    def update_state(
        self,
        config: Config,
        values: Any,
        as_node: str | None = None,
        task_id: str | None = None,
    ) -> dict[str, Any]:
        """Write `values` as if a node had returned them; return the config of the new checkpoint.

        `as_node` is by default the node that wrote last. `END` without values drops what was
        planned, `"__input__"` gives new input, `"__copy__"` copies the checkpoint. With a
        `checkpoint_id` in the config the new checkpoint follows that one. Open questions are
        withdrawn.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
            InvalidUpdateError: the values do not fit, or several nodes wrote last.
            ThreadHeldError: a run holds the thread.
        """
        return self.bulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    def bulk_update_state(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> dict[str, Any]:
        """Write several supersteps of updates at once; return the config of the last checkpoint.

        The updates of one superstep are folded together, in the order given; each names its node.

        Raises:
            ValueError: there is no update, or as `update_state` raises.
            InvalidUpdateError: an update does not fit; then none of them is written.
            ThreadHeldError: a run holds the thread.
        """
        checkpointer, thread = self._kept(), thread_id(config)
        with checkpointer.claim(thread):
            begins = new_thread(thread, self.name, "", utc_now())
            update = Update(self.graph, checkpointer, begins, checkpoint_named(config))
            made = update.write(supersteps)
        configurable = {**config.get("configurable", {}), "checkpoint_ns": ""}
        return {**config, "configurable": {**configurable, "checkpoint_id": made.id}}

    def _chunks(self, events: Iterator[Event], mode: str | Sequence[str]) -> Iterator[Any]:
        check_modes(mode)
        for event in events:
            yield from chunks(self.graph, event, mode)
        unless_failed(event)  # every run ends with RunEnded

    def _result(self, events: Iterator[Event]) -> Any:
        for event in events:  # noqa: B007 - the last one is wanted.
            pass
        return returned(self.graph, unless_failed(event))

    def _events(
        self, value: Any, config: Config | None, loop: Loop, **options: Any
    ) -> Iterator[Event]:
        config = config or {}
        tools = self._tools(self.checkpointer, run_options(config, **options), config, loop)
        if self.checkpointer is None:
            return without_thread(self.graph, value, tools)
        return on_thread(self.graph, value, thread_id(config), self.checkpointer, tools)

    def _tools(
        self,
        checkpointer: Checkpointer | None,
        options: RunOptions,
        config: Config,
        loop: Loop | None = None,
    ) -> Tools:
        options = replace(
            options,
            break_before=(*self.interrupt_before, *options.break_before),
            break_after=(*self.interrupt_after, *options.break_after),
        )
        recorder = Recorder(checkpointer, options.durability)
        return Tools(recorder, options, config, options.reveal, utc_now, loop or Loop())

    @contextmanager
    def _saved(self, checkpointer: Checkpointer, thread: str) -> Iterator[Saved]:
        with checkpointer.claim(thread):
            yield required(checkpointer.load(thread), thread)

    def _kept(self) -> Checkpointer:
        if self.checkpointer is None:
            raise ValueError("No checkpointer set: compile(checkpointer=…)")
        return self.checkpointer

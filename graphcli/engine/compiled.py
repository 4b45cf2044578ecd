"""A compiled graph: run it, resume it, look at its threads. LangGraph's names and meaning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cached_property
from types import GenericAlias
from typing import Any, ClassVar, Self, Unpack

from graphcli.engine.annotations import classes_in, json_schema
from graphcli.engine.asynchronous import in_thread
from graphcli.engine.binding import merged
from graphcli.engine.checkpointer import Checkpointer, required_checkpointer
from graphcli.engine.clock import utc_now
from graphcli.engine.drawing import Drawing, draw
from graphcli.engine.events import Event, RunEnded
from graphcli.engine.invoking import (
    Config,
    checkpoint_named,
    failing_at_its_end,
    on_thread,
    required,
    run_options,
    thread_id,
    unless_failed,
    without_thread,
)
from graphcli.engine.keywords import InvokeKeywords, StreamKeywords, parted
from graphcli.engine.model import (
    Answer,
    StateSnapshot,
    StateUpdate,
    Status,
)
from graphcli.engine.output import returned
from graphcli.engine.position import Tools
from graphcli.engine.protocol import RunOptions, Settle
from graphcli.engine.recorder import Recorder
from graphcli.engine.resume import go_on, new_thread, start
from graphcli.engine.runtime import coerced
from graphcli.engine.snapshot import empty_snapshot, snapshot
from graphcli.engine.standing import Standing, standing_of
from graphcli.engine.streaming import Stream, view_of
from graphcli.engine.structure import Graph
from graphcli.engine.subgraph import Seat, inherited, inside, seat_for
from graphcli.engine.twins import AsyncTwins
from graphcli.engine.updating import Update
from graphcli.engine.workers import Loop
from graphcli.errors import ThreadExistsError


class CompiledGraph(AsyncTwins):
    """A graph that runs. Made by `StateGraph.compile()`."""

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)  # for annotations only

    def __init__(
        self,
        graph: Graph,
        checkpointer: Checkpointer | bool | None = None,
        interrupt_before: Sequence[str] = (),
        interrupt_after: Sequence[str] = (),
        classes: tuple[type, ...] = (),
    ) -> None:
        self.graph = graph
        self.checkpointer = checkpointer
        self.interrupt_before = tuple(interrupt_before)
        self.interrupt_after = tuple(interrupt_after)
        self.config: Config = {}
        self._classes = classes
        if (own := self._own_checkpointer()) is not None:
            required_checkpointer(own).register(self.classes)

    @cached_property
    def classes(self) -> tuple[type, ...]:
        """The classes whose objects may be stored: declared ones, and those of the state."""
        schemas = (self.graph.state.type, self.graph.input.type, self.graph.output.type)
        own = [node.schema.type for node in self.graph.nodes.values()]
        named = (cls for schema in (*schemas, *own) for cls in classes_in(schema))
        inside = (cls for subgraph in self.subgraphs.values() for cls in subgraph.classes)
        return tuple(dict.fromkeys((*self._classes, *named, *inside)))

    @property
    def subgraphs(self) -> dict[str, CompiledGraph]:
        """The compiled graphs that are nodes of this one, by node."""
        nodes = self.graph.nodes.values()
        return {
            node.name: node.function.graph
            for node in nodes
            if isinstance(node.function, SubgraphNode)
        }

    @property
    def name(self) -> str:
        """The graph's name."""
        return self.graph.name

    @property
    def node_names(self) -> tuple[str, ...]:
        """The names of its nodes, in the order they were added."""
        return tuple(self.graph.nodes)

    def with_config(self, config: Config | None = None, **more: Any) -> Self:
        """Return this graph bound to a config: what a call's own config leaves open, it says.

        It holds for runs; whoever looks at a thread names it.
        """
        bound = copy(self)
        bound.config = merged(merged(self.config, config), more)
        return bound

    def get_input_jsonschema(self, config: Config | None = None) -> dict[str, Any]:  # noqa: ARG002
        """Return the JSON Schema of the input."""
        return json_schema(self.graph.input.type)

    def get_output_jsonschema(self, config: Config | None = None) -> dict[str, Any]:  # noqa: ARG002
        """Return the JSON Schema of the output."""
        return json_schema(self.graph.output.type)

    def get_context_jsonschema(self) -> dict[str, Any] | None:
        """Return the JSON Schema of the context, None for a graph that declares none."""
        context = self.graph.context
        return None if context is None else json_schema(context)

    @property
    def input_schema(self) -> Any:
        """The type that names the keys of the input."""
        return self.graph.input.type

    @property
    def output_schema(self) -> Any:
        """The type that names the keys of the output."""
        return self.graph.output.type

    def get_graph(
        self,
        config: Config | None = None,  # noqa: ARG002 - LangGraph's; nothing here depends on it.
        *,
        xray: int | bool = False,  # noqa: ARG002 - LangGraph's; there are no subgraphs to open.
    ) -> Drawing:
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
                raise ThreadExistsError(thread, standing_of(saved, checkpointer).status.value)
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
        with self._standing(checkpointer, thread) as standing:
            tools = self._tools(checkpointer, options, {"configurable": {"thread_id": thread}})
            yield from go_on(self.graph, standing, tools, answers, settle)

    def extend(
        self, thread: str, value: Any, checkpointer: Checkpointer, options: RunOptions
    ) -> Iterator[Event]:
        """Give a finished thread new input; the last event is RunEnded.

        Raises:
            ThreadExistsError: the thread is not finished.
        """
        with self._standing(checkpointer, thread) as standing:
            if standing.status is not Status.FINISHED:
                raise ThreadExistsError(thread, standing.status.value)
            tools = self._tools(checkpointer, options, {"configurable": {"thread_id": thread}})
            yield from start(self.graph, standing.saved.thread, value, tools, standing.saved)

    # The library --------------------------------------------------------------------------

    def invoke(
        self,
        input: Any,  # noqa: A002 - LangGraph's name.
        config: Config | None = None,
        **options: Unpack[InvokeKeywords],
    ) -> Any:
        """Run until the graph has ended or asks, and return its output.

        The output of a graph that asks has the open questions under `__interrupt__`, and beside
        it in a GraphOutput (`version="v2"`). `input` is the graph's input, a
        `Command(resume=…)`, or None to go on. With another stream mode than `values`, return a
        list of its chunks. For options see `stream`.

        Raises:
            Exception: what a node raised.
        """
        if options.get("stream_mode", "values") != "values":
            return list(self.stream(input, config, **options))
        shown, how = parted(options)
        events = self._events(input, config, Loop(), self._seat(config), **how)
        return self._result(events, shown)

    def stream(
        self,
        input: Any,  # noqa: A002 - LangGraph's name.
        config: Config | None = None,
        **options: Unpack[StreamKeywords],
    ) -> Iterator[Any]:
        """Run like `invoke` and yield what happens, in one stream mode or in several.

        `stream_mode` is `updates` (the default: what each node returned), `values` (the state
        after each superstep), `custom` (what nodes wrote), `tasks`, `checkpoints` or `debug`
        (both). A list of modes yields (mode, chunk) pairs; `subgraphs` puts the path to the
        subgraph first; `version="v2"` yields `{"type", "ns", "data"}`. `output_keys` limits the
        values that are shown. `interrupt_before` and `interrupt_after` are node names or "*",
        `durability` is "sync", "async" or "exit", `context` is what nodes find in their Runtime.

        Raises:
            ValueError: there is no such mode, version or key.
            TypeError: there is no such option.
        """
        shown, how = parted(options)
        told = self._teller(shown)
        events = failing_at_its_end(self._events(input, config, Loop(), self._seat(config), **how))
        return (chunk for event in events for chunk in told(event))

    async def ainvoke(
        self,
        input: Any,  # noqa: A002 - LangGraph's name.
        config: Config | None = None,
        **options: Unpack[InvokeKeywords],
    ) -> Any:
        """Run like `invoke`, without blocking the event loop."""
        if options.get("stream_mode", "values") != "values":
            return [chunk async for chunk in self.astream(input, config, **options)]
        shown, how = parted(options)
        seat = self._seat(config)
        ended = [
            event
            async for event in in_thread(
                lambda loop: self._events(input, config, loop, seat, **how),
                lambda event: (event,) if isinstance(event, RunEnded) else (),
            )
        ]
        return self._result(iter(ended), shown)

    def astream(
        self,
        input: Any,  # noqa: A002 - LangGraph's name.
        config: Config | None = None,
        **options: Unpack[StreamKeywords],
    ) -> AsyncIterator[Any]:
        """Stream like `stream`, without blocking the event loop."""
        shown, how = parted(options)
        seat = self._seat(config)
        return in_thread(
            lambda loop: failing_at_its_end(self._events(input, config, loop, seat, **how)),
            self._teller(shown),
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

    def _teller(self, shown: Mapping[str, Any]) -> Callable[[Event], Iterator[Any]]:
        view = view_of(self.graph, **shown)
        return Stream(self.graph, view, utc_now, kept=self.checkpointer is not None).chunks

    def _result(self, events: Iterator[Event], shown: Mapping[str, Any]) -> Any:
        view = view_of(self.graph, **shown)
        for event in events:  # noqa: B007 - the last one is wanted.
            pass
        return returned(self.graph, unless_failed(event), view.keys, view.version)

    def _seat(self, config: Config | None) -> Seat | None:
        """Where this graph runs as a subgraph; None where it is called outside of a task."""
        keeps = self.checkpointer if isinstance(self.checkpointer, bool) else None
        return seat_for(merged(self.config, config), keeps)

    def _events(
        self, value: Any, config: Config | None, loop: Loop, seat: Seat | None, **options: Any
    ) -> Iterator[Event]:
        config = merged(self.config, config)
        checkpointer = self._own_checkpointer() or inherited()
        tools = self._tools(checkpointer, run_options(config, **options), config, loop)
        if seat is not None:
            if checkpointer is not None:
                checkpointer.register(self.classes)
            return inside(self.graph, value, seat, tools)
        if self.checkpointer is True:
            raise RuntimeError("checkpointer=True cannot be used for root graphs.")
        if checkpointer is None:
            return without_thread(self.graph, value, tools)
        return on_thread(self.graph, value, thread_id(config), checkpointer, tools)

    def _own_checkpointer(self) -> Checkpointer | None:
        return None if isinstance(self.checkpointer, bool) else self.checkpointer

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
            context=coerced(self.graph.context, options.context),
        )
        recorder = Recorder(checkpointer, options.durability)
        return Tools(recorder, options, config, options.reveal, utc_now, loop or Loop())

    @contextmanager
    def _standing(self, checkpointer: Checkpointer, thread: str) -> Iterator[Standing]:
        with checkpointer.claim(thread):
            yield standing_of(required(checkpointer.load(thread), thread), checkpointer)

    def _kept(self) -> Checkpointer:
        checkpointer = self._own_checkpointer()
        if checkpointer is None:
            raise ValueError("No checkpointer set: compile(checkpointer=…)")
        return checkpointer


class SubgraphNode:
    """A compiled graph as the function of a node."""

    def __init__(self, graph: CompiledGraph) -> None:
        self.graph = graph
        self.__name__ = graph.name

    def __call__(self, state: Any) -> Any:
        """Run the graph with the state that the node reads as its input."""
        return self.graph.invoke(state)


def as_function(node: Any) -> Any:
    """Return what a node is made of as a function, where it is a compiled graph."""
    return SubgraphNode(node) if isinstance(node, CompiledGraph) else node

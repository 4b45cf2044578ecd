"""How a program runs a compiled graph: invoke and stream, LangGraph's names and meaning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from graphcli.deferred import later
from graphcli.engine.face.binding import merged
from graphcli.engine.face.foundation import Foundation
from graphcli.engine.face.invoking import (
    Config,
    failing_at_its_end,
    on_thread,
    run_options,
    thread_id,
    unless_failed,
    without_thread,
)
from graphcli.engine.face.keywords import InvokeKeywords, StreamKeywords, parted
from graphcli.engine.running.events import Event, RunEnded
from graphcli.engine.running.workers import Loop
from graphcli.engine.values.clock import utc_now

if TYPE_CHECKING:
    from graphcli.engine.face import asynchronous, streaming, subgraph
    from graphcli.engine.face.subgraph import Seat
    from graphcli.engine.running import output
else:
    asynchronous = later("graphcli.engine.face.asynchronous")
    output = later("graphcli.engine.running.output")
    streaming = later("graphcli.engine.face.streaming")
    subgraph = later("graphcli.engine.face.subgraph")


class Calling(Foundation):
    """Run to the end or to a question, in one go or step by step, with or without a thread."""

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
        seat = self._seat(config)
        events = self._events(input, config, Loop(), seat, heard=False, **how)
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
            async for event in asynchronous.in_thread(
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
        return asynchronous.in_thread(
            lambda loop: failing_at_its_end(self._events(input, config, loop, seat, **how)),
            self._teller(shown),
        )

    def _teller(self, shown: Mapping[str, Any]) -> Callable[[Event], Iterator[Any]]:
        view = streaming.view_of(self.graph, **shown)
        return streaming.Stream(
            self.graph, view, utc_now, kept=self.checkpointer is not None
        ).chunks

    def _result(self, events: Iterator[Event], shown: Mapping[str, Any]) -> Any:
        view = streaming.view_of(self.graph, **shown)
        for event in events:  # noqa: B007 - the last one is wanted.
            pass
        return output.returned(self.graph, unless_failed(event), view.keys, view.version)

    def _seat(self, config: Config | None) -> Seat | None:
        """Where this graph runs as a subgraph; None where it is called outside of a task."""
        keeps = self.checkpointer if isinstance(self.checkpointer, bool) else None
        return subgraph.seat_for(merged(self.config, config), keeps)

    def _events(
        self,
        value: Any,
        config: Config | None,
        loop: Loop,
        seat: Seat | None,
        *,
        heard: bool = True,
        **options: Any,
    ) -> Iterator[Event]:
        config = merged(self.config, config)
        checkpointer = self._own_checkpointer() or subgraph.inherited()
        how, kept = run_options(config, **options), seat is None and checkpointer is not None
        known = self.fingerprint if kept else None
        tools = self._tools(checkpointer, how, config, loop, known, heard=heard)
        if seat is not None:
            if checkpointer is not None:
                checkpointer.register(self.classes)
            return subgraph.inside(self.graph, value, seat, tools)
        if self.checkpointer is True:
            raise RuntimeError("checkpointer=True cannot be used for root graphs.")
        if checkpointer is None:
            return without_thread(self.graph, value, tools)
        return on_thread(self.graph, value, thread_id(config), checkpointer, tools)

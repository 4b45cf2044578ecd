"""A graph with how it was compiled: what every face of a compiled graph stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from graphcli.dataclass import replace
from graphcli.deferred import later
from graphcli.engine.face.binding import merged
from graphcli.engine.face.invoking import Config
from graphcli.engine.graph.annotations import classes_in, json_schema
from graphcli.engine.graph.place import paths_in
from graphcli.engine.graph.structure import Graph
from graphcli.engine.resuming.ahead import way_after
from graphcli.engine.resuming.fingerprint import fingerprint_of
from graphcli.engine.running.position import Tools
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.running.recorder import Recorder
from graphcli.engine.running.runtime import coerced
from graphcli.engine.running.workers import Loop
from graphcli.engine.values.checkpointer import Checkpointer, required_checkpointer
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.ways import Way

if TYPE_CHECKING:
    from graphcli.engine.face import drawing
    from graphcli.engine.face.drawing import Drawing
else:
    drawing = later("graphcli.engine.face.drawing")


class Foundation:
    """A graph, its checkpointer and its breakpoints."""

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

    @cached_property
    def fingerprint(self) -> Mapping[str, str]:
        """The prints of the graph's pieces, by which a thread notices that they have changed."""
        return fingerprint_of(self.graph)

    @property
    def subgraphs(self) -> dict[str, Self]:
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

    def get_graph(
        self,
        config: Config | None = None,  # noqa: ARG002 - LangGraph's; nothing here depends on it.
        *,
        xray: int | bool = False,
    ) -> Drawing:
        """Return the graph as nodes and arrows; `xray` opens subgraphs, a number of levels or all.

        The nodes of a subgraph are called by their paths: `audit/sign`.
        """
        return drawing.draw(self.graph, xray)

    def draw_mermaid(self, *, xray: bool = False) -> str:
        """Return the graph as Mermaid text, with `xray` its subgraphs opened."""
        return drawing.draw(self.graph, xray).draw_mermaid()

    def way_after(self, path: str) -> Way | None:
        """Return what comes after the node at `path`, None where the graph does not say."""
        return way_after(self.graph, path)

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
    def node_paths(self) -> tuple[str, ...]:
        """The paths of its nodes and of those of its subgraphs: `audit`, `audit/sign`."""
        return tuple(paths_in(self.graph))

    @property
    def input_schema(self) -> Any:
        """The type that names the keys of the input."""
        return self.graph.input.type

    @property
    def output_schema(self) -> Any:
        """The type that names the keys of the output."""
        return self.graph.output.type

    def _own_checkpointer(self) -> Checkpointer | None:
        return None if isinstance(self.checkpointer, bool) else self.checkpointer

    def _tools(
        self,
        checkpointer: Checkpointer | None,
        options: RunOptions,
        config: Config,
        loop: Loop | None = None,
        fingerprint: Mapping[str, str] | None = None,
        *,
        heard: bool = True,
    ) -> Tools:
        if self.interrupt_before or self.interrupt_after or options.context is not None:
            options = replace(
                options,
                break_before=(*self.interrupt_before, *options.break_before),
                break_after=(*self.interrupt_after, *options.break_after),
                context=coerced(self.graph.context, options.context),
            )
        recorder = Recorder(checkpointer, options.durability)
        lent = (recorder, options, config, options.reveal, utc_now, loop or Loop())
        return Tools(*lent, fingerprint=fingerprint or {}, heard=heard)

    def _kept(self) -> Checkpointer:
        checkpointer = self._own_checkpointer()
        if checkpointer is None:
            raise ValueError("No checkpointer set: compile(checkpointer=…)")
        return checkpointer


class SubgraphNode:
    """A compiled graph as the function of a node."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph  # a CompiledGraph, which is built on this module
        self.__name__ = graph.name

    def __call__(self, state: Any) -> Any:
        """Run the graph with the state that the node reads as its input."""
        return self.graph.invoke(state)

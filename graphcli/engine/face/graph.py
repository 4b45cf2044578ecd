"""StateGraph: name nodes, join them by edges and branches, compile."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import timedelta
from types import FunctionType, GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from graphcli.deferred import later
from graphcli.engine.face.compiled import CompiledGraph, as_function
from graphcli.engine.face.foundation import SubgraphNode
from graphcli.engine.graph.channels import Channel, Schema, schema_of
from graphcli.engine.graph.functions import (
    declared_destinations,
    first_hint,
    is_async,
    literal_ends,
    named,
)
from graphcli.engine.graph.injection import wanted
from graphcli.engine.graph.structure import Branch, Graph, Join, Node
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.engine.values.model import END, START, RetryPolicy
from graphcli.errors import InvalidGraphError, did_you_mean

if TYPE_CHECKING:
    from graphcli.engine.tools import node as toolnode
else:
    toolnode = later("graphcli.engine.tools.node")

Action = Callable[..., Any] | CompiledGraph
Ends = dict[Hashable, str] | list[str] | tuple[str, ...] | None


class StateGraph:
    """Build a graph whose nodes read a shared state and return updates to it.

    `state_schema` is a TypedDict, a dataclass or a pydantic model; `Annotated[T, reducer]` says
    how concurrent writes to a key fold. `context_schema` is the type of what a run is lent by
    `invoke(…, context=…)`. Signatures and meaning are LangGraph's.
    """

    def __init__(
        self,
        state_schema: Any,
        context_schema: Any = None,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
    ) -> None:
        self._channels: dict[str, Channel] = {}
        self._managed: set[str] = set()
        self._context = context_schema
        self._state = self._add_schema(state_schema)
        self._input = self._add_schema(input_schema) if input_schema else self._state
        self._output = self._add_schema(output_schema) if output_schema else self._state
        self._nodes: dict[str, Node] = {}
        self._edges: dict[str, list[str]] = {}
        self._joins: list[Join] = []
        self._branches: dict[str, list[Branch]] = {}

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)  # for annotations only

    @property
    def managed(self) -> frozenset[str]:
        """The state keys that the engine fills in: a node reads them, and nobody writes them."""
        return frozenset(self._managed - self._channels.keys())

    def add_node(
        self,
        node: str | Action,
        action: Action | None = None,
        *,
        defer: bool = False,
        metadata: Mapping[str, Any] | None = None,
        input_schema: Any = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        destinations: Mapping[str, str] | tuple[str, ...] | None = None,
        timeout: float | timedelta | None = None,
        on_crash: Literal["ask", "rerun"] | None = None,
        fingerprint: str = "",
        **later: Any,
    ) -> Self:
        """Add a node; without `action`, `node` is the function and its name the node's name.

        A compiled graph as the function is a subgraph: it gets the keys that both have.

        `timeout` (seconds) is for async functions: a thread cannot be stopped from outside.
        `on_crash="rerun"` says that running the node again after a crash is harmless. It is so
        by default for a subgraph, whose own nodes say what is not. A node finds `metadata` in
        the metadata of its config.

        Raises:
            InvalidGraphError: the name is taken or not allowed, the timeout cannot be kept, or
                the node is given what LangGraph has and we do not.
            TypeError: there is no such option.
        """
        name, function = named(as_function(node), as_function(action))
        self._check_name(name)
        _refuse(name, later)
        subgraph = function.graph if isinstance(function, SubgraphNode) else None
        tools = _tools(function)
        function = tools.run if tools else function
        needs_loop = tools.is_async if tools else is_async(function)
        if timeout is not None and not needs_loop:
            raise InvalidGraphError(
                f"node `{name}` has a timeout but is not async",
                "define it with `async def`: a thread cannot be stopped from outside",
            )
        policies = (retry_policy,) if isinstance(retry_policy, RetryPolicy) else retry_policy
        self._nodes[name] = Node(
            name,
            function,
            self._add_schema(input_schema) if input_schema else self._own_schema(function),
            tools.wants if tools else wanted(function),
            tuple(policies or ()),
            timeout.total_seconds() if isinstance(timeout, timedelta) else timeout,
            on_crash or ("ask" if subgraph is None else "rerun"),
            defer,
            tools.awaits if tools else needs_loop,
            tuple(destinations) if destinations else declared_destinations(function),
            fingerprint,
            None if subgraph is None else subgraph.graph,
            tools.split if tools else None,
            dict(metadata or {}),
        )
        return self

    def add_edge(self, start_key: str | Sequence[str], end_key: str) -> Self:
        """Always go from a node to another; from several, wait until all of them have ended."""
        if not isinstance(start_key, str):
            self._joins.append(Join(tuple(start_key), end_key))
            return self
        if start_key == END:
            raise InvalidGraphError("END cannot be the start of an edge")
        if end_key == START:
            raise InvalidGraphError("START cannot be the end of an edge")
        self._edges.setdefault(start_key, []).append(end_key)
        return self

    def add_conditional_edges(
        self, source: str, path: Callable[..., Any], path_map: Ends = None
    ) -> Self:
        """Let `path(state)` choose where to go after `source`: names, Sends, or keys of `path_map`.

        Raises:
            InvalidGraphError: `source` already has a branch of that name.
        """
        name = getattr(path, "__name__", type(path).__name__)
        name = "condition" if name == "<lambda>" else name
        branches = self._branches.setdefault(source, [])
        if any(branch.name == name for branch in branches):
            raise InvalidGraphError(
                f"node `{source}` already has a branch named `{name}`",
                "give the function another name",
            )
        ends = _ends(path_map) or literal_ends(path)
        schema = self._own_schema(path)
        branches.append(Branch(name, path, schema, ends, wanted(path), is_async(path)))
        return self

    def add_sequence(
        self, nodes: Sequence[Callable[..., Any] | tuple[str, Callable[..., Any]]]
    ) -> Self:
        """Add nodes that run one after the other.

        Raises:
            InvalidGraphError: there are none, or a name is taken.
        """
        if not nodes:
            raise InvalidGraphError("Sequence requires at least one node")
        before: str | None = None
        for node in nodes:
            name, function = node if isinstance(node, tuple) else named(node, None)
            self.add_node(name, function)
            if before is not None:
                self.add_edge(before, name)
            before = name
        return self

    def set_entry_point(self, key: str) -> Self:
        """Start with `key`."""
        return self.add_edge(START, key)

    def set_finish_point(self, key: str) -> Self:
        """End after `key`."""
        return self.add_edge(key, END)

    def set_conditional_entry_point(self, path: Callable[..., Any], path_map: Ends = None) -> Self:
        """Let `path(state)` choose where to start."""
        return self.add_conditional_edges(START, path, path_map)

    def compile(
        self,
        checkpointer: Checkpointer | bool | None = None,
        *,
        interrupt_before: Literal["*"] | Sequence[str] | None = None,
        interrupt_after: Literal["*"] | Sequence[str] | None = None,
        debug: bool = False,  # noqa: ARG002 - LangGraph's; it prints nothing here.
        name: str | None = None,
        classes: Sequence[type] = (),
    ) -> CompiledGraph:
        """Check the graph and return one that runs.

        For a graph that others run as a subgraph, `checkpointer=True` keeps its state from call
        to call, False keeps nothing of it; by default it lives as long as the task that runs it.

        `classes` are the dataclasses, enums and pydantic models that may be stored besides
        those that the state schema names.

        Raises:
            InvalidGraphError: an edge names a node that does not exist, or there is no entry.
            TypeError: `checkpointer` is none.
        """
        self._check_edges()
        before, after = _breaks(interrupt_before), _breaks(interrupt_after)
        for wanted_break in (*before, *after):
            if wanted_break != "*" and wanted_break not in self._nodes:
                raise InvalidGraphError(f"Interrupt node `{wanted_break}` not found")
        graph = Graph(
            name or "graph",
            dict(self._channels),
            self._state,
            self._input,
            self._output,
            dict(self._nodes),
            {source: tuple(dict.fromkeys(targets)) for source, targets in self._edges.items()},
            {source: tuple(branches) for source, branches in self._branches.items()},
            tuple(self._joins),
            self._context,
            self.managed,
        )
        return CompiledGraph(graph, checkpointer, before, after, tuple(classes))

    def _add_schema(self, type_: Any) -> Schema:
        """Make the keys of `type_` channels; the first schema that names a reducer decides it."""
        schema, channels = schema_of(type_)
        self._managed.update(schema.managed)
        for name, channel in channels.items():
            if name not in self._channels or (
                channel.reducer is not None and self._channels[name].reducer is None
            ):
                self._channels[name] = channel
        return schema

    def _own_schema(self, function: Callable[..., Any]) -> Schema:
        """The schema that a function's first parameter is annotated with, else the whole state."""
        hint = first_hint(function)
        if hint is None or hint == self._state.type:
            return self._state
        return self._add_schema(hint)

    def _check_name(self, name: str) -> None:
        if name in self._nodes:
            raise InvalidGraphError(
                f"Node `{name}` already present: there are two nodes of that name"
            )
        if name in (START, END):
            raise InvalidGraphError(f"Node `{name}` is reserved")
        if not name or "|" in name or ":" in name:
            raise InvalidGraphError(
                f"node name `{name}` is empty or has '|' or ':', which are reserved characters"
            )

    def _check_edges(self) -> None:
        if START not in self._edges and START not in self._branches:
            raise InvalidGraphError(
                "Graph must have an entrypoint: there is no edge from START",
                "add one: add_edge(START, 'the first node')",
            )
        for source, targets in (*self._edges.items(), *self._join_edges(), *self._branch_edges()):
            for name in (source, *targets):
                if name not in self._nodes and name not in (START, END):
                    how = "starting" if name == source else "ending"
                    raise InvalidGraphError(
                        f"Found edge {how} at unknown node `{name}`"
                        + did_you_mean(name, self._nodes),
                        "add the node, or mend the name",
                    )

    def _join_edges(self) -> list[tuple[str, list[str]]]:
        return [(source, [join.target]) for join in self._joins for source in join.sources]

    def _branch_edges(self) -> list[tuple[str, list[str]]]:
        return [
            (source, list((branch.ends or {}).values()))
            for source, branches in self._branches.items()
            for branch in branches
        ]


def _tools(function: Any) -> toolnode.ToolNode | None:
    """Return `function` where it is a ToolNode: for a plain function none is loaded to see."""
    if isinstance(function, FunctionType):
        return None
    return function if isinstance(function, toolnode.ToolNode) else None


def _refuse(node: str, options: Mapping[str, Any]) -> None:
    """Refuse the options of a node that LangGraph has and we do not; None asks for nothing."""
    for name, value in options.items():
        if name not in ("cache_policy", "error_handler", "trace_policy"):
            raise TypeError(f"add_node() got an unexpected keyword argument '{name}'")
        if value is not None:
            raise InvalidGraphError(
                f"node `{node}` has a {name}, which is not supported yet",
                "leave it out, or do the same inside the function",
            )


def _breaks(nodes: Literal["*"] | Sequence[str] | None) -> tuple[str, ...]:
    return (nodes,) if isinstance(nodes, str) else tuple(nodes or ())


def _ends(path_map: Ends) -> dict[Hashable, str] | None:
    if path_map is None or isinstance(path_map, dict):
        return path_map
    return {name: name for name in path_map}

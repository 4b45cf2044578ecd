"""What a graph is: nodes, edges, branches and waiting edges, checked and frozen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal

from graphcli.dataclass import dataclass, field
from graphcli.engine.graph.channels import Channel, Schema
from graphcli.engine.values.model import END, START, RetryPolicy, Send, Task
from graphcli.errors import InvalidGraphError, did_you_mean


@dataclass(frozen=True, slots=True)
class Node:
    """A named function with how it is run. `timeout` is in seconds.

    `wants` has its parameters that are handed over, with what each is given. `subgraph` is the
    graph that the function runs, where the node is one.

    A node with a `split` runs once for each part that it makes of a state, or of a Send's
    argument: each a task. Of a part it makes that part; where it makes none, the node runs once.
    `is_async` may be a function of a task's input, where it is not the same for all parts.
    """

    name: str
    function: Callable[..., Any]
    schema: Schema
    wants: Mapping[str, str] = field(default_factory=dict)
    retry: tuple[RetryPolicy, ...] = ()
    timeout: float | None = None
    on_crash: Literal["ask", "rerun"] = "ask"
    defer: bool = False
    is_async: bool | Callable[[Any], bool] = False
    destinations: tuple[str, ...] | None = None
    fingerprint: str = ""
    subgraph: Graph | None = None
    split: Callable[[Any], Sequence[Any]] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def speaks(self) -> bool:
        """Whether it may write to a stream, or is a graph, and so has to be heard while it runs."""
        writes = not {"writer", "runtime"}.isdisjoint(self.wants.values())
        return writes or self.subgraph is not None

    def awaits(self, task: Task) -> bool:
        """Whether its function gives something to await in `task`."""
        return self.is_async(task.input) if callable(self.is_async) else self.is_async


@dataclass(frozen=True, slots=True)
class Branch:
    """A function that chooses where a node leads; `ends` maps what it returns to nodes."""

    name: str
    path: Callable[..., Any]
    schema: Schema
    ends: Mapping[Hashable, str] | None = None
    wants: Mapping[str, str] = field(default_factory=dict)
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """A waiting edge: `target` runs when every one of `sources` has ended since it last ran."""

    sources: tuple[str, ...]
    target: str

    @property
    def name(self) -> str:
        """The key under which a checkpoint keeps the sources that have arrived."""
        return f"{'+'.join(self.sources)}:{self.target}"


@dataclass(frozen=True, slots=True)
class Graph:
    """A checked graph. `nodes` keeps the order in which they were added.

    `context` is the type of what a run is lent; `managed` names keys that only the engine fills.
    `deferring` are the nodes that wait until nothing else is left, `sync` those that never need
    an event loop, `speaking` those that have to be heard while they run.
    """

    name: str
    channels: Mapping[str, Channel]
    state: Schema
    input: Schema
    output: Schema
    nodes: Mapping[str, Node]
    edges: Mapping[str, tuple[str, ...]]
    branches: Mapping[str, tuple[Branch, ...]]
    joins: tuple[Join, ...] = ()
    context: Any = None
    managed: frozenset[str] = frozenset()
    deferring: frozenset[str] = field(init=False)
    sync: frozenset[str] = field(init=False)
    speaking: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Note what every superstep asks of the nodes."""
        nodes = self.nodes.items()
        deferring = frozenset(name for name, node in nodes if node.defer)
        object.__setattr__(self, "deferring", deferring)
        speaking = frozenset(name for name, node in nodes if node.speaks)
        object.__setattr__(self, "speaking", speaking)
        looped = {name for name, node in nodes if node.is_async}
        looped |= {name for name, found in self.branches.items() if any(b.is_async for b in found)}
        object.__setattr__(self, "sync", frozenset({START, *self.nodes} - looped))

    def is_async(self, task: Task) -> bool:
        """Whether `task` needs an event loop, for its node's function or for a branch."""
        if task.node in self.sync:
            return False
        known = self.nodes.get(task.node)
        if known is not None and known.awaits(task):
            return True
        return any(branch.is_async for branch in self.branches.get(task.node, ()))

    def require(self, target: object, source: str) -> str:
        """Return `target` if it is a node or END.

        Raises:
            InvalidGraphError: it is neither; `source` is the node that leads there.
        """
        if isinstance(target, str) and (target in self.nodes or target == END):
            return target
        raise InvalidGraphError(
            f"node `{source}` leads to `{target}`, which is not a node"
            + did_you_mean(str(target), self.nodes),
            f"the nodes are {', '.join(f'`{name}`' for name in self.nodes)}",
        )

    def resolve(self, branch: Branch, chosen: Any, source: str) -> tuple[str | Send, ...]:
        """Return the nodes and Sends that a branch function chose.

        Raises:
            InvalidGraphError: it chose nothing, or something that is not a node.
        """
        if isinstance(chosen, str) or not isinstance(chosen, Sequence):
            target = self._end(branch, chosen, source)
            return () if target == END else (target,)
        targets = [self._end(branch, item, source) for item in chosen]
        return tuple([target for target in targets if target != END])

    def _end(self, branch: Branch, item: Any, source: str) -> str | Send:
        if isinstance(item, Send):
            self.require(item.node, source)
            return item
        if item is None or item == START:
            raise InvalidGraphError(
                f"Branch did not return a valid destination: `{branch.name}` after `{source}` "
                f"returned {item!r}",
                "return the name of a node, a list of them, a Send, or END",
            )
        if branch.ends is None:
            return self.require(item, source)
        if item not in branch.ends:
            raise InvalidGraphError(
                f"branch `{branch.name}` after `{source}` returned {item!r}, which its path map "
                f"does not have" + did_you_mean(str(item), map(str, branch.ends)),
                f"the path map has {', '.join(repr(key) for key in branch.ends)}",
            )
        return branch.ends[item]

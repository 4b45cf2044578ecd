"""What a thread needs of its graph to go on, looked for before an answer is taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from graphcli.deferred import later
from graphcli.engine.graph.place import graph_at, path_of
from graphcli.engine.graph.structure import Graph
from graphcli.engine.resuming.fingerprint import NODE, piece
from graphcli.engine.running.standing import Standing
from graphcli.engine.running.superstep import unfinished
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import END, START, Send, Task
from graphcli.errors import GraphChangedError

if TYPE_CHECKING:
    from graphcli.engine.tools import calls as toolcalls
    from graphcli.engine.tools import node as toolnode
else:
    toolnode = later("graphcli.engine.tools.node")
    toolcalls = later("graphcli.engine.tools.calls")


def require_all(graph: Graph, standing: Standing) -> None:
    """Refuse to go on where the graph, or one of its subgraphs, lacks what the thread stands on.

    Raises:
        GraphChangedError: a node that waits or comes next is gone, an edge that waits, or a key
            that a task has written to.
    """
    for saved in standing.every():
        at = graph_at(graph, saved.ns.removeprefix(standing.saved.ns))
        for error in _lost(at, saved) if at is not None else _no_subgraph(graph, saved):
            raise error


def require_nodes(graph: Graph, saved: Saved, nodes: Iterable[str]) -> None:
    """Refuse to plan a node that the graph does not have.

    Raises:
        GraphChangedError: one of `nodes` is gone.
    """
    for node in nodes:
        if node not in graph.nodes:
            raise _lacks(graph, saved, node)


def _lacks(graph: Graph, saved: Saved, node: str, how: str = "waits at node") -> GraphChangedError:
    known = [path_of(saved.ns, name) for name in graph.nodes]
    return GraphChangedError(saved.thread.id, path_of(saved.ns, node), known, how)


def _lost(graph: Graph, saved: Saved) -> Iterator[GraphChangedError]:
    """What a thread stands on and its graph does not have."""
    checkpoint = saved.checkpoint
    waiting = [task for task in unfinished(checkpoint, saved.results) if task.node != START]
    for node in (*(task.node for task in waiting), *sorted(checkpoint.deferred)):
        if node not in graph.nodes:
            yield _lacks(graph, saved, node)
    for task in waiting:
        yield from _lost_tool(graph, saved, task)
    if START not in graph.branches and any(asked.node == START for asked in saved.asked):
        yield _lacks(graph, saved, START, "waits for an answer to the branch after")
    yield from _lost_joins(graph, saved)
    yield from _lost_by_results(graph, saved)


def _lost_tool(graph: Graph, saved: Saved, task: Task) -> Iterator[GraphChangedError]:
    """The tool that has asked: without it the answer would reach nobody."""
    tools = getattr(graph.nodes[task.node].function, "__self__", None)
    if tools is None or all(asked.task != task.id for asked in saved.asked):
        return
    if isinstance(tools, toolnode.ToolNode):
        for part in tools.split(task.input):
            tool, known = toolcalls.read_call(part).name, tools.tools_by_name
            if tool not in known:
                how = f"waits at node `{path_of(saved.ns, task.node)}` for the tool"
                yield GraphChangedError(saved.thread.id, tool, known, how)


def _lost_joins(graph: Graph, saved: Saved) -> Iterator[GraphChangedError]:
    """Edges at which some nodes have arrived and wait for others: without them nobody goes on."""
    names = [join.name for join in graph.joins]
    for name in saved.checkpoint.joins:
        if name not in names:
            how = "waits for several nodes at the edge"
            yield GraphChangedError(saved.thread.id, path_of(saved.ns, name), names, how)


def _lost_by_results(graph: Graph, saved: Saved) -> Iterator[GraphChangedError]:
    """What tasks that are done before their siblings have written to, and where they lead."""
    for task in saved.checkpoint.tasks:
        result = saved.results.get(task.id)
        if result is None or result.outcome != "done":
            continue
        for target in result.goto:
            node = target.node if isinstance(target, Send) else target
            if node not in graph.nodes and node != END:
                yield _lacks(graph, saved, node, "goes on to node")
        for key, _ in result.writes:
            if key not in graph.channels:
                how = f"has what `{task.node}` wrote to the state's key"
                yield GraphChangedError(saved.thread.id, key, graph.channels, how)


def _no_subgraph(graph: Graph, saved: Saved) -> Iterator[GraphChangedError]:
    """The nodes of a subgraph that was a node of the graph and is none any more.

    A graph that only a function knows looks for itself, when the function runs it.
    """
    for task in unfinished(saved.checkpoint, saved.results):
        path = path_of(saved.ns, task.node)
        if piece(NODE, path) in saved.thread.fingerprint:
            yield GraphChangedError(saved.thread.id, path, graph.nodes)

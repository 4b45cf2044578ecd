"""A graph → its fingerprint: a print of each of its pieces, so that a change has a name."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin

from graphcli.engine.graph.channels import Channel
from graphcli.engine.graph.structure import Branch, Graph, Node
from graphcli.engine.resuming.prints import FunctionReader, print_of
from graphcli.engine.values.model import START

#: The pieces of a graph: a node, where a node leads, a key of the state.
NODE, EDGES, STATE = "node", "edges", "state"


def fingerprint_of(graph: Graph) -> dict[str, str]:
    """Return the prints of a graph's pieces, by `node:PATH`, `edges:PATH` and `state:PATH`.

    The pieces of a subgraph are named by their paths: `node:audit/sign`.
    """
    return dict(_pieces(graph, "", FunctionReader()))


def piece(part: str, path: str) -> str:
    """Return the key of a piece in a fingerprint."""
    return f"{part}:{path}"


def _pieces(graph: Graph, place: str, read: FunctionReader) -> Iterator[tuple[str, str]]:
    for name, node in graph.nodes.items():
        yield piece(NODE, place + name), _node(node, read)
        if node.subgraph is not None:
            yield from _pieces(node.subgraph, f"{place}{name}/", read)
    for name in (START, *graph.nodes):
        yield piece(EDGES, place + name), print_of(*_leads(graph, name, read))
    for name, channel in graph.channels.items():
        yield piece(STATE, place + name), _key(channel, read)


def _node(node: Node, read: FunctionReader) -> str:
    if node.subgraph is not None:
        return print_of("subgraph")  # what is in it has prints of its own
    return print_of(node.fingerprint) if node.fingerprint else read.print(node.function)


def _leads(graph: Graph, name: str, read: FunctionReader) -> Iterator[object]:
    """Where a node leads: its edges in any order, its branches, and the edges that wait for it."""
    yield from sorted(graph.edges.get(name, ()))
    yield from (_branch(branch, read) for branch in graph.branches.get(name, ()))
    yield from sorted(join.name for join in graph.joins if name in join.sources)


def _branch(branch: Branch, read: FunctionReader) -> tuple[object, ...]:
    ends = None if branch.ends is None else list(branch.ends.items())
    return (branch.name, ends, read.print(branch.path))


def _key(channel: Channel, read: FunctionReader) -> str:
    reducer = "" if channel.reducer is None else read.print(channel.reducer)
    return print_of(_type_text(channel.type), reducer)


def _type_text(hint: Any) -> str:
    """A type as text that is the same in every process."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Annotated, Required, NotRequired):
        return _type_text(args[0])
    if origin is not None:
        name = "Union" if origin in (Union, types.UnionType) else _name(origin)
        return f"{name}[{', '.join(map(_type_text, args))}]"
    return _name(hint)


def _name(hint: Any) -> str:
    known = getattr(hint, "__qualname__", None) or getattr(hint, "__name__", None)
    return (
        str(known) if known else repr(hint) if isinstance(hint, (str, int)) else type(hint).__name__
    )

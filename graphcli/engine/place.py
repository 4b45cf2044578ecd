"""Where a node is, as a person reads and writes it: `audit/licence/confirm`."""

from __future__ import annotations

from collections.abc import Iterator

from graphcli.engine.structure import Graph


def path_of(ns: str, node: str) -> str:
    """Return a node with the nodes in which the graphs around it run.

    Which of the graphs that a node has called one after the other is not told.
    """
    parts = [part.partition(":")[0] for part in ns.split("|") if part]
    return "/".join([*parts[:1], *(part for part in parts[1:] if not part.isdigit()), node])


def paths_in(graph: Graph) -> Iterator[str]:
    """Yield the paths of all nodes, of subgraphs too; what a node's function calls is not known."""
    for name, node in graph.nodes.items():
        yield name
        if node.subgraph is not None:
            yield from (f"{name}/{path}" for path in paths_in(node.subgraph))

"""Places in a thread: namespaces, and how a person names the nodes in them.

A namespace is where a subgraph runs: `node:task`, nested with `|`, empty for the graph itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphcli.engine.graph.structure import Graph


def place_in(ns: str, node: str, task: str, *, stateful: bool = False, number: int = 0) -> str:
    """Return the namespace of the `number`-th subgraph that a task runs.

    A stateful one is the same for every task of the node. The form is LangGraph's:
    `node:task`, nested with `|`, and `|1` for the second one in a task.
    """
    if stateful:
        ns = "|".join(part.partition(":")[0] for part in ns.split("|"))
    here = node if stateful else f"{node}:{task}"
    nested = f"{ns}|{here}" if ns else here
    return f"{nested}|{number}" if number else nested


def is_inside(ns: str, outer: str) -> bool:
    """Return whether `ns` is a subgraph inside `outer`; all are inside the root, which has no name.

    The second subgraph of a task (`node:task|1`) is beside the first one, not inside it: neither
    takes the questions of the other along when it moves on.
    """
    place, _, rest = ns.partition(f"{outer}|") if outer else ("", "", ns)
    return not place and bool(rest) and not rest.partition("|")[0].isdigit()


def names_in(ns: str) -> list[str]:
    """Return the nodes on the way to a namespace.

    Which of the graphs that a node has called one after the other is not told.
    """
    parts = [part.partition(":")[0] for part in ns.split("|") if part]
    return [*parts[:1], *(part for part in parts[1:] if not part.isdigit())]


def graph_at(graph: Graph, ns: str) -> Graph | None:
    """Return the subgraph that runs under `ns`; None if no node of `graph` is one."""
    found: Graph | None = graph
    for name in names_in(ns):
        node = found.nodes.get(name) if found is not None else None
        found = node.subgraph if node is not None else None
    return found


def path_of(ns: str, node: str) -> str:
    """Return a node with the nodes in which the graphs around it run: `audit/licence/confirm`."""
    return "/".join([*names_in(ns), node])


def paths_in(graph: Graph) -> Iterator[str]:
    """Yield the paths of all nodes, of subgraphs too; what a node's function calls is not known."""
    for name, node in graph.nodes.items():
        yield name
        if node.subgraph is not None:
            yield from (f"{name}/{path}" for path in paths_in(node.subgraph))

"""A graph as nodes and arrows, and as Mermaid text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graphcli.dataclass import dataclass, replace
from graphcli.engine.graph.structure import Branch, Graph
from graphcli.engine.values.model import END, START


@dataclass(frozen=True, slots=True)
class Arrow:
    """One way from a node to another; `conditional` ones are chosen when the graph runs."""

    source: str
    target: str
    label: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The nodes (START and END included) and arrows of a graph; `graphs` are its subgraphs."""

    nodes: tuple[str, ...]
    arrows: tuple[Arrow, ...]
    graphs: frozenset[str] = frozenset()

    def draw_mermaid(self) -> str:
        """Return Mermaid flowchart text."""
        ids = {name: f"n{number}" for number, name in enumerate(self.nodes)}
        lines = ["graph TD"]
        lines += [f"    {ids[name]}{self._shape(name)}" for name in self.nodes]
        lines += [f"    {ids[a.source]} {_line(a)} {ids[a.target]}" for a in self.arrows]
        return "\n".join(lines) + "\n"

    def _shape(self, name: str) -> str:
        text = _quoted({START: "start", END: "end"}.get(name, name))
        if name in self.graphs:
            return f"[[{text}]]"
        return f"([{text}])" if name in (START, END) else f"[{text}]"


def draw(graph: Graph, xray: int | bool = False) -> Drawing:
    """Return the drawing of a graph: edges, waiting edges, path maps and declared destinations.

    `xray` opens its subgraphs: True all the way down, a number as many levels.
    """
    drawing = _closed(graph)
    deeper = xray if isinstance(xray, bool) else xray - 1
    for name in [name for name in graph.nodes if xray and name in drawing.graphs]:
        subgraph = graph.nodes[name].subgraph
        drawing = drawing if subgraph is None else _opened(drawing, name, draw(subgraph, deeper))
    return drawing


def _closed(graph: Graph) -> Drawing:
    arrows = list(dict.fromkeys(_arrows(graph)))
    sources = {arrow.source for arrow in arrows}
    arrows += [Arrow(name, END) for name in graph.nodes if name not in sources]
    graphs = frozenset(node.name for node in graph.nodes.values() if node.subgraph is not None)
    return Drawing((START, *graph.nodes, END), tuple(arrows), graphs)


def _opened(outer: Drawing, name: str, inner: Drawing) -> Drawing:
    """Return a drawing with the nodes of `inner` in the place of `name`, called by their paths."""
    path = {node: f"{name}/{node}" for node in inner.nodes if node not in (START, END)}
    within = [
        replace(arrow, source=path[arrow.source], target=path[arrow.target])
        for arrow in inner.arrows
        if arrow.source in path and arrow.target in path
    ]
    arrows = [*_entering(outer.arrows, name, inner, path), *within]
    nodes = [each for node in outer.nodes for each in (path.values() if node == name else [node])]
    graphs = (outer.graphs - {name}) | {path[node] for node in inner.graphs}
    return Drawing(tuple(nodes), tuple(_leaving(arrows, name, inner, path)), graphs)


def _entering(
    arrows: Iterable[Arrow], name: str, inner: Drawing, path: Mapping[str, str]
) -> Iterator[Arrow]:
    """Yield `arrows`, those to `name` as arrows to where its graph begins."""
    begins = [arrow for arrow in inner.arrows if arrow.source == START and arrow.target in path]
    for arrow in arrows:
        if arrow.target != name:
            yield arrow
        else:
            yield from (_joined(arrow, first, arrow.source, path[first.target]) for first in begins)


def _leaving(
    arrows: Iterable[Arrow], name: str, inner: Drawing, path: Mapping[str, str]
) -> Iterator[Arrow]:
    """Yield `arrows`, those from `name` as arrows from where its graph ends."""
    ends = [arrow for arrow in inner.arrows if arrow.target == END and arrow.source in path]
    for arrow in arrows:
        if arrow.source != name:
            yield arrow
        else:
            yield from (_joined(last, arrow, path[last.source], arrow.target) for last in ends)


def _joined(first: Arrow, second: Arrow, source: str, target: str) -> Arrow:
    """Return two arrows as one: chosen, if either is."""
    label = " ".join(label for label in (first.label, second.label) if label)
    return Arrow(source, target, label, first.conditional or second.conditional)


def _arrows(graph: Graph) -> Iterator[Arrow]:
    for source in (START, *graph.nodes):
        yield from (Arrow(source, target) for target in graph.edges.get(source, ()))
        for branch in graph.branches.get(source, ()):
            yield from _chosen(graph, source, branch)
    for join in graph.joins:
        yield from (Arrow(source, join.target) for source in join.sources)
    for node in graph.nodes.values():
        for target in node.destinations or ():
            yield Arrow(node.name, target, conditional=True)


def _chosen(graph: Graph, source: str, branch: Branch) -> Iterator[Arrow]:
    ends = branch.ends or {name: name for name in (*graph.nodes, END)}
    for key, target in ends.items():
        label = "" if str(key) == target else str(key)
        yield Arrow(source, target, label, conditional=True)


def _line(arrow: Arrow) -> str:
    line = "-.->" if arrow.conditional else "-->"
    return f"{line}|{_quoted(arrow.label)}|" if arrow.label else line


def _quoted(text: str) -> str:
    """`text` as Mermaid takes it: quoted, where quotes and brackets are entities."""
    for char, entity in (("#", "#35;"), ('"', "#quot;"), ("\n", " "), ("|", "#124;")):
        text = text.replace(char, entity)
    return f'"{text}"'

"""A graph as nodes and arrows, and as Mermaid text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphcli.engine.model import END, START
from graphcli.engine.structure import Branch, Graph


@dataclass(frozen=True, slots=True)
class Arrow:
    """One way from a node to another; `conditional` ones are chosen when the graph runs."""

    source: str
    target: str
    label: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The nodes (START and END included) and arrows of a graph."""

    nodes: tuple[str, ...]
    arrows: tuple[Arrow, ...]

    def draw_mermaid(self) -> str:
        """Return Mermaid flowchart text."""
        ids = {name: f"n{number}" for number, name in enumerate(self.nodes)}
        lines = ["graph TD"]
        lines += [f"    {ids[name]}{_shape(name)}" for name in self.nodes]
        lines += [f"    {ids[a.source]} {_line(a)} {ids[a.target]}" for a in self.arrows]
        return "\n".join(lines) + "\n"


def draw(graph: Graph) -> Drawing:
    """Return the drawing of a graph: edges, waiting edges, path maps and declared destinations."""
    arrows = list(dict.fromkeys(_arrows(graph)))
    sources = {arrow.source for arrow in arrows}
    arrows += [Arrow(name, END) for name in graph.nodes if name not in sources]
    return Drawing((START, *graph.nodes, END), tuple(arrows))


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


def _shape(name: str) -> str:
    text = _quoted({START: "start", END: "end"}.get(name, name))
    return f"([{text}])" if name in (START, END) else f"[{text}]"


def _line(arrow: Arrow) -> str:
    line = "-.->" if arrow.conditional else "-->"
    return f"{line}|{_quoted(arrow.label)}|" if arrow.label else line


def _quoted(text: str) -> str:
    """`text` as Mermaid takes it: quoted, where quotes and brackets are entities."""
    for char, entity in (("#", "#35;"), ('"', "#quot;"), ("\n", " "), ("|", "#124;")):
        text = text.replace(char, entity)
    return f'"{text}"'

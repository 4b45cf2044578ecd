"""A graph, from its Mermaid text to a drawing in the terminal, or to an indented list."""

from __future__ import annotations

from typing import Final

from graphcli.render.canvas import cells, fitted
from graphcli.render.console import Look
from graphcli.render.mermaid import Chart, parse

#: Layout takes 0.2 s for 24 nodes and grows faster than the graph; beyond this nobody reads it.
_MOST_NODES: Final = 60
_MOST_EDGES: Final = 120


def draw_graph(mermaid: str, width: int, *, ascii: bool = False) -> str:  # noqa: A002 - as in Python's own ascii().
    """Return the graph drawn within `width` cells, without a newline at its end.

    Drawn downwards or to the right, as the text says, or else the other way if only that fits;
    what cannot be drawn, or not that narrow, becomes an indented list of nodes and their edges.
    """
    chart = parse(mermaid)
    for direction in dict.fromkeys((chart.direction, "TD", "LR")):
        drawn = _drawn(chart, direction, use_ascii=ascii)
        if drawn and max(cells(line) for line in drawn) <= width:
            return "\n".join(drawn)
    return "\n".join(_listed(chart, Look(width, unicode=not ascii)))


def _drawn(chart: Chart, direction: str, *, use_ascii: bool) -> list[str]:
    if not chart.edges or len(chart.nodes) > _MOST_NODES or len(chart.edges) > _MOST_EDGES:
        return []
    import termaid

    try:
        text: str = termaid.render(
            _clean_source(chart, direction), use_ascii=use_ascii, padding_y=0, padding_x=1, gap=2
        )
    except Exception:  # noqa: BLE001 - a drawing is never worth a failure; the list always works.
        return []
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    return lines if text.strip() and _complete(chart, text) else []


def _complete(chart: Chart, text: str) -> bool:
    """Return whether every node is in the drawing: a name may be wrapped over lines."""
    return all(label.split(" ")[0] in text for label in chart.nodes.values())


def _clean_source(chart: Chart, direction: str) -> str:
    """Return Mermaid text of ours for `chart`, in which labels are only ever quoted text."""
    ids = {node: f"n{number}" for number, node in enumerate(chart.nodes)}
    lines = [f"graph {direction}"]
    for node, label in chart.nodes.items():
        box = f'(["{label}"])' if node in chart.ends else f'["{label}"]'
        lines.append(f"  {ids[node]}{box}")
    for edge in chart.edges:
        arrow = "-.->" if edge.dotted else "-->"
        # A bar would end the label; it is drawn as what looks most like it.
        label = f'|"{edge.label.replace("|", "/")}"|' if edge.label else ""
        lines.append(f"  {ids[edge.source]} {arrow}{label} {ids[edge.target]}")
    return "\n".join(lines)


def _listed(chart: Chart, look: Look) -> list[str]:
    arrow = look.glyph("→", "->")
    lines: list[str] = []
    for node, label in chart.nodes.items():
        lines.append(fitted(label, look.width, look))
        for edge in chart.edges:
            if edge.source == node:
                when = f"{edge.label} " if edge.label else ""
                text = f"{when}{arrow} {chart.nodes[edge.target]}"
                lines.append("  " + fitted(text, max(1, look.width - 2), look))
    return lines

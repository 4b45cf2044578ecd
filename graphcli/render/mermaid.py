"""Read the part of Mermaid's flowchart text that describes graphs: nodes, edges, labels."""

from __future__ import annotations

import html
import re
from typing import Final

from graphcli.dataclass import dataclass, field
from graphcli.text import safe_line

_ID: Final = r"\w+(?:[\-./]\w+)*"
_SHAPE: Final = (
    r"\(\[\".*?\"\]\)|\[\".*?\"\]|\(\".*?\"\)|\{\".*?\"\}"
    r"|\(\[.*?\]\)|\(\(.*?\)\)|\[\[.*?\]\]|\{\{.*?\}\}|\[\(.*?\)\]"
    r"|\(.*?\)|\[.*?\]|\{.*?\}|>.*?\]"
)
_NODE: Final = re.compile(rf"\s*(?P<id>{_ID})(?P<shape>{_SHAPE})?(?::::?\w+)?\s*")
_ARROW: Final = re.compile(
    r"\s*(?:"
    r"(?P<open>--|-\.|==)\s+(?P<inline>.+?)\s+(?P<close>-->|---|\.->|\.-|==>)"
    r"|(?P<plain>-->|---|-\.->|-\.-|==>)"
    r")\s*(?:\|(?P<label>[^|]*)\|)?\s*"
)
_HEADER: Final = re.compile(r"\s*(?:graph|flowchart)\s+(?P<direction>TD|TB|LR|RL|BT)\b")
_IGNORED: Final = re.compile(
    r"\s*(?:(?:classDef|class|style|linkStyle|direction|subgraph)\s+\w|end\s*;?$|%%)"
)
_TAG: Final = re.compile(r"</?\w+[^<>]*>")
_ENTITY: Final = re.compile(r"#(\d+|[A-Za-z]\w*);")

#: No line that we write is longer; it keeps the matching of a hostile one short.
_LONGEST_LINE: Final = 2_000

#: Labels are drawn in boxes: longer ones make a drawing that fits nowhere.
_LONGEST_LABEL: Final = 40


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow; a dotted one is chosen by a branch."""

    source: str
    target: str
    label: str = ""
    dotted: bool = False


@dataclass(slots=True)
class Chart:
    """Nodes by id with their labels, and edges, in the order of the text."""

    direction: str = "TD"
    nodes: dict[str, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    ends: set[str] = field(default_factory=set)


def parse(text: str) -> Chart:
    """Return the graph that `text` describes; lines of any other kind are passed over."""
    chart = Chart()
    for line in _body(text):
        if header := _HEADER.match(line):
            chart.direction = "LR" if header["direction"] in ("LR", "RL") else "TD"
        elif not _IGNORED.match(line):
            _statement(line[:_LONGEST_LINE].strip().rstrip(";"), chart)
    return chart


def _body(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[0].strip() == "---" and "---" in (line.strip() for line in lines[1:]):
        end = next(n for n, line in enumerate(lines[1:], 1) if line.strip() == "---")
        return lines[end + 1 :]
    return lines


def _statement(line: str, chart: Chart) -> None:
    """Read `node`, or `node arrow node arrow node`."""
    found = _NODE.match(line)
    if not found or (found.end() < len(line) and not _ARROW.match(line, found.end())):
        return
    source = _node(found, chart)
    while arrow := _ARROW.match(line, found.end()):
        found = _NODE.match(line, arrow.end())
        if not found:
            return
        target = _node(found, chart)
        shape = arrow["open"] or arrow["plain"]
        label = _clean(arrow["inline"] or arrow["label"] or "")
        chart.edges.append(Edge(source, target, label, dotted="." in shape))
        source = target


def _node(found: re.Match[str], chart: Chart) -> str:
    node, shape = found["id"], found["shape"]
    if shape:
        graph = " (graph)" if shape.startswith("[[") else ""
        chart.nodes[node] = (_clean(_inside(shape)) or _clean(node)) + graph
    chart.nodes.setdefault(node, _clean(node))
    if (shape or "").startswith(("([", "((")) or node in ("__start__", "__end__"):
        chart.ends.add(node)
    return node


def _entity(found: re.Match[str]) -> str:
    """Return Mermaid's `#35;` and `#quot;` as HTML writes them."""
    return f"&#{found[1]};" if found[1].isdigit() else f"&{found[1]};"


def _inside(shape: str) -> str:
    brackets = 2 if shape[:2] in ("([", "((", "[[", "{{", "[(") else 1
    return shape[brackets:-brackets]


def _clean(label: str) -> str:
    """Return a label without markup, quotes and anything that could drive a terminal."""
    text = html.unescape(_ENTITY.sub(_entity, _TAG.sub("", label)))
    text = text.replace("\xa0", " ").strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]  # the quotes of Mermaid's text, not those that belong to the label
    return safe_line(text.replace('"', "'"), _LONGEST_LABEL)

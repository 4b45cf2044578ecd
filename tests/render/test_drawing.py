"""A graph in the terminal."""

import pytest
import termaid
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from graphcli.render.drawing import draw_graph
from graphcli.render.mermaid import Edge, parse
from tests.render.hostile import unsafe_in
from tests.render.samples import widest

OURS = """graph TD
    n0(["start"])
    n1["draft"]
    n2["a #quot;review#quot; #35;1"]
    n3(["end"])
    n0 --> n1
    n1 --> n2
    n2 -.->|"not #124; yet"| n1
    n2 -.-> n3
"""

LANGGRAPH = """---
config:
  flowchart:
    curve: linear
---
graph TD;
\t__start__([<p>__start__</p>]):::first
\tstyle(style)
\t__end__([<p>__end__</p>]):::last
\t__start__ --> style;
\tstyle -. &nbsp;again&nbsp; .-> style;
\tstyle -.-> __end__;
\tclassDef default fill:#f2f0ff,line-height:1.2
\tclassDef first fill-opacity:0
"""


def test_drawn() -> None:
    assert draw_graph(OURS, 80) == snapshot("""\
╭──────────────╮
(    start     )
╰───────┬──────╯
        ▼
┌──────────────┐
│    draft     │◄┄┄┄┄╮
└───────┬──────┘     ┆
        │            ┆
        │            ┆not / yet
        ▼            ┆
┌──────────────┐     ┆
│a 'review' #1 ├┄┄┄┄┄╯
└───────┬──────┘
        ▼
╭──────────────╮
(     end      )
╰──────────────╯\
""")


def test_drawn_in_ascii() -> None:
    drawn = draw_graph(OURS, 80, ascii=True)
    assert drawn.isascii()
    assert drawn == snapshot("""\
+--------------+
(    start     )
+--------------+
        v
+--------------+
|    draft     |<....+
+--------------+     :
        |            :
        |            :not / yet
        v            :
+--------------+     :
|a 'review' #1 |.....+
+--------------+
        v
+--------------+
(     end      )
+--------------+\
""")


def test_too_narrow_becomes_a_list() -> None:
    assert draw_graph(OURS, 16) == snapshot("""\
start
  → draft
draft
  → a 'review'…
a 'review' #1
  not | yet → d…
  → end
end\
""")


def test_a_list_in_ascii() -> None:
    assert draw_graph(OURS, 16, ascii=True).isascii()


def test_a_graph_of_langgraph() -> None:
    chart = parse(LANGGRAPH)
    assert chart.nodes == {"__start__": "__start__", "style": "style", "__end__": "__end__"}
    assert chart.edges == [
        Edge("__start__", "style"),
        Edge("style", "style", "again", dotted=True),
        Edge("style", "__end__", dotted=True),
    ]
    assert "style" in draw_graph(LANGGRAPH, 80)


@pytest.mark.parametrize(
    ("line", "edges"),
    [
        ("a --> b", [("a", "b", "")]),
        ("a-->b-->c;", [("a", "b", ""), ("b", "c", "")]),
        ("a-.->b", [("a", "b", "")]),
        ("a -- yes --> b", [("a", "b", "yes")]),
        ("a ==>|go| b", [("a", "b", "go")]),
        ("a-b.c --> d/e", [("a-b.c", "d/e", "")]),
        ('a["x ] y"] --> b{"?"}', [("a", "b", "")]),
        ("a --- b", [("a", "b", "")]),
        ("subgraph x", []),
        ("end", []),
        ("%% a --> b", []),
        ("style a fill:#fff", []),
        ("a ~~~ b", []),
        ("--> b", []),
        ("a --> ", []),
        ("", []),
    ],
)
def test_statements(line: str, edges: list[tuple[str, str, str]]) -> None:
    found = parse(f"graph LR\n{line}\n").edges
    assert [(edge.source, edge.target, edge.label) for edge in found] == edges


def test_labels_keep_their_own_brackets() -> None:
    assert parse("graph TD\n a[f(x)]\n b(g[0])").nodes == {"a": "f(x)", "b": "g[0]"}


def test_a_drawing_that_fails_becomes_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RecursionError

    monkeypatch.setattr(termaid, "render", broken)
    assert draw_graph("graph TD\na --> b", 80) == "a\n  → b\nb"


def test_a_drawing_that_lost_a_node_becomes_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(termaid, "render", lambda *_, **__: "[ a ]")
    assert draw_graph("graph TD\na --> b", 80) == "a\n  → b\nb"


def test_a_big_graph_becomes_a_list() -> None:
    text = "graph TD\n" + "\n".join(f"n{n} --> n{n + 1}" for n in range(100))
    assert draw_graph(text, 80).startswith("n0\n  → n1\nn1\n  → n2\n")


@pytest.mark.parametrize("text", ["", "graph TD", "not mermaid at all ][", "---", "\x00"])
def test_nothing_to_draw_is_empty(text: str) -> None:
    assert "\n" not in draw_graph(text, 80)


@given(st.text(alphabet='ab-.>|[](){}"#;&<\n \x1b\u202e', max_size=60), st.integers(5, 40))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_it(body: str, width: int) -> None:
    drawn = draw_graph(f"graph TD\n{body}", width)
    assert not unsafe_in(drawn)
    assert widest(drawn) <= width

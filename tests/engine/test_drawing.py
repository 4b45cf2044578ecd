"""A graph as nodes and arrows, its subgraphs closed or opened."""

from typing import TypedDict

from graphcli import END, START, CompiledGraph, StateGraph


class State(TypedDict, total=False):
    text: str


def same(state: State) -> State:
    return state


def choose(_state: State) -> str:
    return "b"


def arrows(graph: CompiledGraph, xray: int | bool = False) -> set[tuple[str, str, bool]]:
    return {(a.source, a.target, a.conditional) for a in graph.get_graph(xray=xray).arrows}


def looping() -> CompiledGraph:
    """Two ways in, two ways out, and back from outside; a graph inside the graph."""
    inner = StateGraph(State).add_node("x", same).add_edge(START, "x").compile()
    child = StateGraph(State).add_node("a", same).add_node("b", inner).add_node("c", same)
    child.add_conditional_edges(START, choose, ["a", "b"]).add_edge("a", "c").add_edge("b", END)
    parent = StateGraph(State).add_node("child", child.compile()).add_node("after", same)
    parent.add_edge(START, "child").add_edge("child", "after")
    return parent.add_conditional_edges("after", choose, {"b": "child", "no": END}).compile()


def test_a_subgraph_is_one_node_that_is_marked() -> None:
    drawing = looping().get_graph()
    assert drawing.nodes == (START, "child", "after", END)
    assert drawing.graphs == {"child"}
    assert 'n1[["child"]]' in drawing.draw_mermaid()
    assert arrows(looping()) == {
        (START, "child", False),
        ("child", "after", False),
        ("after", "child", True),
        ("after", END, True),
    }


def test_an_opened_subgraph_is_entered_and_left_by_each_of_its_ways() -> None:
    assert arrows(looping(), xray=1) == {
        (START, "child/a", True),
        (START, "child/b", True),
        ("child/a", "child/c", False),
        ("child/b", "after", False),
        ("child/c", "after", False),
        ("after", "child/a", True),
        ("after", "child/b", True),
        ("after", END, True),
    }
    assert looping().get_graph(xray=1).graphs == {"child/b"}


def test_subgraphs_are_opened_all_the_way_down() -> None:
    everything = looping().get_graph(xray=True)
    assert everything == looping().get_graph(xray=2)
    assert everything.nodes == (START, "child/a", "child/b/x", "child/c", "after", END)
    assert everything.graphs == frozenset()


def test_a_subgraph_that_leads_to_itself() -> None:
    child = StateGraph(State).add_node("a", same).add_edge(START, "a").compile()
    graph = StateGraph(State).add_node("child", child).add_edge(START, "child")
    graph.add_conditional_edges("child", choose, {"b": "child", "no": END})
    assert arrows(graph.compile(), xray=True) == {
        (START, "child/a", False),
        ("child/a", "child/a", True),
        ("child/a", END, True),
    }

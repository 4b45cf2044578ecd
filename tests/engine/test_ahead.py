"""What a Python graph's edges, path maps and declared destinations tell of the way ahead."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

import pytest

from graphcli import END, START, Command, StateGraph
from graphcli.engine.resuming.ahead import with_leads
from graphcli.engine.resuming.question import Field, Kind, Option, Question
from graphcli.engine.values.model import UNSET
from graphcli.engine.values.ways import Lead, Target, Way


class State(TypedDict, total=False):
    x: int


def same(state: State) -> State:
    return state


def goes(_state: State) -> Command[Literal["a", "b"]]:
    return Command(goto="a")


def undeclared(_state: State) -> str:
    return "a"


def builder() -> StateGraph:
    made = StateGraph(State).add_edge(START, "ask").add_node("a", same).add_node("b", same)
    return made.add_edge("a", END).add_edge("b", END)


def test_an_edge() -> None:
    graph = builder().add_node("ask", same).add_edge("ask", "a").add_edge("ask", "b").compile()
    assert str(graph.way_after("ask")) == "→ a and b"
    assert str(graph.way_after("a")) == "→ END"


def test_declared_destinations() -> None:
    assert str(builder().add_node("ask", goes).compile().way_after("ask")) == "→ a or b"
    graph = builder().add_node("ask", same, destinations=("b", END)).compile()
    assert str(graph.way_after("ask")) == "→ b or END"


def test_a_path_map() -> None:
    graph = builder().add_node("ask", same)
    graph.add_conditional_edges("ask", undeclared, {"yes": "a", "no": END}).add_edge("ask", "b")
    assert str(graph.compile().way_after("ask")) == "→ b, and a or END"


def test_a_waiting_edge() -> None:
    graph = builder().add_node("ask", same).add_edge(["ask", "a"], "b").compile()
    assert str(graph.way_after("ask")) == "→ b (waits for a)"


def test_the_node_that_begins() -> None:
    graph = builder().add_node("ask", same).compile()
    assert str(graph.way_after(START)) == "→ ask"


def test_a_subgraph_is_told_by_its_path() -> None:
    inner = builder().add_node("ask", goes).compile()
    graph = builder().add_node("ask", inner).add_edge("ask", END).compile()
    assert str(graph.way_after("ask/ask")) == "→ ask/a or ask/b"
    assert str(graph.way_after("ask/a")) == "→ ask/END"


@pytest.mark.parametrize("path", ["ask", "ask/a", "none", "a/none"])
def test_nothing_is_said_where_nothing_is_declared(path: str) -> None:
    graph = builder().add_node("ask", same).add_conditional_edges("ask", undeclared).compile()
    assert graph.way_after(path) is None


def test_nothing_is_said_of_a_node_without_edges_which_may_return_a_command() -> None:
    assert builder().add_node("ask", same).compile().way_after("ask") is None


A, B = Way((Target("a"),)), Way((Target("b"),))
EITHER = Way(either=(Target("a"), Target("b")))
CHOICE = Field("way", Kind.CHOICE, options=(Option("x", "X"), Option("y", "Y")))
CONFIRM = Field("sure", Kind.CONFIRM)
TEXT = Field("text", Kind.TEXT)


def asked(*fields: Field) -> Question:
    return Question("q", "n", "m", Field(kind=Kind.FORM, fields=fields))


def test_each_choice_has_its_own_way() -> None:
    def foresee(answer: Mapping[str, Any]) -> Way:
        return {"x": A, "y": B}.get(answer.get("way", ""), EITHER)

    told = with_leads(asked(CHOICE, CONFIRM, TEXT), foresee)
    assert told.leads == (Lead("way", "x", A), Lead("way", "y", B), Lead("", UNSET, EITHER))
    choice, confirm, text = told.field.fields
    assert [option.leads for option in choice.options] == ["→ a", "→ b"]
    assert confirm == CONFIRM
    assert text == TEXT


def test_a_confirmation_has_two_ways() -> None:
    told = with_leads(asked(CONFIRM), lambda answer: A if answer else None)
    assert told.leads == ()  # nothing is known of the whole, so of its parts neither
    told = with_leads(asked(CONFIRM), lambda answer: A if answer.get("sure", True) else B)
    assert told.field.fields[0].leads == (("yes", "→ a"), ("no", "→ b"))


def test_choices_that_lead_to_the_same_say_so_once() -> None:
    told = with_leads(asked(CHOICE, TEXT), lambda _answer: EITHER)
    assert told.leads == (Lead("", UNSET, EITHER),)
    assert told.field.leads == (("", "→ a or b"),)
    assert told.field.fields == (CHOICE, TEXT)

"""A text is edited by a person."""

from typing import TypedDict

from graphcli import END, START, StateGraph, interrupt


class State(TypedDict, total=False):
    """The text, before and after."""

    some_text: str


def revise(state: State) -> State:
    """Put the text into the person's editor; what comes back is the text."""
    text = state.get("some_text", "Teh quick brown fox jumps over teh lazy dog.")
    return {"some_text": interrupt({"text_to_revise": text})}


graph = (
    StateGraph(State)
    .add_node("revise", revise, on_crash="rerun")
    .add_edge(START, "revise")
    .add_edge("revise", END)
    .compile(name="revise")
)

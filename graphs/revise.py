"""A text is edited by a person.

graphcli run revise -i some_text="original text"
graphcli resume THREAD --value "Edited text"     # or --value-file FILE
"""

from typing import TypedDict

from graphcli import END, START, StateGraph, interrupt


class State(TypedDict, total=False):
    """The text, before and after."""

    some_text: str


def human_node(state: State) -> State:
    """Put the text into the person's editor; what comes back is the text."""
    text = state.get("some_text", "Teh quick brown fox jumps over teh lazy dog.")
    return {"some_text": interrupt({"text_to_revise": text})}


graph = (
    StateGraph(State)
    .add_node("human_node", human_node, on_crash="rerun")
    .add_edge(START, "human_node")
    .add_edge("human_node", END)
    .compile(name="revise")
)

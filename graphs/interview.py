"""A value is asked for until it is valid: an age.

graphcli run interview
graphcli run interview --answer get_age#1=old --answer get_age#2=25   # the second answer counts
"""

from typing import TypedDict

from graphcli import END, START, StateGraph, interrupt


class State(TypedDict, total=False):
    """What is known of the person."""

    age: int


def valid_age(answer: object) -> int | None:
    """Return the age that an answer states, or None if it states none."""
    text = str(answer).strip()
    age = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return age if 0 < age < 150 else None


def get_age(_state: State) -> State:
    """Ask, and ask again with a word about what was wrong with the answer.

    The node runs from its start after each answer; the answers before are given back in order.
    """
    question = "What is your age?"
    while (age := valid_age(answer := interrupt({"question": question}))) is None:
        question = f"{answer!r} is not a valid age. Please give a whole number from 1 to 149."
    return {"age": age}


def report(state: State) -> None:
    """Say what was learnt; a print goes to stderr, the result to stdout."""
    print(f"The person is {state['age']} years old.")  # noqa: T201 - what examples do.


graph = (
    StateGraph(State)
    .add_node("get_age", get_age, on_crash="rerun")
    .add_node("report", report, on_crash="rerun")
    .add_edge(START, "get_age")
    .add_edge("get_age", "report")
    .add_edge("report", END)
    .compile(name="interview")
)

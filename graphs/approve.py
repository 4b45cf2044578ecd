"""An output is approved or rejected by a person; each way has its own path.

graphcli run approve                                  # asks, on a terminal
graphcli run approve --answer approval=reject         # the answer is given ahead
x=$(graphcli run approve -i topic="the new parser")   # the result alone goes to stdout
"""

from typing import Literal, TypedDict

from graphcli import END, START, Command, StateGraph, interrupt


class State(TypedDict, total=False):
    """What the graph knows: the topic, what was written about it, and the decision."""

    topic: str
    llm_output: str
    decision: str


class Input(TypedDict, total=False):
    """What may be given with `-i`."""

    topic: str


class Output(TypedDict):
    """What the graph gives back."""

    decision: str


def generate(state: State) -> State:
    """Write the output that is to be approved; a model would do it here."""
    topic = state.get("topic", "this release")
    return {"llm_output": f"Everything that {topic} promised is in place."}


def approval(state: State) -> Command[Literal["approved", "rejected"]]:
    """Ask a person, and go where the answer leads."""
    answer = interrupt(
        {
            "question": "Do you approve the following output?",
            "llm_output": state["llm_output"],
            "options": ["approve", "reject"],
        }
    )
    return Command(goto="approved" if answer == "approve" else "rejected")


def approved(_state: State) -> State:
    """Publish it: here it is only noted."""
    return {"decision": "approved"}


def rejected(_state: State) -> State:
    """Throw it away: here it is only noted."""
    return {"decision": "rejected"}


# `on_crash="rerun"`: these nodes touch nothing outside, so a crash leaves no doubt about them.
graph = (
    StateGraph(State, input_schema=Input, output_schema=Output)
    .add_node("generate", generate, on_crash="rerun")
    .add_node("approval", approval, on_crash="rerun")
    .add_node("approved", approved, on_crash="rerun")
    .add_node("rejected", rejected, on_crash="rerun")
    .add_edge(START, "generate")
    .add_edge("generate", "approval")
    .add_edge("approved", END)
    .add_edge("rejected", END)
    .compile(name="approve")
)

"""A chatbot that asks an expert for help; its model is scripted, so it runs offline.

graphcli run support_chat --thread chat -i message="I need expert help building an agent"
graphcli resume chat --value '{"data": "Use graphcli, and keep the approvals durable."}'
graphcli run support_chat --continue --thread chat -i message="Thank you!"
"""

import json
import operator
from typing import Annotated, Any, TypedDict

from graphcli import START, StateGraph, ToolNode, interrupt, tools_condition


class State(TypedDict, total=False):
    """The message that came in, and the conversation so far."""

    message: str
    messages: Annotated[list[dict[str, Any]], operator.add]


class Input(TypedDict, total=False):
    """One turn of the conversation."""

    message: str


class Output(TypedDict, total=False):
    """The conversation, the latest answer last."""

    messages: list[dict[str, Any]]


class Expertise(TypedDict):
    """What an expert answers."""

    data: str


def human_assistance(query: str) -> str:
    """Ask an expert, whose answer is `{"data": "…"}`: anything else is refused before it counts."""
    answer = interrupt({"query": query}, response_schema=Expertise)
    return str(answer["data"])


def model(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Answer like a model that may call a tool; a real one is called in the same way."""
    last, turn = messages[-1], sum(message["role"] == "user" for message in messages)
    if last["role"] == "tool":
        return {"role": "assistant", "content": f"The expert says: {last['content']}"}
    if "help" in last["content"].lower():
        function = {"name": "human_assistance", "arguments": json.dumps({"query": last["content"]})}
        call = {"id": f"call_{turn}", "type": "function", "function": function}
        return {"role": "assistant", "content": "I ask an expert.", "tool_calls": [call]}
    return {"role": "assistant", "content": f"You are welcome. (This was turn {turn}.)"}


def listen(state: State) -> State:
    """Take in what the user said."""
    content = state.get("message") or "I need expert help building an AI agent."
    return {"messages": [{"role": "user", "content": content}]}


def chatbot(state: State) -> State:
    """Let the model answer, or ask for a tool."""
    return {"messages": [model(state["messages"])]}


graph = (
    StateGraph(State, input_schema=Input, output_schema=Output)
    .add_node("listen", listen, on_crash="rerun")
    .add_node("chatbot", chatbot, on_crash="rerun")
    .add_node(ToolNode([human_assistance]), on_crash="rerun")
    .add_edge(START, "listen")
    .add_edge("listen", "chatbot")
    .add_conditional_edges("chatbot", tools_condition)
    .add_edge("tools", "chatbot")
    .compile(name="support_chat")
)

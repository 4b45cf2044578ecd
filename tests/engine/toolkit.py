"""What the tests of tools share: calls as models write them, and a graph that runs them."""

from __future__ import annotations

import json
from typing import Any

from graphcli import START, InMemorySaver, MessagesState, StateGraph, ToolNode
from graphcli.engine.face.compiled import CompiledGraph


def call(name: str, id_: str, /, **args: Any) -> dict[str, Any]:
    """A call in OpenAI's form."""
    function = {"name": name, "arguments": json.dumps(args)}
    return {"id": id_, "type": "function", "function": function}


def asking(*calls: Any) -> dict[str, Any]:
    """The message of a model that calls tools."""
    return {"role": "assistant", "content": "", "tool_calls": list(calls)}


def told(content: str, name: str, id_: str) -> dict[str, Any]:
    """The message with which a tool answers."""
    return {"role": "tool", "tool_call_id": id_, "name": name, "content": content}


def graph_with(*tools: Any, saver: Any = None, state: Any = MessagesState, **how: Any) -> Any:
    """A graph whose one node runs tools."""
    graph = StateGraph(state).add_node(ToolNode(tools, **how)).add_edge(START, "tools")
    return graph.compile(checkpointer=saver or InMemorySaver())


def results(output: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of the tools, without their ids."""
    said = [message for message in output["messages"] if message["role"] == "tool"]
    return [{key: message[key] for key in message if key != "id"} for message in said]


def run(graph: CompiledGraph, *calls: Any, **state: Any) -> list[dict[str, Any]]:
    """What the tools of a graph answer to calls."""
    config = {"configurable": {"thread_id": "t"}}
    return results(graph.invoke({"messages": [asking(*calls)], **state}, config))

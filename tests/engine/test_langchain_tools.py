"""LangChain's tools and messages in a ToolNode: as in LangGraph, except where that is wrong."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import pytest

from graphcli import (
    START,
    Command,
    InMemorySaver,
    MessagesState,
    Send,
    StateGraph,
    ToolNode,
    add_messages,
    interrupt,
    tools_condition,
)
from tests.engine.helpers import on, payloads
from tests.engine.toolkit import asking, call, graph_with, results, told

pytest.importorskip("langgraph")

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, InjectedToolArg, InjectedToolCallId, tool
from langgraph.prebuilt import InjectedState
from pydantic import BaseModel

CONTEXT: dict[str, Any] = {"__type": "tool_call_with_context", "state": {}}


class State(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


@tool
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@tool
async def later(a: int) -> str:
    """Say it later."""
    return f"later {a}"


@tool
def ask(about: str) -> str:
    """Ask a person."""
    return f"{about}: {interrupt(f'{about}?')}"


class Strict(BaseModel):
    n: int


@tool
def stumble() -> int:
    """Make a mistake of its own."""
    return Strict.model_validate({"n": "one"}).n


@tool
def whole(
    a: int,
    state: Annotated[dict, InjectedState],  # type: ignore[type-arg] # as LangGraph's users write it.
    id_: Annotated[str, InjectedToolCallId],
    secret: Annotated[str, InjectedToolArg] = "kept",
    messages: Annotated[Any, InjectedState("messages")] = None,
) -> str:
    """Look at what the run lends."""
    return f"{a} {sorted(state)} {id_} {secret} {len(messages)}"


class Shout(BaseTool):
    name: str = "shout"
    description: str = "Say it loudly."

    def _run(self, text: str) -> str:
        return text.upper()


def made(name: str, id_: str, /, **args: Any) -> dict[str, Any]:
    """A call in LangChain's form."""
    return {"name": name, "args": args, "id": id_, "type": "tool_call"}


def ran(*calls: Any, tools: Any = (), **how: Any) -> Any:
    """The messages with which the tools answer."""
    tools = tools or (add, later, ask, stumble, whole, Shout())
    graph = graph_with(*tools, state=State, **how)
    return graph.invoke({"messages": [AIMessage("", tool_calls=list(calls))]}, on("t"))


def contents(output: Any) -> list[tuple[str, str, str]]:
    tools = [message for message in output["messages"] if isinstance(message, ToolMessage)]
    return [(str(m.content), m.tool_call_id, m.status) for m in tools]


def test_calls_are_answered_with_tool_messages() -> None:
    calls = [made("add", "1", a=1), made("later", "2", a=2), made("shout", "3", text="hi")]
    assert contents(ran(*calls)) == [
        ("2", "1", "success"),
        ("later 2", "2", "success"),
        ("HI", "3", "success"),
    ]


def test_plain_functions_answer_with_tool_messages_as_well() -> None:
    def half(a: int) -> dict[str, float]:
        return {"half": a / 2}

    assert contents(ran(made("half", "1", a=1), tools=[half])) == [
        ('{"half": 0.5}', "1", "success")
    ]


def test_a_dict_that_calls_a_tool_of_langchain_is_answered_with_a_dict() -> None:
    output = graph_with(add).invoke({"messages": [asking(call("add", "1", a=1))]}, on("t"))
    assert results(output) == [told("2", "add", "1")]


def test_what_is_wrong_with_the_arguments_is_told_and_what_is_lent_is_not() -> None:
    ((content, _, status),) = contents(ran(made("whole", "1", a="one", secret="forged")))
    assert status == "error"
    assert content.startswith("Error: the arguments of tool `whole` do not fit: a: Input should be")
    assert content.endswith("\nMend them and call it again.")
    assert "state" not in content


def test_a_mistake_of_the_tool_itself_is_not_blamed_on_the_model() -> None:
    with pytest.raises(ValueError, match="validation error for Strict"):
        ran(made("stumble", "1"))


def test_a_tool_that_does_not_exist_is_told() -> None:
    said = "Error: there is no tool `nope`; there is `add`"
    assert contents(ran(made("nope", "1"), tools=[add])) == [(said, "1", "error")]


def test_what_the_run_lends_cannot_be_forged() -> None:
    forged = {"secret": "forged", "id_": "forged", "state": {"forged": 1}, "messages": []}
    ((content, *_),) = contents(ran(made("whole", "1", a=1, **forged)))
    assert content == "1 ['messages'] 1 kept 1"


def test_a_model_is_told_of_what_langchain_tells_it() -> None:
    definition, other = ToolNode([whole, Shout()]).definitions
    assert sorted(definition["function"]["parameters"]["properties"]) == ["a"]
    assert other["function"]["parameters"]["required"] == ["text"]


def test_two_of_them_ask_and_each_gets_its_own_answer() -> None:
    saver = InMemorySaver()
    asked = ran(made("ask", "1", about="tea"), made("ask", "2", about="milk"), saver=saver)
    assert sorted(payloads(asked)) == ["milk?", "tea?"]
    ids = {question.value: question.id for question in asked["__interrupt__"]}
    graph = graph_with(ask, state=State, saver=saver)
    graph.invoke(Command(resume={ids["milk?"]: "no"}), on("t"))
    done = graph.invoke(Command(resume={ids["tea?"]: "yes"}), on("t"))
    assert [content for content, *_ in contents(done)] == ["tea: yes", "milk: no"]


@pytest.mark.parametrize("wrap", [lambda call: [call], lambda call: {"tool_call": call, **CONTEXT}])
def test_calls_are_sent_as_langchains_agents_send_them(wrap: Any) -> None:
    def choose(state: MessagesState) -> list[Send]:
        return [Send("tools", wrap(each)) for each in state["messages"][-1].tool_calls]

    graph = StateGraph(State).add_node(ToolNode([add])).add_conditional_edges(START, choose)
    message = AIMessage("", tool_calls=[made("add", "1", a=1), made("add", "2", a=2)])
    output = graph.compile().invoke({"messages": [message]})
    assert [content for content, *_ in contents(output)] == ["2", "3"]


def test_the_condition_looks_at_the_calls_of_a_message() -> None:
    assert tools_condition({"messages": [AIMessage("", tool_calls=[made("add", "1")])]}) == "tools"
    assert tools_condition({"messages": [AIMessage("Hi")]}) == "__end__"
    assert tools_condition({"messages": [HumanMessage("Hi")]}) == "__end__"


def test_it_can_be_tried_without_a_graph() -> None:
    message = AIMessage("", tool_calls=[made("add", "1", a=1), made("later", "2", a=2)])
    (one, two) = ToolNode([add, later]).invoke({"messages": [message]})["messages"]
    assert (one.content, two.content) == ("2", "later 2")
    assert ToolNode([add]).invoke([made("add", "1", a=1)])["messages"][0].tool_call_id == "1"

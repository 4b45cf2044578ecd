"""Conversations of LangChain's messages: merged as LangGraph merges them, and never imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest

import graphcli
from graphcli import START, MessagesState, StateGraph, add_messages
from graphcli.engine.graph.channels import fold, schema_of
from graphcli.errors import InvalidMessageError

pytest.importorskip("langgraph")

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langgraph.graph.message import add_messages as theirs
from pydantic import BaseModel

HELLO = HumanMessage("Hello", id="1")
HI = AIMessage("Hi", id="2")
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}

MERGES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "one": lambda: ([HELLO], HI),
    "several": lambda: ([HELLO], [HI, SystemMessage("Be kind", id="3")]),
    "replaced": lambda: ([HELLO, HI], HumanMessage("anew", id="1")),
    "twice in the update": lambda: ([], [AIMessage("a", id="1"), AIMessage("b", id="1")]),
    "removed": lambda: ([HELLO, HI], RemoveMessage(id="2")),
    "removed twice": lambda: ([HELLO, HI], [RemoveMessage(id="2"), RemoveMessage(id="2")]),
    "removed and back": lambda: ([HELLO], [RemoveMessage(id="1"), AIMessage("back", id="1")]),
    "all removed": lambda: ([HELLO], [HI, RemoveMessage(id="__remove_all__"), HI]),
    "no lists": lambda: (HELLO, HI),
    "nothing new": lambda: ([HELLO], []),
    "dicts beside objects": lambda: ([{"role": "user", "content": "Hello", "id": "1"}], [HI]),
    "a dict after objects": lambda: ([HELLO], {"role": "ai", "content": "Hi", "id": "2"}),
    "chunks": lambda: (
        [AIMessageChunk(content="a", id="1")],
        [AIMessageChunk(content="b", id="2")],
    ),
    "a call": lambda: ([HELLO], {"role": "ai", "content": "", "tool_calls": [CALL], "id": "2"}),
    "its result": lambda: (
        [HELLO],
        {"role": "tool", "content": "1", "tool_call_id": "c", "name": "f", "id": "3"},
    ),
}


@pytest.mark.parametrize("case", MERGES)
def test_they_merge_as_in_langgraph(case: str) -> None:
    merged, expected = add_messages(*MERGES[case]()), theirs(*MERGES[case]())
    assert merged == expected
    assert list(map(type, merged)) == list(map(type, expected))


def test_ours_to_remove_removes_theirs() -> None:
    assert add_messages([HELLO, HI], graphcli.RemoveMessage("2")) == [HELLO]


def test_what_has_no_id_gets_one_and_what_was_given_is_not_changed() -> None:
    said, answered = HumanMessage("Hello"), AIMessage("Hi")
    merged = add_messages([said], ["so", answered])
    assert [type(message) for message in merged] == [HumanMessage, HumanMessage, AIMessage]
    assert len({message.id for message in merged}) == 3
    assert {len(message.id) for message in merged} == {36}
    assert (said.id, answered.id) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        RemoveMessage(id="nobody"),
        [HI, 7],
        [HI, {"role": "nobody", "content": "?"}],
        [HI, {"role": "assistant", "content": "", "tool_calls": ["?"]}],
        [HI, {"content": "?"}],
    ],
)
def test_what_cannot_be_merged_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidMessageError):
        add_messages([HELLO], wrong)


class Declared(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


class Model(BaseModel):
    messages: Annotated[list[AnyMessage], add_messages]


class Base(TypedDict):
    messages: Annotated[list[BaseMessage], add_messages]


@pytest.mark.parametrize("state", [Declared, Model, Base])
def test_a_state_that_declares_them_gets_them_of_plain_texts(state: Any) -> None:
    graph = StateGraph(state).add_node("bot", lambda state: {"messages": ("ai", "Hi")})
    said = graph.add_edge(START, "bot").compile().invoke({"messages": [("user", "Hello")]})
    assert [(type(m), m.content) for m in said["messages"]] == [
        (HumanMessage, "Hello"),
        (AIMessage, "Hi"),
    ]


def test_dicts_stay_dicts_until_the_first_object_arrives() -> None:
    graph = StateGraph(MessagesState).add_node("bot", lambda state: {"messages": "plain"})
    graph.add_node("object", lambda state: {"messages": HI}).add_edge(START, "bot")
    plain = graph.compile().invoke({"messages": "Hello"})["messages"]
    assert [message["content"] for message in plain] == ["Hello", "plain"]
    mixed = graph.add_edge("bot", "object").compile().invoke({"messages": "Hello"})["messages"]
    assert [type(message) for message in mixed] == [HumanMessage, HumanMessage, AIMessage]


@pytest.mark.parametrize(("said", "kept"), [(SystemMessage("new"), 2), (("ai", "new"), 2), (HI, 1)])
def test_storage_is_told_which_of_them_are_the_same(said: Any, kept: int) -> None:
    said = said.model_copy(update={"content": "anew"}) if said is HI else said
    _, channels = schema_of(Declared)
    before = {"messages": [HELLO, HI]}
    assert fold(channels, before, [("bot", "messages", said)])[1] == {"messages": kept}


def test_a_format_gives_the_contents_in_the_shape_of_openai() -> None:
    class Formatted(TypedDict):
        messages: Annotated[list[AnyMessage], add_messages(format="langchain-openai")]

    source = {"type": "base64", "media_type": "image/jpeg", "data": "1234"}
    used = AIMessage([{"type": "tool_use", "name": "f", "input": {"x": 1}, "id": "c"}])
    result = {"type": "tool_result", "tool_use_id": "c", "is_error": False}
    told = HumanMessage([{**result, "content": [{"type": "image", "source": source}]}])
    graph = StateGraph(Formatted).add_node("bot", lambda state: {"messages": [used, told]})
    said = graph.add_edge(START, "bot").compile().invoke({"messages": "Look"})["messages"]
    assert [type(message) for message in said] == [HumanMessage, AIMessage, ToolMessage]
    assert said[1].tool_calls == [{"name": "f", "args": {"x": 1}, "id": "c", "type": "tool_call"}]
    url = {"url": "data:image/jpeg;base64,1234"}
    assert said[2].content == [{"type": "image_url", "image_url": url}]


def test_langchain_is_not_imported() -> None:
    code = (
        "import sys, graphcli; graphcli.add_messages([], ['Hello', ('ai', 'Hi')]);"
        "print([name for name in sys.modules if name.startswith(('langchain', 'langgraph'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

"""Conversations merge by id; dicts stay dicts."""

from __future__ import annotations

from typing import Any

import pytest

from graphcli import (
    REMOVE_ALL_MESSAGES,
    START,
    InMemorySaver,
    MessagesState,
    RemoveMessage,
    StateGraph,
    add_messages,
)
from graphcli.engine.graph.channels import fold, schema_of
from graphcli.errors import InvalidMessageError

HELLO = {"role": "user", "content": "Hello", "id": "1"}
ANEW = {"role": "user", "content": "anew", "id": "1"}
HI = {"role": "assistant", "content": "Hi", "id": "2"}


@pytest.mark.parametrize(
    ("left", "right", "merged"),
    [
        ([HELLO], [HI], [HELLO, HI]),
        ([HELLO, HI], ANEW, [ANEW, HI]),
        ([HELLO, HI], RemoveMessage("1"), [HI]),
        ([HELLO, HI], RemoveMessage(id=REMOVE_ALL_MESSAGES), []),
        ([HELLO], [HI, RemoveMessage(REMOVE_ALL_MESSAGES), HELLO], [HELLO]),
        ([HELLO], [RemoveMessage("1"), ANEW], [ANEW]),
        ([], [], []),
    ],
)  # fmt: skip
def test_messages_merge_by_id(left: Any, right: Any, merged: Any) -> None:
    assert add_messages(left, right) == merged


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("Hello", {"role": "user", "content": "Hello"}),
        (("human", "Hello"), {"role": "user", "content": "Hello"}),
        ([("ai", "Hi")], {"role": "assistant", "content": "Hi"}),
        ({"role": "tool", "content": "7"}, {"role": "tool", "content": "7"}),
    ],
)
def test_what_is_said_becomes_a_message_with_an_id(said: Any, message: dict[str, str]) -> None:
    (found,) = add_messages([], said)
    id_ = found.pop("id")
    assert found == message
    assert len(id_) == 36


def test_nothing_that_was_given_is_changed() -> None:
    said = {"role": "user", "content": "Hello"}
    add_messages([HELLO], said)
    assert said == {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    "wrong",
    [
        RemoveMessage("nobody"),
        7,
        [None],
        [([], "Hello")],
        {"role": "user", "content": "", "id": []},
    ],
)
def test_what_cannot_be_merged_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidMessageError):
        add_messages([HELLO], wrong)


def test_an_object_that_is_nobodys_message_is_refused_with_the_remedy() -> None:
    class Message:
        type, content, id = "ai", "Hi", "2"

    with pytest.raises(InvalidMessageError, match="a Message is no message") as caught:
        add_messages([HELLO], Message())
    assert "a dict with `role` and `content`" in caught.value.remedy


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="Unrecognized format='markdown'"):
        add_messages([], [], format="markdown")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("new", 2),
        ([], 2),
        (ANEW, 0),
        ({"role": "assistant", "content": "anew", "id": "2"}, 1),
        (RemoveMessage("2"), 1),
        (RemoveMessage(REMOVE_ALL_MESSAGES), 0),
    ],
)
def test_storage_is_told_which_messages_are_the_same(said: Any, kept: int) -> None:
    _, channels = schema_of(MessagesState)
    _, changed = fold(channels, {"messages": [HELLO, HI]}, [("bot", "messages", said)])
    assert changed == {"messages": kept}


def test_of_several_writes_in_a_superstep_the_one_that_keeps_least_counts() -> None:
    _, channels = schema_of(MessagesState)
    writes = [("a", "messages", "new"), ("b", "messages", ANEW), ("c", "messages", "newer")]
    assert fold(channels, {"messages": [HELLO, HI]}, writes)[1] == {"messages": 0}


def test_a_conversation_goes_on_with_the_next_input() -> None:
    def bot(state: MessagesState) -> dict[str, Any]:
        return {"messages": {"role": "assistant", "content": str(len(state["messages"]))}}

    graph = StateGraph(MessagesState).add_node("bot", bot).add_edge(START, "bot")
    compiled = graph.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "chat"}}
    compiled.invoke({"messages": "one"}, config)
    said = compiled.invoke({"messages": "two"}, config)["messages"]
    assert [message["content"] for message in said] == ["one", "1", "two", "3"]
    assert len({message["id"] for message in said}) == 4

"""Conversations and tool calls in a file: what a process parks, another one finds."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from graphcli import START, MessagesState, StateGraph
from graphcli.storage import Storage
from graphcli.storage.codec import Codec

CHAT = '''
import sys
from langchain_core.messages import AIMessage, HumanMessage
from graphcli import START, MessagesState, StateGraph, Command, ToolNode, interrupt
from graphcli.storage import open_storage

def ask(about: str) -> str:
    """Ask a person."""
    return f"{about} {interrupt(about + '?')}"

calls = [{"name": "ask", "args": {"about": each}, "id": each} for each in ("tea", "milk")]
graph = StateGraph(MessagesState).add_node(ToolNode([ask])).add_edge(START, "tools")
with open_storage(sys.argv[1]) as storage:
    graph = graph.compile(checkpointer=storage)
    config = {"configurable": {"thread_id": "chat"}}
    if len(sys.argv) == 2:
        asked = AIMessage("", tool_calls=calls, id="2", response_metadata={"model": "scripted"})
        said = graph.invoke({"messages": [HumanMessage("Hello", id="1"), asked]}, config)
    else:
        ids = {i.value: i.id for i in graph.get_state(config).interrupts}
        said = graph.invoke(Command(resume={ids[sys.argv[2]]: sys.argv[3]}), config)
    assert said["messages"][0] == HumanMessage("Hello", id="1")
    expected = AIMessage("", tool_calls=calls, id="2", response_metadata={"model": "scripted"})
    assert said["messages"][1] == expected
    print([(type(m).__name__, m.content) for m in said["messages"][2:]])
    print(sorted(i.value for i in said.get("__interrupt__", ())))
'''


def process(*argv: str) -> list[str]:
    done = subprocess.run([sys.executable, *argv], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("order", [("tea", "milk"), ("milk", "tea")])
def test_each_of_two_tools_is_answered_by_its_own_process(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    pytest.importorskip("langgraph")
    script, place = tmp_path / "chat.py", str(tmp_path / "data")
    script.write_text(CHAT)
    assert process(str(script), place) == ["[]", "['milk?', 'tea?']"]
    first, second = order
    answered = process(str(script), place, f"{first}?", f"<{first}>")
    assert answered == [f"[('ToolMessage', '{first} <{first}>')]", f"['{second}?']"]
    assert process(str(script), place, f"{second}?", f"<{second}>") == [
        "[('ToolMessage', 'tea <tea>'), ('ToolMessage', 'milk <milk>')]",
        "[]",
    ]


@pytest.mark.parametrize("objects", [False, True], ids=["dicts", "messages of LangChain"])
def test_a_turn_writes_what_was_said_in_it(storage: Storage, objects: bool) -> None:
    if objects:
        human = pytest.importorskip("langchain_core.messages").HumanMessage
    graph = StateGraph(MessagesState).add_node("bot", lambda state: {"messages": ("ai", "y" * 500)})
    chat = graph.add_edge(START, "bot").compile(checkpointer=storage)
    for _ in range(40):
        said = human("x" * 500) if objects else "x" * 500
        output = chat.invoke({"messages": [said]}, {"configurable": {"thread_id": "chat"}})
    assert len(output["messages"]) == 80
    with sqlite3.connect(storage.path) as connection:
        (written,) = connection.execute("SELECT sum(length(body)) FROM channel_values").fetchone()
    assert written < 3 * len(Codec().encode(output["messages"], "messages"))
    assert chat.get_state({"configurable": {"thread_id": "chat"}}).values == output

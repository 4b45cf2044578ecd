"""Graphs that misbehave: one message, the right exit code, one document, and an end."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Shell

GRAPH = """\
import sys, threading, time
from typing import Any, TypedDict
from graphcli import START, Command, StateGraph, interrupt

class State(TypedDict, total=False):
    x: Any

def node(state):
    {body}

graph = StateGraph(State).add_node("node", node).add_edge(START, "node").compile()
"""


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("raise BaseException('odd')", "run_failed", "odd"),
        ("raise GeneratorExit", "run_failed", "GeneratorExit"),
        ("return Command(goto=5)", "invalid_update", "node `node` returned a Command whose goto"),
    ],
)
def test_whatever_a_node_raises_fails_the_thread(
    graphcli: Shell, body: str, code: str, message: str
) -> None:
    graphcli.write("g.py", GRAPH.format(body=body))
    ended = graphcli("run", "g.py", "-o", "json")
    assert ended.code == 1
    assert ended.json["status"] == "failed"
    assert ended.json["error"]["code"] == code
    assert message in ended.json["error"]["message"]
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("source", "exit_code", "message"),
    [
        ("raise BaseException('odd')", 3, "g.py:1: `g.py` cannot be loaded: BaseException: odd"),
        ("raise KeyboardInterrupt", 130, "interrupted (Ctrl-C)"),
    ],
)
def test_whatever_a_module_raises_is_one_document(
    graphcli: Shell, source: str, exit_code: int, message: str
) -> None:
    graphcli.write("g.py", source)
    ended = graphcli("run", "g.py", "-o", "json")
    assert ended.code == exit_code
    assert ended.json["error"]["message"].endswith(message)
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_thread_that_never_ends_does_not_keep_the_command(graphcli: Shell) -> None:
    body = "threading.Thread(target=time.sleep, args=(600,), name='pump').start()"
    graphcli.write("g.py", GRAPH.format(body=body))
    ended = graphcli("run", "g.py", "-o", "json")
    assert (ended.code, ended.json["status"]) == (0, "finished")
    assert ended.stderr.endswith("left behind: a thread of the graph that goes on: `pump`\n")


def test_a_thread_that_ends_is_waited_for(graphcli: Shell) -> None:
    body = "threading.Timer(0.2, lambda: open('done', 'w').close()).start()"
    graphcli.write("g.py", GRAPH.format(body=body))
    ended = graphcli("run", "g.py")
    assert ended.code == 0
    assert "left behind" not in ended.stderr
    assert (graphcli.cwd / "done").exists()


@pytest.mark.parametrize(
    "value", ["x = []; x.append(x)", "x = []\n    for _ in range(5000): x = [x]"]
)
def test_a_value_without_an_end_is_uncertain_and_says_where(graphcli: Shell, value: str) -> None:
    graphcli.write("g.py", GRAPH.format(body=f"{value}\n    return {{'x': x}}"))
    ended = graphcli("run", "g.py", "-o", "json")
    assert (ended.code, ended.json["status"]) == (9, "uncertain")
    assert ended.json["error"]["message"].startswith("x[0]")


def test_an_uncertain_task_is_settled_with_what_the_document_says(graphcli: Shell) -> None:
    graphcli.write("g.py", GRAPH.format(body="return {'x': open(__file__)}"))
    ended = graphcli("run", "g.py", "--thread", "t", "-o", "json")
    (task,) = ended.json["uncertain"]
    assert task["node"] == "node"
    assert graphcli("inspect", "t", "-o", "json").json["uncertain"] == [task]
    again = graphcli("resume", "t", "-o", "json")
    assert (again.code, again.json["uncertain"]) == (9, [task])
    program, *done = task["settle_with"]["done"]["argv"]
    assert program == "graphcli"
    settled = graphcli(*done, json.dumps({"x": "closed"}), "-o", "json")
    assert (settled.code, settled.json["values"]) == (0, {"x": "closed"})
    assert settled.json["uncertain"] == []


def test_an_empty_question_id_is_no_question_id(graphcli: Shell) -> None:
    graphcli("run", "approve", "--thread", "t")
    ended = graphcli("resume", "t", "--question", "", "--value", "approve")
    assert ended.code == 2
    assert "error: --question is empty\n" in ended.stderr
    assert graphcli("inspect", "t", "-o", "json").json["status"] == "waiting"


def test_an_answer_that_became_void_is_a_conflict_when_it_is_sent_again(graphcli: Shell) -> None:
    import_os = "import os; return {'x': interrupt(os.environ.get('ASK', 'one'))}"
    graphcli.write("g.py", GRAPH.format(body=import_os))
    first = graphcli("run", "g.py", "--thread", "t", "-o", "json")
    _, *answer = first.json["questions"][0]["answer_with"]["argv"]
    changed = graphcli(*answer, "yes please", environ={"ASK": "two"})
    assert changed.code == 6
    again = graphcli(*answer, "yes please", "-o", "json")
    assert (again.code, again.json["error"]["code"]) == (6, "question_changed")


#: A node that forks, and waits until the child has come back from it as well.
FORKS = """\
import os, sqlite3, warnings
from contextlib import closing
from typing import TypedDict
from graphcli import START, StateGraph

warnings.simplefilter("ignore")  # newer Pythons warn of threads

class State(TypedDict, total=False):
    x: str

def fork(state):
    if child := os.fork():
        os.waitpid(child, 0)
    elif {raises}:
        raise KeyboardInterrupt
    with closing(sqlite3.connect(os.environ["GRAPHCLI_STORAGE"])) as storage:
        return {{"x": storage.execute("SELECT status FROM threads").fetchone()[0]}}

def after(state):
    os.close(os.open("after", os.O_CREAT | os.O_EXCL))

builder = StateGraph(State).add_node("fork", fork).add_node("after", after)
builder.add_edge(START, "fork").add_edge("fork", "after")
if {beside}:
    builder.add_node("beside", lambda state: {{}}).add_edge(START, "beside")
graph = builder.compile()
"""


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("raises", [False, True])
def test_a_child_that_comes_back_from_a_node_touches_nothing(
    graphcli: Shell, raises: bool, beside: bool
) -> None:
    graphcli.write("g.py", FORKS.format(raises=raises, beside=beside))
    ended = graphcli("run", "g.py", "--thread", "one", "-o", "json")
    assert (ended.code, ended.json["status"]) == (0, "finished")  # one document
    assert ended.json["values"] == {"x": "running"}  # what the child has left
    assert ended.stderr.count("fork  ") == 1
    assert len(graphcli("inspect", "one", "-o", "json").json["history"]) == 4

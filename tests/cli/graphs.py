"""The graphs that the sessions run, as a user would have them in files."""

from __future__ import annotations

#: A person approves an output; each accepted answer leaves a line in `effects`.
ASK = """\
from typing import Literal, TypedDict

from graphcli import Command, START, StateGraph, interrupt


class State(TypedDict, total=False):
    output: str
    decision: str


def draft(state):
    return {"output": state.get("output", "a draft")}


def review(state) -> Command[Literal["publish", "drop"]]:
    payload = {"question": "Approve?", "options": ["approve", "reject"], "output": state["output"]}
    decision = interrupt(payload)
    with open("effects", "a") as effects:
        effects.write(decision + "\\n")
    goto = "publish" if decision == "approve" else "drop"
    return Command(update={"decision": decision}, goto=goto)


builder = StateGraph(State)
builder.add_node("draft", draft)
builder.add_node("review", review)
builder.add_node("publish", lambda state: {})
builder.add_node("drop", lambda state: {})
builder.add_edge(START, "draft")
builder.add_edge("draft", "review")
graph = builder.compile()
"""

#: Three questions at once.
MULTI = """\
import operator
from typing import Annotated, TypedDict

from graphcli import START, StateGraph, interrupt


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


def asks(node, payload):
    return lambda state: {"log": [f"{node}: {interrupt(payload)}"]}


builder = StateGraph(State)
for node, payload in {
    "who": "Who are you?",
    "sure": {"question": "Sure?", "type": "boolean"},
    "pick": {"question": "Which?", "options": ["x", "y"]},
}.items():
    builder.add_node(node, asks(node, payload))
    builder.add_edge(START, node)
graph = builder.compile()
"""

#: One node that does what `mode` says.
WORK = """\
import os
import signal
import time
from typing import TypedDict

from graphcli import START, Rejected, StateGraph, interrupt


class State(TypedDict, total=False):
    mode: str
    sent: object
    log: list[int]


def work(state):
    mode = state.get("mode")
    with open("attempts", "a") as attempts:
        attempts.write("x\\n")
    if mode == "kill" and not os.path.exists("calm"):
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "hang" and not os.path.exists("calm"):
        os.mkdir("hanging")  # a file would have a finalizer, in which a signal is lost
        time.sleep(60)
    if mode == "raise" and not os.path.exists("calm"):
        raise ValueError("no route to host")
    if mode == "lambda":
        return {"sent": {"deep": [1, lambda: 1]}}
    if mode == "no":
        raise Rejected("not on a Friday")
    if mode == "ask":
        return {"sent": interrupt("Sent?")}
    return {"sent": True}


builder = StateGraph(State)
builder.add_node("work", work)
builder.add_edge(START, "work")
graph = builder.compile()
"""

#: The same, where a crash does no harm.
SAFE = WORK.replace('add_node("work", work)', 'add_node("work", work, on_crash="rerun")')

#: A secret, then a question, so that the node runs again with the secret.
SECRET = """\
from typing import TypedDict

from graphcli import START, StateGraph, interrupt


class State(TypedDict, total=False):
    length: int


def login(state):
    schema = {"type": "string", "format": "password"}
    token = interrupt({"message": "Token?"}, response_schema=schema)
    interrupt({"message": "Go?", "options": ["go", "stop"]})
    return {"length": len(token)}


builder = StateGraph(State)
builder.add_node("login", login)
builder.add_edge(START, "login")
graph = builder.compile()
"""

RELEASE = """\
version: 1
name: release
inputs:
  tag: {type: text, help: Git tag to release}
  count: {type: integer, default: 2}
nodes:
  approve:
    ask:
      message: "Release {{ inputs.tag }}?"
      fields:
        decision: {type: choice, choices: [deploy, abort], default: abort}
        comment: {type: text, required: false}
    next:
      - {when: nodes.approve.decision == 'deploy', to: deploy}
      - {to: aborted}
  deploy: {run: 'printf %s "$TAG"', env: {TAG: "{{ inputs.tag }}"}, next: END}
  aborted: {fail: "aborted: {{ nodes.approve.comment or 'no comment' }}"}
output: "deployed {{ nodes.deploy.stdout }}"
"""

#: Questions in a graph that is a node of a graph that is a node, and in two called by a function.
NESTED = """\
from typing import TypedDict

from graphcli import START, StateGraph, interrupt


class State(TypedDict, total=False):
    draft: str
    licence: str
    signed: str


def ask(question):
    return interrupt({"question": question, "options": ["yes", "no"]})


licence = StateGraph(State)
licence.add_node("scan", lambda state: {"draft": "scanned"})
licence.add_node("confirm", lambda state: {"licence": ask("Licence fine?")})
licence.add_edge(START, "scan").add_edge("scan", "confirm")

audit = StateGraph(State)
audit.add_node("licence", licence.compile())
audit.add_node("sign", lambda state: {"signed": ask("Sign?")})
audit.add_edge(START, "licence").add_edge("licence", "sign")

builder = StateGraph(State)
builder.add_node("build", lambda state: {"draft": "built"})
builder.add_node("audit", audit.compile())
builder.add_edge(START, "build").add_edge("build", "audit")
graph = builder.compile()
"""

CALLED = """\
from dataclasses import dataclass
from typing import TypedDict

from graphcli import START, StateGraph, interrupt


@dataclass
class Line:
    text: str


class Edited(TypedDict, total=False):
    line: Line


def edit(state):
    text = interrupt({"question": "Which text?", "default": state["line"].text, "type": "text"})
    return {"line": Line(text)}


editor = StateGraph(Edited).add_node("edit", edit).add_edge(START, "edit").compile()


class State(TypedDict, total=False):
    title: str
    body: str


def write(state):
    title = editor.invoke({"line": Line("a title")})["line"].text
    body = editor.invoke({"line": Line("a body")})["line"].text
    return {"title": title, "body": body}


graph = StateGraph(State).add_node("write", write).add_edge(START, "write").compile()
"""

#: A graph for each region at once.
REGIONS = """\
import operator
from typing import Annotated, TypedDict

from graphcli import START, Send, StateGraph, interrupt


class Region(TypedDict, total=False):
    name: str
    done: Annotated[list[str], operator.add]


def approve(state):
    answer = interrupt({"question": f"Deploy to {state['name']}?", "options": ["yes", "no"]})
    return {"done": [f"{state['name']}: {answer}"]}


region = StateGraph(Region).add_node("approve", approve).add_edge(START, "approve").compile()


class State(TypedDict, total=False):
    done: Annotated[list[str], operator.add]


def each(state):
    return [Send("region", {"name": name}) for name in ("eu", "us")]


builder = StateGraph(State).add_node("region", region)
graph = builder.add_conditional_edges(START, each, ["region"]).compile()
"""

#: Two graphs at once with a node of the same name.
TWINS = """\
from typing import TypedDict

from graphcli import START, InMemorySaver, StateGraph, interrupt


class State(TypedDict, total=False):
    left: str
    right: str


def child(key):
    node = lambda state: {key: interrupt({"question": f"{key}?", "options": ["yes", "no"]})}
    graph = StateGraph(State).add_node("approve", node).add_edge(START, "approve")
    return graph.compile(checkpointer=InMemorySaver())


builder = StateGraph(State).add_node("left", child("left")).add_node("right", child("right"))
builder.add_edge(START, "left").add_edge(START, "right")
graph = builder.compile(checkpointer=InMemorySaver())
"""

#: `work` two graphs deep.
DEEP = WORK.replace(
    "graph = builder.compile()",
    """\
office = StateGraph(State).add_node("office", builder.compile()).add_edge(START, "office")
graph = StateGraph(State).add_node("tell", office.compile()).add_edge(START, "tell").compile()""",
)

FILES = {
    "ask.py": ASK,
    "multi.py": MULTI,
    "work.py": WORK,
    "safe.py": SAFE,
    "secret.py": SECRET,
    "release.yaml": RELEASE,
    "nested.py": NESTED,
    "called.py": CALLED,
    "regions.py": REGIONS,
    "twins.py": TWINS,
    "deep.py": DEEP,
}

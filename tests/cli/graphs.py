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
        open("hanging", "w").close()
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

FILES = {
    "ask.py": ASK,
    "multi.py": MULTI,
    "work.py": WORK,
    "safe.py": SAFE,
    "secret.py": SECRET,
    "release.yaml": RELEASE,
}

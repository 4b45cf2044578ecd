"""The graphs of the consent tests. Whatever acts on an answer leaves a line in `effects`."""

from __future__ import annotations

_HEAD = """\
import operator
import os
from typing import Annotated, TypedDict

from graphcli import START, Send, StateGraph, interrupt


class State(TypedDict, total=False):
    of: str
    said: object
    more: object
    log: Annotated[list[str], operator.add]


def effect(what):
    with open("effects", "a") as effects:
        effects.write(f"{what}\\n")


def fail_while(name):
    if os.path.exists(name):
        raise OSError(f"{name} is in the way")


builder = StateGraph(State)
"""

#: One question, then an effect in the same node, which fails while a file `broken` is there.
ONE = (
    _HEAD
    + """
def ask(state):
    said = interrupt({"question": "Ship?", "options": ["yes", "no"]})
    fail_while("broken")
    effect(f"ask-{said}")
    return {"said": said}


builder.add_node("ask", ask)
graph = builder.add_edge(START, "ask").compile()
"""
)

#: An effect of its own before the question, the question, and an effect behind it.
CHAIN = (
    _HEAD
    + """
def prepare(state):
    effect("prepared")


def ask(state):
    try:
        said = interrupt({"question": f"Delete {state.get('of', 'it')}?"})
    except Exception:  # an interrupt must not end up here
        said = "swallowed"
    return {"said": said}


def act(state):
    effect(repr(state["said"]).replace(" ", ""))


for node in (prepare, ask, act):
    builder.add_node(node.__name__, node)
builder.add_edge(START, "prepare").add_edge("prepare", "ask").add_edge("ask", "act")
graph = builder.compile()
"""
)

#: A question, an effect in the node behind it that fails while `broken` is there, a question more.
LATER = (
    _HEAD
    + """
def ask(state):
    return {"said": interrupt("Build?")}


def act(state):
    fail_while("broken")
    effect("acted")


def danger(state):
    return {"more": interrupt("Delete the database?")}


for node in (ask, act, danger):
    builder.add_node(node.__name__, node)
builder.add_edge(START, "ask").add_edge("ask", "act").add_edge("act", "danger")
graph = builder.compile()
"""
)

#: The same question in each round of a loop, until somebody says no.
LOOP = (
    _HEAD
    + """
from graphcli import Command

def ask(state):
    said = interrupt({"question": "Once more?"})
    effect(f"round-{said}")
    return Command(update={"log": [said]}, goto="ask" if said != "stop" else "__end__")


builder.add_node("ask", ask)
graph = builder.add_edge(START, "ask").compile()
"""
)

#: Two questions in one node.
TWICE = (
    _HEAD
    + """
def ask(state):
    first = interrupt("First?")
    second = interrupt("Second?")
    effect(f"{first}-{second}")
    return {"said": [first, second]}


builder.add_node("ask", ask)
graph = builder.add_edge(START, "ask").compile()
"""
)

#: Three questions at once; `slow` waits behind a pipe `gate`, if there is one, once it is answered.
PARALLEL = (
    _HEAD
    + """
def asks(name):
    def node(state):
        said = interrupt({"question": f"{name}?", "options": ["yes", "no"]})
        if name == "slow" and os.path.exists("gate"):
            with open("begun", "w") as begun:  # a pipe too: whoever reads it goes on now
                begun.write(str(os.getpid()))
            open("gate").read()
        effect(f"{name}-{said}")
        return {"log": [f"{name}-{said}"]}

    return node


for name in ("left", "right", "slow"):
    builder.add_node(name, asks(name)).add_edge(START, name)
graph = builder.compile()
"""
)

#: A question in each of two graphs inside the graph.
INSIDE = (
    _HEAD
    + """
def child(name):
    def node(state):
        said = interrupt({"question": f"{name}?", "options": ["yes", "no"]})
        effect(f"{name}-{said}")
        return {"log": [f"{name}-{said}"]}

    return StateGraph(State).add_node("sign", node).add_edge(START, "sign").compile()


for name in ("left", "right"):
    builder.add_node(name, child(name)).add_edge(START, name)
graph = builder.compile()
"""
)

#: Asks what the environment says: another question in another process.
MOODY = (
    _HEAD
    + """
def ask(state):
    said = interrupt(os.environ.get("ASK", "Delete a?"))
    effect(f"{said}")
    return {"said": said}


builder.add_node("ask", ask)
graph = builder.add_edge(START, "ask").compile()
"""
)

#: Dies by kill -9 in the node behind the answer, once.
CRASH = CHAIN.replace(
    "def act(state):\n",
    """def act(state):
    if os.path.exists("deadly"):
        os.unlink("deadly")
        effect("begun")
        os.kill(os.getpid(), 9)
""",
)

RELEASE = """\
version: 1
name: release
nodes:
  build: {run: 'echo built >> effects', next: approve}
  approve:
    ask:
      message: "Release it?"
      fields:
        decision: {type: choice, choices: [deploy, abort]}
        count: {type: integer, default: 0, required: false}
    next:
      - {when: nodes.approve.decision == 'deploy', to: deploy}
      - {to: aborted}
  deploy: {run: 'echo deployed >> effects', next: END}
  aborted: {fail: "aborted"}
"""

TOGETHER = """\
version: 1
name: together
nodes:
  begin: {run: 'echo begun >> effects', next: [legal, money]}
  legal: {ask: {message: "Legal?", fields: {ok: {type: boolean}}}, next: signed}
  money: {ask: {message: "Money?", fields: {ok: {type: boolean}}}, next: paid}
  signed: {run: 'echo signed >> effects', next: END}
  paid: {run: 'echo paid >> effects', next: END}
"""

FILES = {
    "one.py": ONE,
    "chain.py": CHAIN,
    "later.py": LATER,
    "loop.py": LOOP,
    "twice.py": TWICE,
    "parallel.py": PARALLEL,
    "inside.py": INSIDE,
    "moody.py": MOODY,
    "crash.py": CRASH,
    "release.yaml": RELEASE,
    "together.yaml": TOGETHER,
}

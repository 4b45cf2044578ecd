"""Decisions and forms at the command line: what is printed, and what the node gets."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import json
from typing import Any

import pytest
from inline_snapshot import snapshot

from tests.cli.session import play
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell
from tests.prompts.payloads import SEND, elicit, hitl, inbox

ACTIONS = hitl(("send", SEND, ["approve", "edit"]), ("rm", {}, ["approve", "reject"]))
FORM = elicit({"name": {"type": "string"}}, "name", message="Who?")
PAYLOADS = {"actions": ACTIONS, "form": FORM, "inbox": [inbox("rm", {}, "accept ignore")]}

GRAPH = """\
from typing import TypedDict
from graphcli import START, StateGraph, interrupt

class State(TypedDict, total=False):
    got: object

PAYLOAD = {payload!r}
graph = StateGraph(State).add_node("ask", lambda state: {{"got": interrupt(PAYLOAD)}})
graph = graph.add_edge(START, "ask").compile()
"""


@pytest.fixture
def here(graphcli: Shell) -> Shell:
    for name, payload in PAYLOADS.items():
        graphcli.write(f"{name}.py", GRAPH.format(payload=payload))
    return graphcli


def test_two_actions_are_decided_on_by_name(here: Shell) -> None:
    assert play(
        here,
        "run actions.py --thread one",
        "resume one --value approve",
        """resume one --answer ask.1=edit --answer 'ask.1.args={"to": "bob"}' --answer ask.2=no --answer ask.2.message=mine""",
    ) == snapshot("""\
$ graphcli run actions.py --thread one
! ? ask  asks a person
! waiting for a person (exit 8). This is not an error: the graph `actions`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `ask` asks: Decide on `send`, `rm`.
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: JSON for 2 decisions; or --answer NODE.1=VALUE for each; as in '{"decisions":[{"type":"approve"},{"type":"approve"}]}'
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --value approve
! graph: DIR/actions.py:graph
! error: not sent to `ask`: `2` is missing
!   it takes one of `approve`, `reject`
!   thread `one` is waiting; go on with
!     graphcli resume one --storage STORAGE
[5]
$ graphcli resume one --answer ask.1=edit --answer 'ask.1.args={"to": "bob"}' --answer ask.2=no --answer ask.2.message=mine
> {
>   "got": {
>     "decisions": [
>       {
>         "type": "edit",
>         "edited_action": {
>           "name": "send",
>           "args": {
>             "to": "bob"
>           }
>         }
>       },
>       {
>         "type": "reject",
>         "message": "mine"
>       }
>     ]
>   }
> }
! graph: DIR/actions.py:graph
! answering ID (ask): Decide on `send`, `rm`.
! ↻ ask  runs again from its start (2nd time)
! ✓ ask  0.0 s
! finished: thread `one`
""")


def got(shell: Shell, graph: str, *argv: str) -> Any:
    done = shell("run", f"{graph}.py", "-o", "json", *argv)
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)["values"]["got"]


def test_words_and_fields_become_what_the_graph_wants(here: Shell) -> None:
    approved = {"decisions": [{"type": "approve"}, {"type": "approve"}]}
    assert got(here, "actions", "--value", json.dumps(approved)) == approved
    assert got(here, "form", "--value", "decline") == {"action": "decline"}
    accepted = {"action": "accept", "content": {"name": "Ann"}}
    assert got(here, "form", "--answer", "ask.name=Ann") == accepted
    assert got(here, "inbox", "--value", "yes") == [{"type": "accept", "args": None}]


def test_a_program_is_offered_no_decision(here: Shell) -> None:
    asked = json.loads(here("run", "form.py", "-o", "json").stdout)["questions"][0]
    assert asked["default"] is None
    assert [branch["properties"]["action"] for branch in asked["schema"]["oneOf"]] == [
        {"const": "accept"},
        {"enum": ["decline", "cancel"]},
    ]


def test_a_person_gets_the_same_as_a_script(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "form.py", "-o", "json")
    child.expect_exact("Who?")
    child.expect_exact("fill it in and send it")
    child.send("\r")
    child.expect_exact("Name")
    child.send("Ann\r")
    child.expect_exact("Review")
    child.send("\r")
    text, code = ended(child)
    assert '"got": {' in text
    assert code == 0
    script = got(here, "form", "--answer", "ask.name=Ann")
    values = text[text.index('"values": {') : text.index('"questions"')]
    assert json.loads(f"{{{values.rstrip().rstrip(',')}}}") == {"values": {"got": script}}

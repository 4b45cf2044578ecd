"""A graph whose file changes while its thread waits: what a person reads, and that nothing is lost."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import re

import pytest
from inline_snapshot import snapshot

from tests.cli.session import play, steady
from tests.conftest import Shell

RELEASE = """
import operator
from typing import Annotated, TypedDict
from graphcli import START, StateGraph, interrupt

class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
    notes: str
    ok: str

def build(state: State) -> State:
    return {"notes": "all new"}

def approve(state: State) -> State:
    return {"ok": interrupt({"question": "Release?", "options": ["yes", "no"]})}

def deploy(state: State) -> State:
    return {"log": ["deployed: " + state["ok"]]}

builder = StateGraph(State)
builder.add_node(build).add_node("approve", approve).add_node(deploy)
builder.add_edge(START, "build").add_edge("build", "approve").add_edge("approve", "deploy")
graph = builder.compile()
"""

YAML = """
version: 1
name: release
nodes:
  build: {run: echo built, next: approve}
  approve:
    ask: {message: "Release?", fields: {go: {type: boolean}}}
    next: [{when: nodes.approve.go, to: deploy}, {to: stop}]
  deploy: {run: echo deployed}
  stop: {fail: stopped}
output: "{{ nodes.deploy.stdout }}"
"""


def parked(shell: Shell, text: str = RELEASE, name: str = "release.py") -> None:
    shell.write(name, text)
    assert shell("run", name, "--thread", "one").code == 8


def changed(shell: Shell, *edits: tuple[str, str], text: str = RELEASE) -> None:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    shell.write("release.py" if "import" in text else "release.yaml", text)


def test_a_waiting_node_that_was_renamed(graphcli: Shell) -> None:
    parked(graphcli)
    before = graphcli("inspect", "one", "-o", "json").stdout
    changed(graphcli, ('"approve"', '"approval"'))
    assert play(graphcli, "resume one --value yes", "resume one -o json -q") == snapshot("""\
$ graphcli resume one --value yes
! graph: DIR/release.py:graph
! answering ID (approve): Release?
! error: thread `one` waits at node `approve`, which the graph no longer has; did you mean `approval`?
!   nothing has moved: bring it back, or go on with the graph as it was
!     graphcli resume --storage STORAGE one --graph OLD
!   or give the thread up
!     graphcli cancel --storage STORAGE one
[3]
$ graphcli resume one -o json -q
> {"schema_version":1,"command":"resume","status":"waiting","thread":"one","graph":"release","values":{"log":[],"notes":"all new"},"questions":[{"id":"ID","node":"approve","ns":"","message":"Release?","payload":{"question":"Release?","options":["yes","no"]},"schema":{"enum":["yes","no"]},"default":null,"digest":"DIGEST","asked_at":"TIME","answer_with":{"argv":["graphcli","resume","one","--storage","STORAGE","--question","ID","--if-match","DIGEST","--value"],"line":"graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value"},"next":[],"runs":null}],"error":{"code":"graph_changed","message":"thread `one` waits at node `approve`, which the graph no longer has; did you mean `approval`?","remedy":"nothing has moved: bring it back, or go on with the graph as it was\\n  graphcli resume --storage STORAGE one --graph OLD\\nor give the thread up\\n  graphcli cancel --storage STORAGE one","thread":"one","node":"approve"},"output":null,"uncertain":[]}
! error: thread `one` waits at node `approve`, which the graph no longer has; did you mean `approval`?
!   nothing has moved: bring it back, or go on with the graph as it was
!     graphcli resume --storage STORAGE one --graph OLD
!   or give the thread up
!     graphcli cancel --storage STORAGE one
[3]
""")
    assert graphcli("inspect", "one", "-o", "json").stdout == before
    graphcli.write("old.py", RELEASE)
    assert play(graphcli, "resume one --value yes --graph old.py") == snapshot("""\
$ graphcli resume one --value yes --graph old.py
> {
>   "log": [
>     "deployed: yes"
>   ],
>   "notes": "all new",
>   "ok": "yes"
> }
! thread `one` is one of graph `release`: on with another
! answering ID (approve): Release?
! ↻ approve  runs again from its start (2nd time)
! ✓ approve  0.0 s
! ✓ deploy  0.0 s
! finished: thread `one`
""")


def test_a_waiting_node_that_asks_the_same_as_before(graphcli: Shell) -> None:
    parked(graphcli)
    changed(
        graphcli,
        ('{"ok": interrupt', '{"log": ["asked"], "ok": interrupt'),
        ("def build(state: State) -> State:", "def build(state: State) -> State:\n    print()"),
        ("    notes: str\n", ""),
        ('{"notes": "all new"}', "{}"),
    )
    assert play(graphcli, "resume one", "resume one --value yes") == snapshot("""\
$ graphcli resume one
! graph: DIR/release.py:graph
! the graph has changed since thread `one` last ran:
!   changed  node `approve`, at which the thread stands
!   gone     key `notes` of the state; no node sees its value any more, but the thread keeps it
!   see what it keeps: graphcli inspect one --storage STORAGE
! waiting for a person (exit 8). This is not an error: the graph `release`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `approve` asks: Release?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!     then -> deploy
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --value yes
> {
>   "log": [
>     "asked",
>     "deployed: yes"
>   ],
>   "ok": "yes"
> }
! graph: DIR/release.py:graph
! answering ID (approve): Release?
! the graph has changed since thread `one` last ran:
!   changed  node `approve`, at which the thread stands
!   gone     key `notes` of the state; no node sees its value any more, but the thread keeps it
!   see what it keeps: graphcli inspect one --storage STORAGE
! ↻ approve  runs again from its start (2nd time)
! ✓ approve  0.0 s
! ✓ deploy  0.0 s
! finished: thread `one`
""")


def test_what_is_harmless_is_not_worth_a_word(graphcli: Shell) -> None:
    parked(graphcli)
    changed(
        graphcli,
        (
            "def approve(state: State) -> State:\n",
            'def approve(\n    state: State,  # all\n) -> State:\n    """Ask."""\n',
        ),
        ('"all new"', '"all the same"'),
        ("    ok: str", "    ok: str\n    more: list"),
        ("graph = ", 'builder.add_node("spare", deploy)\ngraph = '),
    )
    assert play(graphcli, "resume one --value yes") == snapshot("""\
$ graphcli resume one --value yes
> {
>   "log": [
>     "deployed: yes"
>   ],
>   "notes": "all new",
>   "ok": "yes"
> }
! graph: DIR/release.py:graph
! answering ID (approve): Release?
! ↻ approve  runs again from its start (2nd time)
! ✓ approve  0.0 s
! ✓ deploy  0.0 s
! finished: thread `one`
""")


def test_a_waiting_node_that_asks_something_else(graphcli: Shell) -> None:
    parked(graphcli)
    changed(graphcli, ("Release?", "Release to everybody?"))
    assert play(graphcli, "resume one --value yes") == snapshot("""\
$ graphcli resume one --value yes
! graph: DIR/release.py:graph
! answering ID (approve): Release?
! the graph has changed since thread `one` last ran:
!   changed  node `approve`, at which the thread stands
! ↻ approve  runs again from its start (2nd time)
! ? approve  asks a person
! not used: the answer to ID: when the node ran again it asked something else, or nothing
!   look at the new question before you answer it. To keep this from happening, give the
!   question a node of its own, or keep what comes before it in a `task`
! waiting for a person: thread `one`
!
!   `approve` asks: Release to everybody?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!     then -> deploy
!
!   here, on a terminal:
!     graphcli resume one --storage STORAGE
[6]
""")


def test_a_question_before_the_one_that_was_answered(graphcli: Shell) -> None:
    parked(graphcli)
    changed(
        graphcli,
        ('    return {"ok": interrupt', '    interrupt("Sure?")\n    return {"ok": interrupt'),
    )
    assert play(graphcli, "resume one --value yes") == snapshot("""\
$ graphcli resume one --value yes
! graph: DIR/release.py:graph
! answering ID (approve): Release?
! the graph has changed since thread `one` last ran:
!   changed  node `approve`, at which the thread stands
! ↻ approve  runs again from its start (2nd time)
! ? approve  asks a person
! not used: the answer to ID: when the node ran again it asked something else, or nothing
!   look at the new question before you answer it. To keep this from happening, give the
!   question a node of its own, or keep what comes before it in a `task`
! waiting for a person: thread `one`
!
!   `approve` asks: Sure?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: JSON, or else text
!     then -> deploy
!
!   here, on a terminal:
!     graphcli resume one --storage STORAGE
[6]
""")
    graphcli.write("release.py", RELEASE)  # as it was: it asks what it asked
    assert graphcli("resume", "one", "--value", "sure").code == 6
    assert graphcli("resume", "one", "--value", "yes").json["log"] == ["deployed: yes"]


def test_a_question_that_is_gone_stops_the_thread_before_anything_follows(graphcli: Shell) -> None:
    parked(graphcli)
    changed(graphcli, ('interrupt({"question": "Release?", "options": ["yes", "no"]})', '"always"'))
    assert play(graphcli, "resume one --value no", "resume one -q") == snapshot("""\
$ graphcli resume one --value no
! graph: DIR/release.py:graph
! answering ID (approve): Release?
! the graph has changed since thread `one` last ran:
!   changed  node `approve`, at which the thread stands
! ↻ approve  runs again from its start (2nd time)
! ✓ approve  0.0 s
! not used: the answer to ID: when the node ran again it asked something else, or nothing
!   look at the new question before you answer it. To keep this from happening, give the
!   question a node of its own, or keep what comes before it in a `task`
! stopped: thread `one`; go on with
!   graphcli resume one --storage STORAGE
[6]
$ graphcli resume one -q
> {
>   "log": [
>     "deployed: always"
>   ],
>   "notes": "all new",
>   "ok": "always"
> }
""")


def test_inspect_shows_the_difference_and_runs_nothing(graphcli: Shell) -> None:
    parked(graphcli)
    changed(
        graphcli,
        ('"approve"', '"approval"'),
        ('"deployed: "', '"released: "'),
        ("operator.add]", "operator.concat]"),
        ("    notes: str", "    text: str"),
        ('{"notes": "all new"}', "1 / 0"),
    )
    shown = graphcli("inspect", "one", "--graph", "release.py").stdout
    assert shown[shown.index("Graph\n") : shown.index("\n\nHistory")] == snapshot("""\
Graph
  new      node `approval`
  gone     node `approve`, without which the thread cannot go on
  changed  node `build`
  changed  node `deploy`
  changed  where `build` leads
  changed  key `log` of the state
  gone     key `notes` of the state; no node sees its value any more,
           but the thread keeps it
  new      key `text` of the state\
""")
    document = graphcli("inspect", "one", "--graph", "release.py", "-o", "json").json
    assert document["drift"] == snapshot(
        [
            {"change": "changed", "part": "edges", "path": "build", "concerns": False},
            {"change": "new", "part": "node", "path": "approval", "concerns": False},
            {"change": "gone", "part": "node", "path": "approve", "concerns": True},
            {"change": "changed", "part": "node", "path": "build", "concerns": False},
            {"change": "changed", "part": "node", "path": "deploy", "concerns": False},
            {"change": "changed", "part": "state", "path": "log", "concerns": False},
            {"change": "gone", "part": "state", "path": "notes", "concerns": True},
            {"change": "new", "part": "state", "path": "text", "concerns": False},
        ]
    )
    changed(graphcli)
    same = graphcli("inspect", "one", "--graph", "release.py")
    assert "Graph\n  as it was when the thread last ran\n" in same.stdout
    assert graphcli("inspect", "one", "--graph", "release.py", "-o", "json").json["drift"] == []


#: What the thread does at `approve` in place of asking, and the flags of its run.
STANDS = {
    "failed": ("state['nothing']", ()),
    "stopped": ("'so far'", ("--break-before", "approve")),
    "uncertain": ("__import__('os').kill(__import__('os').getpid(), 9)", ()),
}


@pytest.mark.parametrize("status", STANDS)
def test_what_changed_is_said_wherever_a_thread_stands(graphcli: Shell, status: str) -> None:
    asks = 'interrupt({"question": "Release?", "options": ["yes", "no"]})'
    does, flags = STANDS[status]
    graphcli.write("release.py", RELEASE.replace(asks, does))
    graphcli("run", "release.py", "--thread", "one", *flags)
    changed(graphcli, (asks, "'mended'"), ("    notes: str\n", ""), ('{"notes": "all new"}', "{}"))
    settle = ("--rerun",) if status == "uncertain" else ()
    done = graphcli("resume", "one", *settle)
    assert (done.code, done.json["log"]) == (0, ["deployed: mended"])
    told = re.split("[✓↻]", steady(done.stderr, graphcli))[0]
    told = told.replace("settling `approve` (task ID): run it again\n", "")
    assert told == snapshot("""\
graph: DIR/release.py:graph
the graph has changed since thread `one` last ran:
  changed  node `approve`, at which the thread stands
  gone     key `notes` of the state; no node sees its value any more, but the thread keeps it
  see what it keeps: graphcli inspect one --storage STORAGE
""")


def test_without_a_graph_inspect_loads_none(graphcli: Shell) -> None:
    parked(graphcli)
    graphcli.write("release.py", "raise SystemExit('loaded')")
    done = graphcli("inspect", "one", "-o", "json")
    assert (done.code, "drift" in done.json) == (0, False)
    # The control: with --graph it is loaded.
    assert graphcli("inspect", "one", "--graph", "release.py").code == 3


def test_a_yaml_graph_that_changed(graphcli: Shell) -> None:
    parked(graphcli, YAML, "release.yaml")
    changed(
        graphcli,
        ('ask: {message: "Release?",', 'ask:  # a person\n      {message: "Release?",'),
        ("when: nodes.approve.go", "when: not nodes.approve.go"),
        ("echo deployed", "echo out"),
        text=YAML,
    )
    shown = graphcli("inspect", "one", "--graph", "release.yaml").stdout
    assert shown[shown.index("Graph\n") : shown.index("\n\nHistory")] == snapshot("""\
Graph
  changed  node `deploy`
  changed  where `approve` leads next\
""")
    changed(
        graphcli,
        ("  approve:", "  confirm:"),
        ("nodes.approve", "nodes.confirm"),
        ("next: approve", "next: confirm"),
        text=YAML,
    )
    assert play(graphcli, "resume one --value '{\"go\": true}'") == snapshot("""\
$ graphcli resume one --value '{"go": true}'
! graph: DIR/release.yaml
! answering ID (approve): Release?
! error: thread `one` waits at node `approve`, which the graph no longer has
!   nothing has moved: bring it back, or go on with the graph as it was
!     graphcli resume --storage STORAGE one --graph OLD
!   or give the thread up
!     graphcli cancel --storage STORAGE one
[3]
""")
    graphcli.write("release.yaml", YAML)
    assert graphcli("resume", "one", "--value", '{"go": true}').stdout == "deployed\n"

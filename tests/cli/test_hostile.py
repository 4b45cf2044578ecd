"""No byte of a payload, a name or an error drives the terminal, through any command."""

from __future__ import annotations

import pytest

from tests.cli.session import calm
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u200b"
#: What no output may hold: escapes, bells, C1, bidi overrides.
DRIVING = ("\x1b]", "\x1b[2J", "\x07", "\x9b", "\u202e", "\u200b", "\x00")

GRAPH = f"""\
from typing import TypedDict

from graphcli import START, StateGraph, interrupt

EVIL = {EVIL!r}


class State(TypedDict, total=False):
    mode: str
    text: str


def node(state):
    if state.get("mode") == "raise":
        raise ValueError(EVIL)
    print("node says")
    answer = interrupt({{"question": "Sure?" + EVIL, "options": ["a" + EVIL, "b"], EVIL: EVIL}})
    return {{"text": EVIL}}


builder = StateGraph(State)
builder.add_node("node" + EVIL, node)
builder.add_edge(START, "node" + EVIL)
graph = builder.compile(name="graph" + EVIL)
"""

COMMANDS = [
    "run evil.py --thread two",
    "run evil.py -o json",
    "run evil.py -o jsonl",
    "run evil.py -i mode=raise",
    "resume one",
    "resume one --value wrong",
    "resume one --value b",
    "list",
    "list -o json",
    "inspect one",
    "inspect one --full",
    "inspect one -o json",
    "show evil.py",
    "show evil.py --mermaid",
    "show evil.py -o json",
    "check evil.py",
    "cancel one",
]


@pytest.fixture
def evil(here: Shell) -> Shell:
    here.write("evil.py", GRAPH)
    assert here("run", "evil.py", "--thread", "one").code == 8
    return here


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_of_it_comes_through_raw(evil: Shell, command: str) -> None:
    done = calm(evil(*command.split()))
    for sequence in DRIVING:
        assert sequence not in done.stderr
        assert sequence not in done.stdout


@pytest.mark.parametrize("command", ["run evil.py", "resume one", "list", "inspect one"])
def test_nor_on_a_terminal(evil: Shell, terminal: Terminal, command: str) -> None:
    child = terminal(*command.split())
    if command in ("run evil.py", "resume one"):
        child.expect("Choose one")
        before = str(child.before) + str(child.after)
        child.send("\x03")
    else:
        before = ""
    text = before + ended(child)[0]
    for sequence in DRIVING:
        assert sequence not in text.replace("\x1b[2J", "") or sequence == "\x1b[2J"
    assert "\x1b]0;owned" not in text


@pytest.mark.parametrize("where", ["resume", "inspect", "cancel", "run ask.py --thread"])
def test_a_thread_id_in_an_error_is_visible_text(evil: Shell, where: str) -> None:
    done = calm(evil(*where.split(), EVIL))
    assert done.code in (2, 4)
    assert "\\x1b]0;owned" in done.stderr
    assert not any(sequence in done.stderr for sequence in DRIVING)


@pytest.mark.parametrize(
    "argv",
    [
        ["run", EVIL],
        ["run", EVIL + ".py"],
        ["run", EVIL + ".yaml"],
        [EVIL],
        ["run", "--" + EVIL],
        ["run", "ask.py", "-i", EVIL],
        ["run", "ask.py", "-i", EVIL + "=1"],
        ["run", "ask.py", "--answer", EVIL],
        ["run", "ask.py", "--answer", EVIL + "=1"],
        ["run", "ask.py", "--answers", EVIL],
        ["run", "ask.py", "--break-before", EVIL],
        ["run", "ask.py", "--input", EVIL],
        ["resume", "one", "--question", EVIL, "--value", "b"],
        ["resume", "one", "--if-match", EVIL, "--value", "b"],
        ["resume", "one", "--value", EVIL],
        ["resume", "one", "--done", EVIL],
        ["resume", "one", "--value-file", EVIL],
        ["list", "--status", EVIL],
        ["list", "--storage", "evil://" + EVIL],
    ],
    ids=lambda argv: " ".join(argv).replace(EVIL, "EVIL"),
)
def test_neither_does_what_was_typed(evil: Shell, argv: list[str]) -> None:
    done = calm(evil(*argv))
    assert done.code in (2, 3, 4, 5, 6, 7)
    assert not any(sequence in done.stderr + done.stdout for sequence in DRIVING)

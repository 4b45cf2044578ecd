"""A payload at a real terminal, byte by byte: it moves, colours, renames and hides nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

#: A title, a cleared screen, a step up, a link, the clipboard, overprinting, bidi, C1, other sets.
EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x1b[1A\x1b]8;;http://e\x07\x1b]52;c;eA==\x07\r\b\b\b\u202e\u200b"
    "\x9b31m\x0e\x1bP+q\x1b\\\x1bc"
)
#: The same for a reader: written out here, since the code under test must not be asked.
TAME = "".join(
    char
    if " " <= char <= "~"
    else f"\\x{ord(char):02x}"
    if ord(char) < 256
    else f"\\u{ord(char):04x}"
    for char in EVIL
)

GRAPH = """\
import os
from typing import Any, TypedDict

from graphcli import START, StateGraph, interrupt

E = os.environ["PAYLOAD"]
T = {"title": "T" + E, "description": "H" + E}


class State(TypedDict, total=False):
    x: Any


def form(**fields):
    return {"type": "object", "properties": fields, "required": list(fields)}


ASKED = {
    "any": ({"question": "Q" + E, "default": "d" + E, E: [{E: E}, {E: E}]}, None),
    "choice": (
        {"question": "Q", "options": ["a" + E, {"value": "b", "label": "L" + E, "help": E}]},
        None,
    ),
    "several": ({"m": E}, {"type": "array", "items": {"enum": ["a" + E, "b" + E]}, **T}),
    "text": ({"question": E}, {"type": "string", "default": "d" + E, **T}),
    "long": ({"question": "Q" + E, "draft": "l" + E}, None),
    "form": (
        {"message": "M" + E},
        form(**{
            "a" + E: {"type": "string", "default": "v" + E, **T},
            "b": {"enum": ["x" + E, "y"], **T},
            "secret": {"type": "string", "writeOnly": True, **T},
        }),
    ),
}


def ask(state):
    payload, schema = ASKED[os.environ["ASKED"]]
    return {"x": interrupt(payload, response_schema=schema)}


node = "n" + E.replace(":", "").replace("|", "")
builder = StateGraph(State)
builder.add_node(node, ask)
builder.add_edge(START, node)
graph = builder.compile(name="g" + E)
"""

#: What is waited for, and the keys that follow it.
LABEL = r"\?[^\n]{1,30}T"
KEYS: dict[str, list[tuple[str, str]]] = {
    "any": [("Your answer", "\r")],
    "choice": [("Choose one", "\x1b[B\r")],
    "several": [("Space picks", " \r")],
    "text": [(LABEL, "\r")],
    "long": [("Edit in", "\x03")],
    "form": [("goes on", "\r"), ("goes on", "\r"), ("not shown", "pw\r"), ("Review", "\r")],
}
#: Whatever a terminal obeys, and whatever hides or turns text.
OBEYED = re.compile(
    r"\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)


def orders(text: str) -> set[str]:
    """The kinds of orders to the terminal in `text`: where the cursor goes to is none."""
    # One step is written without its number.
    return {re.sub(r"\d+|(?<=\[)(?=[BCD]$)", "N", order) for order in OBEYED.findall(text)}


def played(terminal: Terminal, payload: str, asked: str, columns: int, thread: str) -> str:
    environ: dict[str, Any] = {"PAYLOAD": payload, "ASKED": asked, "EDITOR": "true"}
    child = terminal("run", "evil.py", "--thread", thread, columns=columns, **environ)
    told = ""
    for awaited, keys in KEYS[asked]:
        child.expect(awaited)
        told += str(child.before) + str(child.after)
        child.send(keys)
    rest, code = ended(child)
    assert code == (130 if asked == "long" else 0)
    return told + rest


@pytest.mark.parametrize(("asked", "columns"), [*((asked, 80) for asked in KEYS), ("form", 20)])
def test_no_prompt_obeys_a_payload(
    here: Shell, terminal: Terminal, asked: str, columns: int
) -> None:
    here.write("evil.py", GRAPH)
    tame = played(terminal, TAME, asked, columns, "tame")
    evil = played(terminal, EVIL, asked, columns, "evil")
    assert "\x1b[2J" not in evil
    # The prompt's own erasing of the rest of a line comes and goes with when it draws.
    # So do its steps down and aside, of which the payload has none.
    own = {"\x1b[K", "\x1b[NB", "\x1b[NC", "\x1b[ND"}
    assert orders(evil) - own <= orders(tame)
    if columns == 80:
        assert "\\x1b]0;owned" in evil
    # The control: one order of the payload, come through, is seen.
    assert all(orders(evil + order) - orders(tame) for order in ("\x1b]0;x\x07", "\x9b", "\u202e"))


@pytest.mark.parametrize(
    "command", ["inspect evil", "inspect evil -o json", "list", "list -o json"]
)
def test_no_view_obeys_what_is_stored(here: Shell, terminal: Terminal, command: str) -> None:
    here.write("evil.py", GRAPH)
    environ = {"PAYLOAD": EVIL, "ASKED": "any", "CI": "1"}
    assert here("run", "evil.py", "--thread", "evil", environ=environ).code == 8
    told, code = ended(terminal(*command.split(), NO_COLOR="1"))
    assert code == 0
    assert orders(told) == set()
    assert "owned" in told or command == "list"  # which is too narrow for the graph's name


def test_the_watch_sees_a_title(terminal: Terminal) -> None:
    child = terminal(script="printf '\\033]0;owned\\007'")
    assert orders(ended(child)[0]) == {"\x1b]N;owned\x07"}

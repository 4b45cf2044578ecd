"""`inspect --full` on a terminal: a page at a time, and no key that runs anything."""

import os
import shutil
from pathlib import Path

import pytest

from graphcli.cli.pager import paged
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

LONG = """\
from typing import TypedDict
from graphcli import START, StateGraph, interrupt

class State(TypedDict, total=False):
    text: str

def ask(state):
    return {"text": interrupt({"question": "Fine?", "log": "\\n".join(map("line {}".format, range(5000)))})}

graph = StateGraph(State).add_node("ask", ask).add_edge(START, "ask").compile()
"""  # noqa: E501 - one line of the graph.


@pytest.mark.skipif(shutil.which("less") is None, reason="there is no less")
def test_less_shows_pages_and_runs_nothing(here: Shell, terminal: Terminal) -> None:
    here.write("long.py", LONG)
    assert here("run", "long.py", "--thread", "t").code == 8
    child = terminal("inspect", "t", "--full", GRAPHCLI_PAGER="less", LESS="RX")
    child.expect("line 20")
    child.send("\x03")  # is the pager's
    child.send("!")  # would ask which command to run
    child.expect("not available")
    child.send("\rG")
    child.expect("line 4999")
    child.expect("History")
    child.send("q")
    assert ended(child)[1] == 0
    assert "line 2500\n" in here("inspect", "t", "--full", environ={"PAGER": "false"}).stdout


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"GRAPHCLI_PAGER": "tail -n 1"}, "two\n"),
        ({"PAGER": "head -n 1", "LESS": "x"}, "one\n"),
        ({"GRAPHCLI_PAGER": "true"}, ""),
        ({"GRAPHCLI_PAGER": "cat", "PAGER": "head"}, None),
        ({"PAGER": ""}, None),
        ({"PAGER": "no-such-pager"}, None),
        ({"PAGER": "'"}, None),
        ({"PAGER": "tail", "TERM": "dumb"}, None),
    ],
)
def test_the_pager_that_is_wanted(
    environ: dict[str, str], shown: str | None, tmp_path: Path
) -> None:
    path = {"PATH": os.environ["PATH"], "TERM": "xterm"}
    with (tmp_path / "out").open("w") as out:
        assert paged("one\ntwo\n", out, path | environ) is (shown is not None)
    assert (tmp_path / "out").read_text() == (shown or "")


def test_a_reader_who_leaves_early_is_no_error(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as out:
        assert paged("x\n" * 10**6, out, {**os.environ, "TERM": "xterm", "PAGER": "head -n 1"})
    assert (tmp_path / "out").read_text() == "x\n"

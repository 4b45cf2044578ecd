"""Each example on a real terminal: what a person types, and what is left on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Shell
from tests.graphs.conftest import Repository, Terminal, ended

DOWN, ENTER = "\x1b[B", "\r"
#: What appears, what a person types then (in turn), and the result.
TYPED: dict[str, tuple[str, list[tuple[str, str]], Any]] = {
    "approve": ("approve", [("Choose one", ENTER)], {"decision": "approved"}),
    "reject": ("approve", [("Choose one", DOWN + ENTER)], {"decision": "rejected"}),
    "interview": (
        "interview",
        [("What is your age?", f"old{ENTER}"), ("'old' is not a valid age", f"25{ENTER}")],
        {"age": 25},
    ),
    "revise": (
        "revise",
        [("Edit in editor", ENTER), ("Send it (1 line)", ENTER)],
        {"some_text": "The quick brown fox jumps over the lazy dog."},
    ),
}


@pytest.fixture
def editor(tmp_path: Path) -> str:
    """An editor that mends `teh` and says nothing."""
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nsed -i -e s/Teh/The/ -e s/teh/the/ "$1"\n')
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize("case", TYPED)
def test_a_person_answers(graphcli: Shell, terminal: Terminal, editor: str, case: str) -> None:
    name, turns, result = TYPED[case]
    child = terminal("run", name, EDITOR=editor)
    for appears, keys in turns:
        child.expect_exact(appears)
        child.expect_exact("parks")  # the keys stand last
        child.send(keys)
    assert ended(child) == 0
    assert json.loads((graphcli.cwd / "result").read_text()) == result


def test_an_expert_answers(graphcli: Shell, terminal: Terminal) -> None:
    child = terminal("run", "support_chat")
    child.expect_exact(" Data")
    child.send(f"Use graphcli.{ENTER}")
    assert ended(child) == 0
    messages = json.loads((graphcli.cwd / "result").read_text())["messages"]
    assert messages[-1]["content"] == "The expert says: Use graphcli."


def test_leaving_the_prompt_parks_and_the_thread_goes_on(
    graphcli: Shell, terminal: Terminal
) -> None:
    child = terminal("run", "approve", "--thread", "mine")
    child.expect_exact("Choose one")
    child.send("\x03")
    assert ended(child) == 130
    assert (graphcli.cwd / "result").read_text() == ""
    done = graphcli("resume", "mine", "--value", "reject")
    assert (done.code, done.json) == (0, {"decision": "rejected"})


def test_release_notes_are_edited_and_published(
    graphcli: Shell, terminal: Terminal, repository: Repository, editor: str
) -> None:
    folder = repository(["first", "second: teh fix"], tags={"v1": 0})
    child = terminal("run", "release_notes", EDITOR=editor)
    child.expect_exact("second: teh fix")
    child.expect_exact("Write RELEASE_NOTES.md with these release notes?")
    child.expect_exact("Edit in editor")
    child.send(ENTER)
    child.expect_exact("Send it (3 lines)")
    child.send(ENTER)
    child.expect_exact("publish")
    child.send(ENTER)
    child.expect_exact("Send")
    child.send(ENTER)
    assert ended(child) == 0
    notes = (folder / "RELEASE_NOTES.md").read_text()
    assert notes.startswith("## Changes since v1\n\n- second: the fix (")
    assert (graphcli.cwd / "result").read_text() == f"{folder}/RELEASE_NOTES.md\n"


def test_release_notes_are_aborted(
    graphcli: Shell, terminal: Terminal, repository: Repository, editor: str
) -> None:
    folder = repository(["first"])
    child = terminal("run", "release_notes", EDITOR=editor)
    child.expect_exact("Send it unchanged")
    child.send(DOWN + DOWN + ENTER)
    child.expect_exact("abort")
    child.send(DOWN + ENTER)
    child.expect_exact("Send")
    child.send(ENTER)
    assert ended(child) == 10
    assert not (folder / "RELEASE_NOTES.md").exists()
    assert (graphcli.cwd / "result").read_text() == ""

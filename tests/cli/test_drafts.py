"""What a person has filled in outlives the prompt, and never the question."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import closing

import pytest

from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

UP, ENTER, CTRL_C = "\x1b[A", "\r", "\x03"


def drafts(shell: Shell) -> int:
    with closing(sqlite3.connect(shell.storage)) as connection:
        return int(connection.execute("SELECT count(*) FROM drafts").fetchone()[0])


def test_the_next_sitting_starts_at_the_first_open_field(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "release.yaml", "-i", "tag=v1", "--thread", "one")
    child.expect("Decision.*abort")
    child.send(UP + ENTER)
    child.expect("Comment")
    child.send("half a")
    child.expect("half a")
    child.send(CTRL_C)
    child.expect("nothing was sent; what you have filled in is")
    child.expect("graphcli resume one")
    assert ended(child)[1] == 130
    assert drafts(here) == 1
    again = terminal("resume", "one")
    again.expect("kept from last time; Shift-Tab goes back to it")
    again.expect("Decision.*deploy")
    again.expect("Comment.*half a")
    again.send("n answer" + ENTER)
    again.expect("Comment: half an answer")
    again.send(ENTER)
    again.expect("deployed v1")
    assert ended(again)[1] == 0
    assert drafts(here) == 0
    answers = here("inspect", "one", "-o", "json").json["answers"]
    assert answers[0]["value"] == {"decision": "deploy", "comment": "half an answer"}


def test_a_terminal_that_is_closed_keeps_it_and_another_answer_ends_it(
    here: Shell, terminal: Terminal
) -> None:
    child = terminal("run", "release.yaml", "-i", "tag=v1", "--thread", "one")
    child.expect("Decision.*abort")
    child.send(UP + ENTER)
    child.expect("Comment")
    child.kill(signal.SIGHUP)
    assert ended(child)[1] == 129
    assert drafts(here) == 1
    assert here("resume", "one", "--value", '{"decision": "abort"}').code == 10
    assert drafts(here) == 0


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("cancel one", "question [0-9a-f]{32} is no longer asked"),
        (
            "resume one --value {} -q",
            "question [0-9a-f]{32} was already answered by ana.*flag",
        ),
    ],
)
def test_who_leaves_a_question_that_was_closed_meanwhile_is_told(
    here: Shell, terminal: Terminal, command: str, why: str
) -> None:
    child = terminal("run", "release.yaml", "-i", "tag=v1", "--thread", "one", columns=300)
    child.expect("Decision.*abort")
    child.send(UP + ENTER)
    child.expect("Comment")
    update = '{"decision": "abort"}'
    here(*(update if word == "{}" else word for word in command.split()))
    child.send(CTRL_C)
    text, code = ended(child)
    assert code == 130
    assert re.search(f"nothing was sent; nothing of what you have filled in is kept; {why}", text)
    assert "filled in is kept" not in text.replace("nothing of what you have filled in is kept", "")
    assert drafts(here) == 0


@pytest.mark.parametrize("keys", [CTRL_C, "p"])
def test_where_nothing_was_filled_in_nothing_is_kept(
    here: Shell, terminal: Terminal, keys: str
) -> None:
    child = terminal("run", "release.yaml", "-i", "tag=v1", "--thread", "one")
    child.expect("Decision.*abort")
    child.send(keys)
    text, code = ended(child)
    assert code == 130
    assert "is kept" not in text
    assert drafts(here) == 0


def test_the_help_shows_the_payload_the_thread_and_what_is_asked(
    here: Shell, terminal: Terminal
) -> None:
    child = terminal("run", "release.yaml", "-i", "tag=v1", "--thread", "one")
    child.expect("Decision.*abort")
    child.send("?")
    child.expect("What is asked")
    child.expect("The thread so far")
    child.expect("nothing was answered yet")
    child.expect("What it shows")
    child.expect("│ Release v1")
    child.expect("The payload, as the node sent it")
    child.expect('"message": "Release v1\\?"')
    child.send("q")
    child.expect("Decision.*abort")
    child.send(CTRL_C)
    assert ended(child)[1] == 130

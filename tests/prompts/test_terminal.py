"""Prompts on a real terminal, as a process of their own: keys, signals, redirection."""

import json
import os
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pexpect
import pytest

from graphcli.prompts import interactive
from tests.prompts.payloads import SEND, elicit, hitl, inbox

S = {"type": "string"}
FORM = {
    "type": "object",
    "properties": {"name": S, "token": {**S, "format": "password"}},
    "required": ["name", "token"],
}
ROOT = Path(__file__).parents[2]
#: How each kind begins and what a person types to answer it.
KINDS: dict[str, tuple[Any, Any, str, str, Any]] = {
    "any": ("q", None, "Your answer", "30\r", 30),
    "text": ("q", {**S, "title": "Name"}, "Name", "Zoë\r", "Zoë"),
    "confirm": ("q", {"type": "boolean"}, "y/n", "yes\r", True),
    "choice": ({"message": "m", "options": ["a", "b"]}, None, "Choose one", "\x1b[B\r", "b"),
    "several": (
        "q",
        {"type": "array", "items": {"enum": ["a", "b"]}},
        "Space picks",
        " \r",
        ["a"],
    ),
    "integer": ("q", {"type": "integer"}, "whole number", "7\r", 7),
    "date": ("q", {**S, "format": "date"}, "YYYY-MM-DD", "2026-01-31\r", "2026-01-31"),
    "path": ("q", {**S, "format": "path"}, "Path", "/no/where\r", "/no/where"),
    "secret": (
        "q",
        {**S, "format": "password"},
        "not shown",
        "hunter2\r",
        {"secret": "hunter2", "scheme": "memory"},
    ),
    "long": ({"draft": "old"}, None, "Edit in", "\x1b[B\x1b[B\r", "old"),
}


def command(payload: Any, schema: Any) -> list[str]:
    return [sys.executable, "-m", "tests.prompts.driver", json.dumps([payload, schema])]


def environment(**extra: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("CI", "VISUAL")}
    return {
        **kept,
        "TERM": "xterm-256color",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "EDITOR": "true",
        **extra,
    }


def start(payload: Any, schema: Any, **extra: str) -> "pexpect.spawn[str]":
    program, *arguments = command(payload, schema)
    return pexpect.spawn(
        program,
        arguments,
        cwd=str(ROOT),
        env=environment(**extra),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 80),
    )


def kill(child: "pexpect.spawn[str]", number: int) -> None:
    assert child.pid
    os.kill(child.pid, number)


def ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.parametrize("kind", KINDS)
def test_answers_on_a_terminal(kind: str) -> None:
    payload, schema, begins, keys, value = KINDS[kind]
    child = start(payload, schema)
    child.expect_exact(begins)
    child.send(keys)
    child.expect("answer ([^\r]*)\r\n")
    assert json.loads(str(child.match.group(1))) == value  # type: ignore[union-attr]  # matched.
    assert ended(child) == 0


def test_a_secret_is_never_echoed() -> None:
    child = start("q", {**S, "format": "password"})
    child.expect_exact("not shown")
    child.send("hunter2\r")
    child.expect_exact("answer")
    assert "hunter2" not in str(child.before)
    assert ended(child) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["ctrl-c", "ctrl-d", "kill -INT"])
def test_leaving_parks(kind: str, way: str) -> None:
    payload, schema, begins, _, _ = KINDS[kind]
    child = start(payload, schema)
    child.expect_exact(begins)
    if way == "kill -INT":
        kill(child, signal.SIGINT)
    else:
        child.send("\x03" if way == "ctrl-c" else "\x04")
    child.expect_exact("parked: you left the question at `node`")
    assert ended(child) == 130


@pytest.mark.parametrize("kind", ["any", "choice", "secret"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_restores_the_terminal(kind: str, number: int, code: int) -> None:
    payload, schema, begins, _, _ = KINDS[kind]
    child = start(payload, schema)
    before = termios.tcgetattr(child.child_fd)
    child.expect_exact(begins)
    assert termios.tcgetattr(child.child_fd) != before, "the prompt has taken the terminal"
    kill(child, number)
    child.expect(pexpect.EOF)
    after = termios.tcgetattr(child.child_fd)
    assert after[3] & (termios.ECHO | termios.ICANON) == termios.ECHO | termios.ICANON
    child.close()
    assert child.exitstatus == code


def test_stdout_holds_the_answer_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program, *arguments = command({"message": "m", "options": ["a", "b"]}, None)
    line = f'exec "$0" "$@" > {out}'
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", line, program, *arguments],
        cwd=str(ROOT),
        env=environment(),
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("Choose one")
    child.send("\r")
    assert ended(child) == 0
    assert out.read_text() == 'answer "a"\n'


def test_the_editor_draws_on_the_terminal_while_stdout_is_a_file(tmp_path: Path) -> None:
    editor = tmp_path / "edit"
    editor.write_text('#!/bin/sh\ntest -t 1 && test -t 0 && printf edited > "$1"\n')
    editor.chmod(0o700)
    out = tmp_path / "out"
    program, *arguments = command({"draft": "old"}, None)
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f'exec "$0" "$@" > {out}', program, *arguments],
        cwd=str(ROOT),
        env=environment(EDITOR=str(editor)),
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("Edit in edit")
    child.send("\r")
    child.expect_exact("Send it (1 line)")
    child.send("\r")
    assert ended(child) == 0
    assert out.read_text() == 'answer "edited"\n'


def test_a_form_is_filled_and_reviewed() -> None:
    child = start("q", FORM)
    child.expect_exact("Name")
    child.send("Ann\r")
    child.expect_exact("Token")
    child.send("\x1b[Z")
    child.expect_exact("Name")
    child.send("a\r")
    child.expect_exact("Token")
    child.send("hunter2\r")
    child.expect_exact("Review")
    child.expect_exact("Name: Anna")
    child.expect_exact("Token: (kept in memory)")
    child.send("\r")
    child.expect_exact('answer {"name": "Anna", "token": {"secret": "hunter2"')
    assert ended(child) == 0


def typed(child: "pexpect.spawn[str]", *steps: tuple[str, str]) -> Any:
    """Wait for each text, send its keys, and return the answer."""
    for text, keys in steps:
        child.expect_exact(text)
        child.send(keys)
    child.expect("answer ([^\r]*)\r\n")
    answer = json.loads(str(child.match.group(1)))  # type: ignore[union-attr]  # matched.
    assert ended(child) == 0
    return answer


def test_two_actions_are_decided_on_and_the_first_thoughts_changed(tmp_path: Path) -> None:
    editor = tmp_path / "edit"
    editor.write_text('#!/bin/sh\nsed -i s/a@example.org/bob/ "$1"\n')
    editor.chmod(0o700)
    down = "\x1b[B"
    actions = hitl(
        ("send", SEND, ["approve", "edit"]), ("rm", {"path": "x"}, ["approve", "reject"])
    )
    answer = typed(
        start(actions, None, EDITOR=str(editor)),
        ("1. send", "\r"),
        ("2. rm", down + "\r"),
        ("2. Reason", "keep it\r"),
        ("1. send: approve", down + "\r"),
        ("run it as it is", down),
        ("its arguments, then run it", "\r"),
        ("1. Arguments", "\r"),
        ("Send it (4 lines)", "\r"),
        ("2. Reason: keep it", "\r"),
    )
    edited = {"name": "send", "args": {**SEND, "to": "bob"}}
    assert answer == {
        "decisions": [
            {"type": "edit", "edited_action": edited},
            {"type": "reject", "message": "keep it"},
        ]
    }


def test_an_mcp_form_is_filled_in_and_its_mistakes_named() -> None:
    properties = {"mail": {**S, "format": "email"}, "age": {"type": "integer", "minimum": 18}}
    answer = typed(
        start(elicit(properties, "mail"), None),
        ("Answer", "\r"),
        ("Mail", "nobody\r"),
        ('"nobody" is not a "email"', "@example.org\r"),
        ("Age", "7\r"),
        ("it must be at least 18", "\x7f42\r"),
        ("Age: 42", "\r"),
    )
    assert answer == {"action": "accept", "content": {"mail": "nobody@example.org", "age": 42}}


def test_a_human_interrupt_is_answered_with_a_text() -> None:
    down = "\x1b[B"
    answer = typed(
        start([inbox("send", SEND, "accept edit respond ignore")], None),
        ("1. send", down * 2),
        ("it with a text", "\r"),
        ("1. Response", "Which Ann?\r"),
        ("1. Response: Which Ann?", "\r"),
    )
    assert answer == [{"type": "response", "args": "Which Ann?"}]


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_is_asked_line_by_line(term: str) -> None:
    child = start("q", {"type": "integer", "minimum": 18}, TERM=term)
    child.expect_exact("Whole number: ")
    child.send("7\r")
    child.expect_exact("it must be at least 18")
    child.send("42\r")
    child.expect_exact("answer 42")
    assert "\x1b" not in str(child.before)
    assert ended(child) == 0


def test_a_dumb_terminal_has_numbers_for_options() -> None:
    child = start({"message": "m", "options": ["a", "b"]}, None, TERM="dumb")
    child.expect_exact("2. b")
    child.send("2\r")
    child.expect_exact('answer "b"')
    assert ended(child) == 0


def test_a_dumb_terminal_parks_too() -> None:
    child = start("q", None, TERM="dumb")
    child.expect_exact("Your answer: ")
    child.sendeof()
    child.expect_exact("parked")
    assert ended(child) == 130


def test_labels_cannot_drive_the_terminal() -> None:
    child = start({"message": "m", "options": ["\x1b]0;owned\x07red", "b"]}, None)
    child.expect_exact("\\x1b]0;owned\\x07red")
    assert "\x1b]0;" not in str(child.before)
    child.send("\x03")
    assert ended(child) == 130


def test_no_color_draws_no_colour() -> None:
    child = start({"message": "m", "options": ["a", "b"]}, None, NO_COLOR="1")
    child.expect_exact("Choose one")
    child.send("\r")
    child.expect_exact("answer")
    assert "\x1b[36" not in str(child.before)
    assert ended(child) == 0


def test_off_a_terminal_nobody_is_asked() -> None:
    done = subprocess.run(command("q", None), cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 8


def test_in_ci_nobody_is_asked() -> None:
    child = start("q", None, CI="true")
    child.expect_exact("nobody to ask")
    assert ended(child) == 8


def test_closed_streams_are_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(sys, "stdin", None)
    assert not interactive()

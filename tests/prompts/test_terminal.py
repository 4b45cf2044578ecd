"""Prompts on a real terminal, as a process of their own: keys, signals, redirection."""

import json
import os
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pexpect
import pytest

from graphcli.prompts import fit, interactive
from tests.prompts.build import question
from tests.prompts.payloads import SEND, elicit, hitl, inbox

S = {"type": "string"}
FORM = {
    "type": "object",
    "properties": {"name": S, "token": {**S, "format": "password"}},
    "required": ["name", "token"],
}
ROOT = Path(__file__).parents[2]
DOWN = "\x1b[B"
COLOUR = re.compile(r"\x1b\[[0-9;]*(3[0-7]|9[0-7])m")
CITIES = [f"{area}-{n}" for area in ("north", "south", "east") for n in range(1, 5)]
SEVERAL = {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 1, "maxItems": 2}
DRAFT = {"draft": "old"}
#: How each kind begins, what a person types to answer it (and what must appear before the next
#: keys), and what a script says instead.
KINDS: dict[str, tuple[Any, Any, str, str, str]] = {
    "any": ("q", None, "Your answer", "30\r", "30"),
    "text": ("q", {**S, "title": "Name"}, "Name", "Zoë\r", "Zoë"),
    "confirm": ("q", {"type": "boolean"}, "Yes or no", "yes\r", "yes"),
    "choice": ({"message": "m", "options": ["a", "b"]}, None, "Choose one", f"{DOWN}\r", "b"),
    "search": ({"message": "m", "options": CITIES}, None, "1 of 12", "th-2\r", "north-2"),
    "several": ("q", SEVERAL, "1 to 2", f"\r {DOWN} {DOWN} \r \r", "a,b"),
    "integer": ("q", {"type": "integer", "minimum": 5}, "5 or more", "7\r", "7"),
    "number": ("q", {"type": "number"}, "Number", "0.5\r", "0.5"),
    "date": ("q", {**S, "format": "date"}, "YYYY-MM-DD", "2026-01-31\r", "2026-01-31"),
    "path": ("q", {**S, "format": "path"}, "Path", "pyproj\t\r", "pyproject.toml"),
    "long": (DRAFT, None, "Edit in", f"{DOWN}{DOWN}\r", "old"),
    "typed": (DRAFT, None, "Edit in", f"{DOWN}\r<Esc Enter>\rx\x1b\r<Send it>\r", "old\nx"),
    "edited": (DRAFT, None, "Edit in", "e<Send it>\r", "new"),
    "json": ("q", {"type": "object", "default": {"a": 1}}, "JSON", f"{DOWN}{DOWN}\r", '{"a": 1}'),
}
SECRET = ("q", {**S, "format": "password"}, "not shown", "hunter2\r", "")


def command(*questions: Any) -> list[str]:
    asked = [json.dumps(one) for one in questions]
    return [sys.executable, "-m", "tests.prompts.driver", *asked]


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
    return start_all([[payload, schema]], 80, **extra)


def start_all(asked: list[Any], columns: int = 80, **extra: str) -> "pexpect.spawn[str]":
    program, *arguments = command(*asked)
    return pexpect.spawn(
        program,
        arguments,
        cwd=str(ROOT),
        env=environment(**extra),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, columns),
    )


def kill(child: "pexpect.spawn[str]", number: int) -> None:
    assert child.pid
    os.kill(child.pid, number)


def ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.parametrize(("columns", "environ"), [(80, {}), (40, {"NO_COLOR": "1"})])
def test_what_a_person_gives_is_what_a_script_gives(
    tmp_path: Path, columns: int, environ: dict[str, str]
) -> None:
    editor = tmp_path / "edit"
    editor.write_text('#!/bin/sh\nprintf new > "$1"\n')
    editor.chmod(0o700)
    asked = [[payload, schema] for payload, schema, *_ in KINDS.values()]
    child = start_all(asked, columns, EDITOR=str(editor), **environ)
    for payload, schema, begins, keys, text in KINDS.values():
        child.expect_exact(begins)
        child.expect("parks|more")  # the keys stand last
        assert (COLOUR.search(str(child.before)) is None) is bool(environ)
        for part in re.split("(<.*?>)", keys):
            child.expect_exact(part[1:-1]) if part.startswith("<") else child.send(part)
        child.expect("answer ([^\r]*)\r\n")
        given = str(child.match.group(1))  # type: ignore[union-attr]  # matched.
        assert given == json.dumps(fit(question(payload, schema), text))
    assert ended(child) == 0


def test_a_secret_is_never_echoed() -> None:
    child = start("q", {**S, "format": "password"})
    child.expect_exact("not shown")
    child.send("hunter2\r")
    child.expect_exact("answer")
    assert "hunter2" not in str(child.before)
    assert ended(child) == 0


@pytest.mark.parametrize("way", ["ctrl-c", "ctrl-d", "kill -INT"])
def test_leaving_parks(way: str) -> None:
    kinds = [*KINDS.values(), SECRET]
    child = start_all([[payload, schema] for payload, schema, *_ in kinds])
    for _, _, begins, *_ in kinds:
        child.expect_exact(begins)
        child.expect("parks")
        if way == "kill -INT":
            kill(child, signal.SIGINT)
        else:
            child.send("\x03" if way == "ctrl-c" else "\x04")
        child.expect_exact("parked: you left the question at `node`")
    assert ended(child) == 130


@pytest.mark.parametrize("kind", ["any", "choice", "secret"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_restores_the_terminal(kind: str, number: int, code: int) -> None:
    payload, schema, begins, _, _ = {**KINDS, "secret": SECRET}[kind]
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
    program, *arguments = command([{"message": "m", "options": ["a", "b"]}, None])
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
    program, *arguments = command([{"draft": "old"}, None])
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
        ("it must be an e-mail address, for example `name@example.org`", "@example.org\r"),
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
    child.expect("it must be at least 18.*Whole number: ")
    child.send("42\r")
    child.expect_exact("answer 42")
    assert "\x1b" not in str(child.before)
    assert ended(child) == 0


def test_a_dumb_terminal_has_numbers_for_options() -> None:
    child = start({"message": "m", "options": ["a", "b"]}, None, TERM="dumb")
    child.expect("2. b.*: $")
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
    done = subprocess.run(command(["q", None]), cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 8


def test_in_ci_nobody_is_asked() -> None:
    child = start("q", None, CI="true")
    child.expect_exact("nobody to ask")
    assert ended(child) == 8


def test_closed_streams_are_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(sys, "stdin", None)
    assert not interactive()

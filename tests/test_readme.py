"""The README is run: its graphs, its script, its terminal picture, its table."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from graphcli.cli.given import read_answers
from graphcli.cli.outcome import EXIT
from tests.conftest import PROGRAM, Shell

TEXT = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    """The text of a code block."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return found[number]


def test_the_python_graph_asks_and_delivers(graphcli: Shell) -> None:
    graphcli.write("hello.py", block("python"))
    ended = graphcli("run", "hello.py", "--value", "Good day")
    assert (ended.code, ended.json) == (0, {"text": "Good day"})


def test_the_graph_in_a_graph_asks_by_its_path(graphcli: Shell) -> None:
    graphcli.write("nested.py", block("python", 1))
    ended = graphcli("run", "nested.py", "--answer", "review/editor=final")
    assert (ended.code, ended.json) == (0, {"text": "final"})
    assert graphcli("run", "nested.py", "--answer", "editor=final", "-q").json == ended.json
    assert "review/editor" in graphcli("show", "nested.py", "--expand").stdout


def test_the_work_before_a_question_is_done_once(graphcli: Shell) -> None:
    graphcli.write("once.py", block("python", 2))
    first = graphcli("run", "once.py", "--thread", "one")
    again = graphcli("resume", "one", "--value", "true")
    assert (first.code, again.code, again.json) == (8, 0, {"sent": "release-v1.tar.gz"})
    assert (first.stderr + again.stderr).count("building v1\n") == 1


def test_the_graph_that_changed_is_told_as_shown(graphcli: Shell) -> None:
    graphcli.write("hello.py", block("python"))
    assert graphcli("run", "hello.py").code == 8
    graphcli.write("hello.py", block("python").replace("review", "check"))
    command, *shown = block("console", 1).splitlines()
    inspected = graphcli(*command.removeprefix("$ graphcli ").split()).stdout
    assert "\n".join(["", *shown, ""]) in inspected
    assert graphcli("resume", "@latest", "--value", "x").code == 3
    graphcli.write("hello.py", block("python"))
    assert graphcli("resume", "@latest", "--value", "x").json == {"text": "x"}


@pytest.mark.parametrize(("answer", "told"), [("true", "deleted"), ("false", "kept")])
def test_the_tool_asks_before_it_acts(graphcli: Shell, answer: str, told: str) -> None:
    graphcli.write("tools.py", block("python", 3))
    ended = graphcli("run", "tools.py", "--value", answer)
    assert ended.code == 0
    assert ended.json["messages"][-1]["content"] == f"{told} old.log"


@pytest.mark.parametrize(
    ("answer", "code", "stdout"),
    [('{"ok": true}', 0, "Hello, Ana\n"), ('{"ok": false}', 10, "")],
)
def test_the_yaml_graph_greets_or_not(graphcli: Shell, answer: str, code: int, stdout: str) -> None:
    graphcli.write("greet.yaml", block("yaml"))
    ended = graphcli("run", "greet.yaml", "-i", "who=Ana", "--value", answer)
    assert (ended.code, ended.stdout) == (code, stdout)


def test_both_graphs_have_ten_lines() -> None:
    assert len([line for line in block("python").splitlines() if line]) <= 10
    assert len(block("yaml").splitlines()) == 10


def test_the_recipe_for_ci_ends_with_the_result(graphcli: Shell, tmp_path: Path) -> None:
    command = tmp_path / "bin" / "graphcli"
    graphcli.write("bin/graphcli", f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n')
    command.chmod(0o755)
    graphcli.write("recipe.sh", block("bash"))
    environ = graphcli.full_environ
    environ["PATH"] = f"{command.parent}:{environ['PATH']}"
    done = subprocess.run(
        ["bash", "recipe.sh"], cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "result.json").read_text() == '{\n  "decision": "approved"\n}\n'
    assert graphcli("run", "approve", "--thread", "release-42", "--no-input").code == 6


def test_a_recorded_session_is_replayed(graphcli: Shell) -> None:
    graphcli.write("bin/graphcli", f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n').chmod(0o755)
    graphcli.write("record.sh", block("bash", 1))
    environ = {**graphcli.full_environ, "TERM": "xterm", "CI": ""}
    environ["PATH"] = f"{graphcli.cwd / 'bin'}:{environ['PATH']}"
    script = ["-e", "record.sh"]
    person = pexpect.spawn(
        "bash", script, cwd=str(graphcli.cwd), env=environ, encoding="utf-8", timeout=30
    )
    person.expect(r"(?s)or rejected.*reject")
    person.send("\r")
    person.expect("(?s)approved.*approved.*finished.*answering")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 0
    recorded = (graphcli.cwd / "answers.yaml").read_text().splitlines(keepends=True)
    assert "".join(recorded[1:]) == block("yaml", 1)
    graphcli.write("answers.yaml", "approval: neither\n")
    assert graphcli("run", "approve", "--answers", "answers.yaml", "--strict").code == 5


def test_the_answers_in_a_file_are_read() -> None:
    assert read_answers("", "", block("yaml", 2)) == {
        "approve": {"decision": "deploy", "comment": "looks good"},
        "review#1": "again",
        "review#2": "yes",
        "audit/licence": True,
    }


def test_the_terminal_picture_is_what_a_terminal_shows(graphcli: Shell) -> None:
    person = pexpect.spawn(
        sys.executable,
        ["-m", "graphcli", "run", "approve"],
        cwd=str(graphcli.cwd),
        env={**graphcli.full_environ, "TERM": "xterm-256color"},
        encoding="utf-8",
        dimensions=(40, 80),
        timeout=30,
    )
    person.expect(r"(?s)or rejected.*reject")
    before = str(person.before) + str(person.after)
    person.send("\r")
    person.expect(pexpect.EOF)
    seen = _plain(before + str(person.before))
    place = 0
    for line in block("console").splitlines()[1:]:
        place = seen.find(_plain(line), place)
        assert place >= 0, f"{line!r} is not next in {seen!r}"


def _plain(text: str) -> str:
    """Text without escape codes and spaces, the parts that differ each time made equal."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    text = re.sub(r"approve-[0-9a-f]{6}", "approve-ID", text)
    text = re.sub(r"digest [0-9a-f]{12}", "digest D", text)
    return re.sub(r"[0-9]+\.[0-9] s|─+|\s", "", text)


def test_every_exit_code_of_a_status_is_in_the_table() -> None:
    for code in {*EXIT.values(), 2, 3, 4, 5, 6, 7, 70, 74, 124, 130, 143}:
        assert re.search(rf"\| (129 / )?((130|70) / )?{code}( / (143|74))? \|", TEXT), code


def test_the_commands_are_those_that_exist(graphcli: Shell) -> None:
    helped = graphcli("--help").stdout
    named = set(re.findall(r"(?:`|^|\$ |\()graphcli ([a-z]+)\b", TEXT, re.MULTILINE))
    assert {"run", "resume", "list", "inspect", "show", "check"} <= named
    for name in named:
        assert name == "runs" or re.search(rf"^\s+{name}\s", helped, re.MULTILINE), name

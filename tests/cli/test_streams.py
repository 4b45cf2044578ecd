"""stdout is for the result alone, whatever a graph prints and whoever reads."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.session import calm
from tests.conftest import PROGRAM, Ended, Shell

NOISY = """\
import os, subprocess, sys
from typing import TypedDict

from graphcli import START, StateGraph

print("at import")
os.write(1, b"raw at import\\n")


class State(TypedDict, total=False):
    word: str


def node(state):
    print("printed")
    os.write(1, b"raw\\n")
    subprocess.run(["echo", "from a command"])
    return {"word": "h\u00e9llo \u2713"}


builder = StateGraph(State)
builder.add_node("node", node)
builder.add_edge(START, "node")
graph = builder.compile()
"""
NOISE = ("at import", "raw at import", "printed", "raw\n", "from a command")
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def noisy(here: Shell) -> Shell:
    here.write("noisy.py", NOISY)
    return here


def in_shell(shell: Shell, script: str) -> Ended:
    """Run `script`, in which `graphcli` is the command."""
    done = subprocess.run(
        ["/bin/bash", "-c", f'graphcli() {{ "{PROGRAM[0]}" -m graphcli "$@"; }}\n{script}'],
        cwd=shell.cwd,
        env=shell.full_environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return calm(Ended(done.returncode, done.stdout, done.stderr))


@pytest.mark.parametrize("form", ["human", "json", "jsonl"])
def test_what_user_code_prints_goes_to_stderr(noisy: Shell, form: str) -> None:
    done = noisy("run", "noisy.py", "-o", form)
    for noise in NOISE:
        assert noise in done.stderr
        assert noise not in done.stdout
    text = done.stdout if form == "human" else done.stdout.splitlines()[-1]
    document = json.loads(text)
    assert (document if form == "human" else document["output"]) == {"word": "héllo ✓"}


@pytest.mark.parametrize("command", ["show noisy.py --mermaid", "check noisy.py -o json"])
def test_neither_when_a_graph_is_only_loaded(noisy: Shell, command: str) -> None:
    done = noisy(*command.split())
    assert "at import" not in done.stdout
    assert "raw at import" in done.stderr


def test_a_stream_that_is_not_utf8_loses_nothing(noisy: Shell) -> None:
    human = noisy("run", "noisy.py", environ=ASCII)
    assert human.stdout == '{\n  "word": "h\\u00e9llo \\u2713"\n}\n'
    document = noisy("run", "noisy.py", "-o", "json", environ=ASCII)
    assert document.json["output"] == {"word": "héllo ✓"}
    assert noisy("show", "ask.py", environ=ASCII).stdout.isascii()
    assert not noisy("show", "ask.py").stdout.isascii()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("graphcli run noisy.py >&-", 0),
        ("graphcli run noisy.py 2>&-", 0),
        ("graphcli run noisy.py <&-", 0),
        ("graphcli run noisy.py -o json >&- 2>&- <&-", 0),
        ("graphcli run ask.py >&- 2>&- <&-", 8),
        ("graphcli run ask.py -o jsonl 2>&-", 8),
        ("graphcli list >&-", 0),
        ("graphcli --version >&-", 0),
        ("graphcli --help >&-", 0),
        ("graphcli nonsense 2>&-", 2),
        ("graphcli", 2),
    ],
)
def test_closed_streams(noisy: Shell, script: str, code: int) -> None:
    assert in_shell(noisy, script).code == code


def test_a_print_never_reaches_the_database(noisy: Shell) -> None:
    assert in_shell(noisy, "graphcli run noisy.py >&- 2>&- <&-").code == 0
    assert b"printed" not in noisy.storage.read_bytes()
    assert noisy("list", "-o", "json").json["threads"][0]["status"] == "finished"


@pytest.mark.parametrize(
    "command",
    [
        "graphcli list --limit 5",
        "graphcli list -o json",
        "graphcli inspect one",
        "graphcli show ask.py --mermaid",
        "graphcli run noisy.py -o jsonl",
        "graphcli run noisy.py 2>/dev/null",
        "graphcli run --help",
        "graphcli --version",
    ],
)
def test_a_reader_that_leaves_is_no_error(noisy: Shell, command: str) -> None:
    noisy("run", "ask.py", "--thread", "one")
    done = in_shell(noisy, f"{command} | true; exit ${{PIPESTATUS[0]}}")
    assert done.code == 141
    assert "rror" not in done.stderr


def test_the_first_line_of_a_list(here: Shell) -> None:
    for name in ("one", "two", "three"):
        here("run", "ask.py", "--thread", name)
    done = in_shell(here, "graphcli list | head -1")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("three\task\twaiting\t")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("form", ["human", "json", "jsonl"])
def test_a_full_disk_behind_stdout(noisy: Shell, form: str) -> None:
    done = in_shell(noisy, f"graphcli run noisy.py -o {form} > /dev/full")
    assert done.code == 74
    assert done.stderr.count("error: ") == 1
    assert "cannot be written to stdout: No space left on device" in done.stderr
    # What has become of the thread is not lost with it; a run whose events nobody gets is stopped.
    said = re.search(r"thread `(.*)` is (\w+); (.*) with\n +(graphcli (\w+) .*)\n", done.stderr)
    assert said is not None
    stands, verb = ("stopped", "resume") if form == "jsonl" else ("finished", "inspect")
    assert (said[2], said[5]) == (stands, verb)
    assert noisy("list").stdout.split("\t")[::2][:2] == [said[1], stands]
    assert in_shell(noisy, said[4]).code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("command", ["--help", "--version", "list", "inspect one"])
def test_a_full_disk_behind_what_only_reads(here: Shell, command: str) -> None:
    here("run", "ask.py", "--thread", "one")
    done = in_shell(here, f"graphcli {command} > /dev/full")
    assert done.code == 74
    assert done.stderr.startswith("error: the result cannot be written to stdout: No space left")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_behind_stderr_is_no_failure(here: Shell) -> None:
    done = in_shell(here, "graphcli run ask.py --thread one -o json 2> /dev/full")
    assert (done.code, done.json["status"]) == (8, "waiting")


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("list", 0, "one\task\twaiting"),
        ("run x.py", 3, "there is no file"),
        ("resume one --value-file x", 2, "--value-file x: No such file"),
        ("run approve --thread two", 8, "waiting for a person"),
    ],
)
def test_a_folder_that_was_deleted(here: Shell, command: str, code: int, said: str) -> None:
    here("run", "ask.py", "--thread", "one")
    done = in_shell(here, f"mkdir gone; cd gone; rmdir ../gone; graphcli {command}")
    assert done.code == code
    assert said in done.stdout + done.stderr


def test_an_answer_is_safe_when_its_reader_has_gone(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one")
    done = in_shell(here, "graphcli resume one --value approve -o json | true")
    assert done.code == 0
    assert (here.cwd / "effects").read_text() == "approve\n"
    assert here("list", "-o", "json").json["threads"][0]["status"] == "finished"


def test_a_name_that_is_no_text_keeps_its_bytes(here: Shell) -> None:
    here.write(
        "name.py",
        "from typing import TypedDict\nfrom graphcli import START, StateGraph\n"
        "class State(TypedDict, total=False):\n    name: str\n"
        "builder = StateGraph(State)\n"
        "builder.add_node('n', lambda state: {'name': 'h\\u00e9'})\n"
        "builder.add_edge(START, 'n')\ngraph = builder.compile()\n",
    )
    done = subprocess.run(
        [*PROGRAM, "run", "name.py", "-q"], cwd=here.cwd, env=here.full_environ, capture_output=True
    )
    assert json.loads(os.fsdecode(done.stdout)) == {"name": "hé"}


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_node_that_closes_a_stream_has_still_finished(here: Shell, stream: str) -> None:
    closing = f"    sys.{stream}.close()\n    return "
    here.write("closing.py", NOISY.replace("    return ", closing))
    done = here("run", "closing.py", "-o", "json")
    assert (done.code, done.json["status"]) == (0, "finished")

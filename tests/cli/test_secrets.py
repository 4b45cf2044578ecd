"""A secret answer is a reference: not in argv, not in the storage, not in what is shown."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from inline_snapshot import snapshot

from graphcli.prompts import resolve
from tests.cli.session import calm, play
from tests.cli.terminal import Terminal, ended
from tests.conftest import PROGRAM, Ended, Shell

SECRET = "hunter2-correct-horse"


def stored(shell: Shell) -> bytes:
    return b"".join(path.read_bytes() for path in shell.storage.parent.glob("*") if path.is_file())


def waiting(shell: Shell) -> None:
    done = shell("run", "secret.py", "--thread", "one")
    assert done.code == 8
    assert "--value-file FILE" in done.stderr, "no command asks for a secret in argv"


def test_a_secret_in_argv_is_refused_with_the_other_ways(here: Shell) -> None:
    waiting(here)
    done = calm(here("resume", "one", "--value", SECRET, "-o", "json"))
    assert done.code == 5
    assert "env:NAME" in done.json["error"]["remedy"]
    assert SECRET not in done.stdout + done.stderr
    assert SECRET.encode() not in stored(here)


def by_variable(shell: Shell) -> Ended:
    return shell("resume", "one", "--value", "env:TOKEN", environ={"TOKEN": SECRET})


def by_file(shell: Shell) -> Ended:
    shell.write("token", SECRET + "\n")
    return shell("resume", "one", "--value-file", "token")


def by_reference_to_a_file(shell: Shell) -> Ended:
    path = shell.write("token", SECRET)
    return shell("resume", "one", "--value", f"file:{path}")


WAYS = [by_variable, by_file, by_reference_to_a_file]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_secret_is_stored_and_shown_only_as_a_reference(
    here: Shell, way: Callable[[Shell], Ended]
) -> None:
    waiting(here)
    assert way(here).code == 8, "the node asks its second question, so it has had its secret"
    done = here("resume", "one", "--value", "go", "-o", "jsonl", environ={"TOKEN": SECRET})
    assert done.code == 0
    assert f'"length":{len(SECRET)}' in done.stdout
    shown = here("inspect", "one", "--full").stdout + here("inspect", "one", "-o", "json").stdout
    assert "<secret " in shown
    for place in (shown, done.stdout, done.stderr, stored(here).decode("latin-1")):
        assert SECRET not in place


def test_a_reference_that_leads_nowhere_is_a_failure_that_can_be_mended(here: Shell) -> None:
    waiting(here)
    assert by_variable(here).code == 8
    done = here("resume", "one", "--value", "go")
    assert done.code != 0
    assert "env:TOKEN" in done.stderr
    again = here("resume", "one", environ={"TOKEN": SECRET})
    assert again.code in (0, 8), again.stderr


def test_a_typed_secret_is_not_echoed(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "secret.py", "--thread", "one")
    child.expect("Token?.*not shown")
    child.send(SECRET + "\r")
    child.expect("Go?")
    child.expect("stop")
    child.send("\r")
    text, code = ended(child)
    assert code == 0
    assert f'"length": {len(SECRET)}' in text
    assert SECRET not in text
    assert SECRET.encode() not in stored(here)


def test_a_secret_from_stdin_is_not_stored(here: Shell, tmp_path: Path) -> None:
    waiting(here)
    done = here("resume", "one", "--value-file", "-", stdin=SECRET + "\n")
    assert done.code == 8, done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert SECRET.encode() not in stored(here)


#: A node that puts its secret wherever an error can hold it; `how` says where.
LEAKS = """\
import json, urllib.parse
from typing import TypedDict

from graphcli import START, RetryPolicy, StateGraph, interrupt


class State(TypedDict, total=False):
    how: str


class Odd(Exception):
    def __repr__(self):
        return f"Odd<{self.args[0]}>"


def leak(how, token):
    if how == "message":
        raise ValueError(f"401 for {token}")
    if how == "repr":
        raise KeyError(token)
    if how == "json":
        raise ValueError(json.dumps({"token": token}))
    if how == "url":
        raise ValueError("https://x/?t=" + urllib.parse.quote(token, safe=""))
    if how == "chain":
        try:
            raise Odd(token)
        except Odd as error:
            raise ValueError("401") from error
    if how == "note":
        error = ValueError("401")
        error.add_note(f"sent {token}")
        raise error
    if how == "group":
        raise ExceptionGroup("several", [ValueError(token), KeyError(token)])
    raise SystemExit(token)


def login(state, writer):
    schema = {"type": "string", "format": "password"}
    token = interrupt({"message": "Token?"}, response_schema=schema)
    writer({"using": [token, {token: 1}]})
    leak(state["how"], token)


retry = RetryPolicy(max_attempts=2, initial_interval=0, jitter=False, retry_on=Exception)
builder = StateGraph(State)
builder.add_node("login", login, retry_policy=retry)
builder.add_edge(START, "login")
graph = builder.compile()
"""
HOW = ["message", "repr", "json", "url", "chain", "note", "group", "exit"]
#: Each spelling of it is another one.
AWKWARD = 'p@ss/wö\'rd\\ "x"'
KNOWN = {"TOKEN": AWKWARD}


@pytest.mark.parametrize(("form", "ways"), [("human", ["chain", "exit"]), ("jsonl", HOW)])
def test_a_node_that_fails_with_its_secret_in_hand_does_not_tell_it(
    here: Shell, form: str, ways: list[str]
) -> None:
    here.write("leaks.py", LEAKS)
    told = ""
    for how in ways:
        given = ("-i", f"how={how}", "--answer", "login=env:TOKEN")
        done = here("run", "leaks.py", "--thread", how, *given, "-o", form, environ=KNOWN)
        assert done.code == 1, done.stderr
        told += done.stdout + done.stderr
    assert "***" in told
    told += here("inspect", "chain", "--full").stdout + here("inspect", "exit", "-o", "json").stdout
    for place in (told, stored(here).decode("latin-1"), stored(here).decode(errors="replace")):
        for spelling in spellings(AWKWARD):
            assert spelling not in place


def spellings(secret: str) -> list[str]:
    inner = json.dumps(secret)[1:-1]
    return [secret, repr(secret)[1:-1], inner, json.dumps(inner)[1:-1], quote(secret, safe="")]


def test_what_is_no_regular_file_holds_no_secret(here: Shell) -> None:
    waiting(here)
    os.mkfifo(here.cwd / "fifo")
    (here.cwd / "large").write_bytes(b"x" * 100_000)
    for place in (here.cwd / "fifo", here.cwd, "/dev/zero", here.cwd / "large", "/no/such"):
        assert resolve(f"file:{place}") is None
    done = here("resume", "one", "--value", f"file:{here.cwd / 'fifo'}")
    assert (done.code, f"`file:{here.cwd / 'fifo'}` cannot be read here" in done.stderr) == (
        1,
        True,
    )
    mended = here("resume", "one", "--value", "env:TOKEN", environ={"TOKEN": SECRET})
    assert mended.code == 8, mended.stderr


def test_a_secret_through_a_pipe_is_kept_in_memory(here: Shell) -> None:
    waiting(here)
    script = f'"{PROGRAM[0]}" -m graphcli resume one --value-file <(echo {SECRET})'
    done = subprocess.run(
        ["/bin/bash", "-c", script], cwd=here.cwd, env=here.full_environ, capture_output=True
    )
    assert done.returncode == 8, done.stderr
    assert b"Go?" in done.stderr, "it has had its secret, and asks its second question"
    assert SECRET.encode() not in stored(here)


def test_a_command_of_a_graph_sees_nothing_of_the_callers_environment(here: Shell) -> None:
    here.write(
        "env.yaml",
        "version: 1\nname: env\nnodes:\n  look: {run: env, env: {MINE: yes it is}}\n"
        'output: "{{ nodes.look.stdout }}"\n',
    )
    done = here("run", "env.yaml", environ={"CANARY": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET})
    names = {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert "MINE" in names
    assert names <= {"PATH", "HOME", "LANG", "TMPDIR", "MINE", "PWD", "OLDPWD", "SHLVL", "_"}


def test_a_secret_that_was_typed_in_another_process_is_asked_for_again(here: Shell) -> None:
    waiting(here)
    assert here("resume", "one", "--value-file", "-", stdin=SECRET).code == 8
    assert play(
        here, "resume one --value go", "resume one --value env:TOKEN", "resume one", TOKEN=SECRET
    ) == snapshot("""\
$ graphcli resume one --value go
! graph: DIR/secret.py:graph
! answering ID (login): Go?
! ↻ login  runs again from its start (3rd time)
! ? login  asks a person
! asked again: ID, ID: a secret that is typed, or comes through
!   stdin, is kept only in the memory of the process that asked, which has ended;
!   answer with env:NAME or file:/PATH, and any process can read it
! waiting for a person (exit 8). This is not an error: the graph `secret`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `login` asks: Token?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value-file FILE
!     FILE: a file that holds the secret, or - for stdin; or instead --value env:NAME
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --value env:TOKEN
! graph: DIR/secret.py:graph
! answering ID (login): Token?
! ↻ login  runs again from its start (4th time)
! ? login  asks a person
! waiting for a person (exit 8). This is not an error: the graph `secret`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `login` asks: Go?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: go or stop
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one
! graph: DIR/secret.py:graph
! waiting for a person (exit 8). This is not an error: the graph `secret`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `login` asks: Go?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: go or stop
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
""")
    done = here("resume", "one", "--value", "go", environ={"TOKEN": SECRET})
    assert done.json == {"length": len(SECRET)}
    answers = here("inspect", "one", "-o", "json").json["answers"]
    assert [(a["status"], a["why"]) for a in answers] == snapshot(
        [
            ("void", "it was typed in another process, and asked for again"),
            ("void", "the node asked something else when it ran again"),
            ("accepted", ""),
            ("accepted", ""),
        ]
    )

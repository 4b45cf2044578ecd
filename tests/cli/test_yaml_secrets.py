"""Secrets in YAML: a reference wherever they are kept, and read only for what is given them."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

from collections.abc import Iterator

import pytest
from inline_snapshot import snapshot

from graphcli.engine.resuming.sealed import unseal
from graphcli.engine.running import interrupt as asking
from graphcli.errors import InvalidGraphError
from graphcli.loaders.yaml import nodes
from graphcli.loaders.yaml.check import check
from graphcli.loaders.yaml.positions import read
from graphcli.prompts import vault
from tests.cli.inside import Inside, inside
from tests.cli.session import play
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

SECRET = "hunter2-correct-horse"
OTHER = "battery-staple-9"

PUSH = """\
version: 1
name: push
inputs: {key: {type: secret, help: The key, default: "env:KEY"}}
nodes:
  login:
    ask: {message: Log in, fields: {user: {type: text}, token: {type: secret}}}
    next: pin
  pin: {ask: {message: "The PIN, {{ nodes.login.user }}?", type: secret}, next: go}
  go: {ask: "Go?", next: push}
  push:
    run: 'echo "$WHO $TOKEN ${#TOKEN}"; echo "$KEY" >&2'
    env: {WHO: "{{ nodes.login.user }}", TOKEN: "{{ nodes.login.token }}", KEY: "{{ inputs.key }}"}
    next: call
  call: {python: "./calls.py:size", with: {pin: "{{ nodes.pin }}"}}
output: {push: "{{ nodes.push }}", all: "{{ nodes.login }} {{ inputs }}", size: "{{ nodes.call }}"}
"""
CALLS = "def size(pin):\n    return len(pin)\n"
#: What it has read as a secret stands, by chance, in what it asks next.
QUOTES = """\
from typing import TypedDict

from graphcli import START, StateGraph, interrupt


class State(TypedDict, total=False):
    ok: bool


def login(state):
    interrupt("Password?", response_schema={"type": "string", "format": "password"})
    return {}


def ask(state):
    return {"ok": interrupt({"message": "Deploy to production?", "type": "boolean"})}


graph = StateGraph(State).add_sequence([login, ask]).add_edge(START, "login").compile()
"""


@pytest.fixture
def files(graphcli: Shell) -> Shell:
    graphcli.write("push.yaml", PUSH)
    graphcli.write("calls.py", CALLS)
    graphcli.write("quotes.py", QUOTES)
    return graphcli


@pytest.fixture
def quick(
    files: Shell, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inside]:
    yield from inside(files, capfd, monkeypatch)


def stored(shell: Shell) -> str:
    kept = (path for path in shell.storage.parent.glob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in kept).decode("latin-1")


KNOWN = {"KEY": OTHER, "TOKEN": SECRET}
GIVEN = (
    "--answer login.user=ann --answer login.token=env:TOKEN --answer pin=env:TOKEN --answer go=x"
)


def test_secrets_reach_commands_and_functions_and_nothing_else(quick: Inside) -> None:
    flags = GIVEN.split()
    done = quick("run", "push.yaml", "--thread", "one", *flags, "-o", "jsonl", environ=KNOWN)
    envelope = done.stdout.splitlines()[-1]
    assert done.code == 0, done.stderr
    assert '"output":{"push":{"stdout":"ann *** 21","stderr":"***","exit_code":0}' in envelope
    assert '<secret env:TOKEN>\\"} {\\"key\\": \\"<secret env:KEY>\\"}","size":21}' in envelope
    shown = quick("inspect", "one", "--full").stdout + quick("inspect", "one", "-o", "json").stdout
    assert "<secret env:TOKEN>" in shown
    for place in (done.stdout, done.stderr, shown, stored(quick)):
        assert SECRET not in place
        assert OTHER not in place


@pytest.mark.parametrize("place", ["nodes.redact", "nodes.ask_sealed"])
def test_what_keeps_secrets_out_of_the_storage_is_needed(
    quick: Inside, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    # The control: without it they are there.
    if place == "nodes.redact":
        monkeypatch.setattr(nodes, "redact", lambda text: text)
    else:
        plain = asking.interrupt
        monkeypatch.setattr(
            nodes, "ask_sealed", lambda said, schema: plain(said, response_schema=schema)
        )
    quick("run", "push.yaml", *GIVEN.split(), environ=KNOWN)
    assert SECRET in stored(quick)


def test_a_secret_is_not_written_out_as_an_input_either(quick: Inside) -> None:
    quick.write("answers.yaml", "-i: {key: hunter2}\n")
    said = play(
        quick,
        "run push.yaml -q -i key=hunter2",
        """run push.yaml -q --input '{"key": "hunter2"}'""",
        "run push.yaml -q --answers answers.yaml",
    )
    assert said == snapshot("""\
$ graphcli run push.yaml -q -i key=hunter2
! error: -i `key` is a secret and cannot be written out here, where others may see it
!   write `env:NAME` for a variable or `file:/whole/path` for a file that holds it
[2]
$ graphcli run push.yaml -q --input '{"key": "hunter2"}'
! error: --input: `key` is a secret and cannot be written out here, where others may see it
!   write `env:NAME` for a variable or `file:/whole/path` for a file that holds it
[2]
$ graphcli run push.yaml -q --answers answers.yaml
! error: --answers answers.yaml: -i: `key` is a secret and cannot be written out here, where others may see it
!   write `env:NAME` for a variable or `file:/whole/path` for a file that holds it
[2]
""")


def test_a_secret_typed_in_another_process_is_asked_for_where_it_is_needed(files: Shell) -> None:
    first = ("--answer", "login.user=ann", "--answer", "login.token=env:TOKEN", "--value-file", "-")
    files("run", "push.yaml", "--thread", "one", *first, stdin=OTHER, environ=KNOWN)
    said = play(files, "resume one --value yes", "resume one --value env:KEY", **KNOWN)
    assert said == snapshot("""\
$ graphcli resume one --value yes
! graph: DIR/push.yaml
! answering ID (go): Go?
! ↻ go  runs again from its start (2nd time)
! ✓ go  0.0 s
! ✓ push  0.0 s
! ? call  asks a person
! waiting for a person (exit 8). This is not an error: the graph `push`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `call` asks: `pin` for `call`, once more: the secret was typed in a process that has ended, and is kept nowhere
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value-file FILE
!     FILE: a file that holds the secret, or - for stdin; or instead --value env:NAME
!     then -> END
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --value env:KEY
> {
>   "push": {
>     "stdout": "ann *** 21",
>     "stderr": "***",
>     "exit_code": 0
>   },
>   "all": "{\\"user\\": \\"ann\\", \\"token\\": \\"<secret env:TOKEN>\\"} {\\"key\\": \\"<secret env:KEY>\\"}",
>   "size": 16
> }
! graph: DIR/push.yaml
! answering ID (call): `pin` for `call`, once more: the secret was typed in a process that has ended, and is kept nowhere
! ↻ call  runs again from its start (2nd time)
! ✓ call  0.0 s
! finished: thread `one`
""")
    assert OTHER not in stored(files)


def test_a_typed_input_is_not_shown_and_not_stored(here: Shell, terminal: Terminal) -> None:
    here.write("push.yaml", PUSH.replace(', default: "env:KEY"', ""))
    here.write("calls.py", CALLS)
    child = terminal("run", "push.yaml", "--answer", "go=x", "--answer", "pin=env:PWD")
    child.expect("Key.*not shown")
    child.send(OTHER + "\r")
    child.expect("User")
    child.send("ann\r")
    child.expect("Token.*not shown")
    child.send(SECRET + "\r")
    child.expect("end|Send|review|Is this")
    child.send("\r")
    text, code = ended(child)
    assert code == 0
    assert "ann *** 21" in text
    for secret in (SECRET, OTHER):
        assert secret not in text
        assert secret not in stored(here)


def test_a_question_is_the_same_whatever_a_process_knows(files: Shell) -> None:
    given = ("--answer", "login=env:PASSWORD", "--thread", "one", "--no-input", "-o", "json")
    (question,) = files("run", "quotes.py", *given, environ={"PASSWORD": "production"}).json[
        "questions"
    ]
    assert question["message"] == "Deploy to production?"
    done = files(*question["answer_with"]["argv"][1:], "yes", "-o", "json")
    assert (done.code, done.json["output"]) == (0, {"ok": True})


WRONG = """\
version: 1
inputs:
  a: {type: secret, default: hunter2}
  b: {type: secret, choices: [x]}
  c: {type: secret, validate: value != ''}
  d: {type: secret, default: file:/run/key}
state: {s: {type: secret}, t: {}}
nodes:
  login:
    ask:
      message: "Use {{ inputs.d }}?"
      show: {it: "{{ inputs.d }}"}
      fields:
        one: {type: secret, default: env:X}
        two: {type: secret}
        three: {when: two == 'x'}
    next: [{when: nodes.login.two == 'x', to: single}, {to: single}]
  single: {ask: {message: m, type: secret}, next: both}
  both: {ask: {message: m, type: secret, fields: {x: {}}}, next: go}
  go:
    run: x
    env: {GOOD: "{{ inputs.d }}", FINE: "{{nodes.single}}", BAD: "Bearer {{ inputs.d }}", ODD: "{{ inputs.d | upper }}"}
    next: call
  call: {python: "./calls.py:size", with: {pin: "{{ nodes.login.two }}", all: ["{{ inputs.d }}"]}, next: put}
  put: {set: {t: "{{ nodes.single }}"}, next: no}
  no: {fail: "{{ nodes.login.two }}"}
output: "{{ nodes.login.two }}"
"""


def test_check_says_where_a_secret_may_not_stand() -> None:
    with pytest.raises(InvalidGraphError) as error:
        check(read(WRONG, "g.yaml"))
    assert [problem.splitlines()[0] for problem in error.value.problems] == snapshot(
        [
            "g.yaml:3:30: a secret is never written out; give `env:NAME` or `file:/whole/path`",
            "g.yaml:4:13: with `choices` the type is `choice`, not `secret`",
            "g.yaml:5:21: no rule sees a secret",
            "g.yaml:7:19: must be `text`, `integer`, `number`, `boolean`, `list`, `map` or `any`, not `secret`",
            "g.yaml:11:24: `inputs.d` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:12:22: `inputs.d` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:14:38: a secret that a person is asked for has no default",
            "g.yaml:16:23: no rule sees a secret",
            "g.yaml:17:19: `nodes.login.two` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:19:28: with `fields` each field has a type of its own",
            "g.yaml:22:77: `inputs.d` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:22:100: `inputs.d` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:24:84: `inputs.d` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:25:22: `nodes.single` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:26:18: `nodes.login.two` is a secret: it can only be a whole value, in `env` or `with`",
            "g.yaml:27:13: `nodes.login.two` is a secret: it can only be a whole value, in `env` or `with`",
        ]
    )


def test_a_secret_is_read_only_in_a_node() -> None:
    with pytest.raises(RuntimeError, match="outside of a node"):
        unseal(vault.keep(SECRET), "?")

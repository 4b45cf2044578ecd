"""At a real terminal: prompts, signals, narrow and dumb ones, and none at all."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import termios
from collections.abc import Callable

import pytest

from tests.cli.terminal import Terminal, ended
from tests.conftest import PROGRAM, Shell

DOWN, ENTER, CTRL_C, CTRL_D = "\x1b[B", "\r", "\x03", "\x04"


def status(shell: Shell, thread: str) -> str:
    return str(shell("inspect", thread, "-o", "json").json["status"])


def test_a_person_answers_and_the_run_goes_on(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "ask.py", "--thread", "one")
    child.expect("output:.*a draft")
    child.expect("graph ask · thread one · node review")
    child.expect("Approve?")
    child.expect("approve")
    child.send(DOWN + ENTER)
    child.expect("✓.* drop")
    child.expect('"decision": "reject"')
    assert ended(child)[1] == 0
    assert (here.cwd / "effects").read_text() == "reject\n"


def test_the_result_is_captured_while_the_prompt_is_on_the_terminal(terminal: Terminal) -> None:
    run = f'"{PROGRAM[0]}" -m graphcli run release.yaml -i tag=v1'
    child = terminal(script=f'x=$({run}); echo "code $? and <$x>"')
    child.expect("Release v1?")
    child.expect("Decision")
    child.send("\x1b[A" + ENTER)
    child.expect("Comment")
    child.send(ENTER)
    child.expect("Send")
    child.send(ENTER)
    child.expect("code 0 and <deployed v1>")
    assert ended(child)[1] == 0


def test_a_person_is_asked_for_missing_inputs(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "release.yaml", "--thread", "one")
    child.expect("What .*release.* needs to know")
    child.expect("Git tag to release")
    child.send("v7" + ENTER)
    child.expect("Release v7?")
    child.send(CTRL_C)
    assert ended(child)[1] == 130
    assert status(here, "one") == "waiting"


def test_leaving_before_the_run_begins_starts_nothing(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "release.yaml")
    child.expect("Git tag to release")
    child.send(CTRL_C)
    text, code = ended(child)
    assert code == 130
    assert "you left before the run began; nothing was started" in text
    assert here("list", "-o", "json").json["threads"] == []


def test_a_signal_before_the_run_begins(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "release.yaml")
    child.expect("Git tag to release")
    child.kill(signal.SIGTERM)
    text, code = ended(child)
    assert code == 143
    assert "stopped by SIGTERM" in text
    assert here("list", "-o", "json").json["threads"] == []


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
def test_leaving_the_prompt_parks_the_thread(here: Shell, terminal: Terminal, key: str) -> None:
    child = terminal("run", "ask.py", "--thread", "one")
    child.expect("Choose one")
    child.send(key)
    text, code = ended(child)
    assert code == 130
    assert "you left the question at `review`; nothing was sent" in text
    assert "graphcli resume one" in text
    assert "error" not in text
    assert status(here, "one") == "waiting"
    again = terminal("resume", "one")
    again.expect("Choose one")
    again.send(ENTER)
    assert ended(again)[1] == 0
    assert (here.cwd / "effects").read_text() == "approve\n"


@pytest.mark.parametrize(
    ("send", "more", "code", "words"),
    [
        (lambda child: child.kill(signal.SIGTERM), [], 143, "stopped by SIGTERM"),
        (lambda child: child.kill(signal.SIGHUP), [], 129, "stopped by SIGHUP"),
        (lambda child: child.kill(signal.SIGINT), [], 130, "you left the question"),
        (lambda child: None, ["--timeout", "4"], 124, "stopped after 4 s"),
    ],
    ids=["term", "hup", "int", "timeout"],
)
def test_a_signal_at_the_prompt_restores_the_terminal(
    here: Shell,
    terminal: Terminal,
    send: Callable[..., None],
    more: list[str],
    code: int,
    words: str,
) -> None:
    run = f'"{PROGRAM[0]}" -m graphcli run ask.py --thread one {" ".join(more)}'
    child = terminal(script=f"stty -a; echo $$; exec {run}")
    before = termios.tcgetattr(child.child_fd)
    child.expect("Choose one.*reject")
    assert termios.tcgetattr(child.child_fd) != before, "the prompt reads single keys"
    send(child)
    child.expect(words)
    child.expect("thread `one` is waiting; go on with")
    child.expect("graphcli resume one")
    assert termios.tcgetattr(child.child_fd) == before
    assert ended(child)[1] == code
    assert status(here, "one") == "waiting"


def test_a_prompt_can_be_put_aside_and_taken_up_again(here: Shell, terminal: Terminal) -> None:
    run = f'"{PROGRAM[0]}" -m graphcli run ask.py --thread one'
    child = terminal(script=f"set -m; {run}; stty -a; echo stopped; fg; echo code $?")
    child.expect("Choose one.*reject")
    child.send("\x1a")
    child.expect(r" echo .*stopped|stopped")
    child.expect("Choose one.*reject")
    child.send(DOWN + ENTER)
    child.expect('"decision": "reject"')
    child.expect("code 0")
    assert (here.cwd / "effects").read_text() == "reject\n"


def test_a_prompt_follows_the_size_of_its_terminal(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "ask.py", "--thread", "one")
    child.expect("Choose one.*reject")
    child.setwinsize(10, 20)
    child.expect("reject")
    child.send(ENTER)
    child.expect('"decision": "approve"')
    assert ended(child)[1] == 0


EDITED = """\
version: 1
name: edited
nodes:
  ask: {ask: {message: Which text?, fields: {text: {type: text, multiline: true}}}}
"""
#: An editor that takes the whole screen, and gives it back when it is told to end.
EDITOR = """\
#!/bin/sh
trap 'printf "\\033[?1049l"; echo given back; exit 1' TERM
printf '\\033[?1049h'; echo taken
while :; do sleep 0.05; done
"""


def test_an_editor_gives_the_screen_back_before_a_signal_ends_us(
    here: Shell, terminal: Terminal
) -> None:
    here.write("edited.yaml", EDITED)
    here.write("editor", EDITOR).chmod(0o755)
    child = terminal("run", "edited.yaml", "--thread", "one", EDITOR=str(here.cwd / "editor"))
    child.expect("Edit in editor")
    child.send(ENTER)
    child.expect("taken")
    child.kill(signal.SIGTERM)
    child.expect("given back")
    child.expect("stopped by SIGTERM")
    assert ended(child)[1] == 143
    assert status(here, "one") == "waiting"


@pytest.mark.parametrize(
    ("argv", "environ"),
    [([], {"CI": "true"}), (["--no-input"], {}), ([], {"CI": "1", "TERM": "dumb"})],
)
def test_where_nobody_is_to_be_asked_nobody_is(
    terminal: Terminal, argv: list[str], environ: dict[str, str]
) -> None:
    child = terminal("run", "ask.py", *argv, **environ)
    text, code = ended(child)
    assert code == 8
    assert "This is not an error" in text
    missing = terminal("run", "release.yaml", *argv, **environ)
    text, code = ended(missing)
    assert code == 2
    assert "1 input is missing" in text


@pytest.mark.parametrize(
    ("columns", "environ"),
    [(20, {}), (80, {"TERM": "dumb"}), (80, {"NO_COLOR": "1"}), (40, {"LANG": "C"})],
)
def test_poor_terminals(
    here: Shell, terminal: Terminal, columns: int, environ: dict[str, str]
) -> None:
    child = terminal("run", "ask.py", "--thread", "one", columns=columns, **environ)
    child.expect("Approve?")
    dumb = environ.get("TERM") == "dumb"
    child.expect("reject.*: $" if dumb else "reject")
    child.send("1" + ENTER if dumb else ENTER)
    child.expect('"decision": "approve"')
    text, code = ended(child)
    assert code == 0
    if dumb:
        assert "\x1b" not in text


def test_json_goes_to_stdout_and_the_prompt_to_the_terminal(
    here: Shell, terminal: Terminal
) -> None:
    run = f'"{PROGRAM[0]}" -m graphcli run ask.py --thread one -o json > document'
    child = terminal(script=run)
    child.expect("Choose one")
    child.send(ENTER)
    assert ended(child)[1] == 0
    assert '"status":"finished"' in (here.cwd / "document").read_text()


def test_an_uncertain_task_is_a_question_too(here: Shell, terminal: Terminal) -> None:
    assert here("run", "work.py", "--thread", "one", "-i", "mode=kill").code == -signal.SIGKILL
    child = terminal("resume", "one")
    child.expect("It may have run. Has it?")
    child.expect("leave it for now")
    child.send(ENTER)  # the first thing there is does nothing
    child.expect("uncertain")
    assert ended(child)[1] == 9
    child = terminal("resume", "one")
    child.expect("give up")
    child.send(DOWN * 2 + ENTER)
    child.expect("What would .*work.* have returned")
    child.send(CTRL_C)
    assert ended(child)[1] == 130
    assert status(here, "one") == "uncertain"
    here.write("calm", "")
    again = terminal("resume", "one")
    again.expect("give up")
    again.send(DOWN + ENTER)
    again.expect('"sent": true')
    assert ended(again)[1] == 0


def test_several_questions_are_asked_one_by_one_and_kept(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "multi.py", "--thread", "m")
    child.expect("1 of 3")
    child.expect("What now.*answer it")
    child.send(ENTER)
    child.expect("Choose one")
    child.send(ENTER)
    child.expect("1 of 2")
    child.send(CTRL_C)
    assert ended(child)[1] == 130
    answers = here("inspect", "m", "-o", "json").json["answers"]
    assert [(one["node"], one["value"]) for one in answers] == [("pick", "x")]


#: Ctrl-C at the terminal goes to whoever is in the foreground.
RUNS = """\
version: 1
name: runs
nodes:
  work: {run: 'trap "echo > cut" INT; cat go > got', next: after}
  after: {run: 'mkdir after'}
"""
#: However slow the machine is, only a second Ctrl-C ends what is at work.
PATIENT = """\
from graphcli.cli import signals
signals.MOMENT = signals.PATIENCE = signals.IMPATIENCE = 60.0
from graphcli.__main__ import main
main()
"""


def test_a_command_may_come_to_its_end_after_one_ctrl_c_and_not_after_two(
    here: Shell, terminal: Terminal
) -> None:
    here.write("runs.yaml", RUNS)
    os.mkfifo(here.cwd / "go")
    command = f'exec "{sys.executable}" -c "{PATIENT}" run runs.yaml --thread'
    children = [terminal(script=f"{command} {name}") for name in ("one", "two")]
    for child in children:
        child.expect("work .*s")
        child.sendintr()
        child.expect("Stopping: waiting for `work`; Ctrl-C again stops it now")
    one, two = children
    two.sendintr()
    assert ended(two)[1] == 130
    assert status(here, "two") == "uncertain"
    with (here.cwd / "go").open("w") as go:
        go.write("on")
    told, code = ended(one)
    assert (code, "thread `one` is stopped" in told) == (130, True)
    assert (here.cwd / "got").read_text() == "on"
    assert not any((here.cwd / name).exists() for name in ("cut", "after"))
    assert here("resume", "one").code == 0


def test_who_comes_back_to_a_prompt_sees_the_question_again(
    here: Shell, terminal: Terminal
) -> None:
    child = terminal(script="exec bash --norc --noprofile -i", PS1="$ ")
    child.sendline(f"{shlex.join(PROGRAM)} run ask.py --thread one")
    for _ in range(2):
        child.expect("graph ask · thread one")
        child.expect("Choose one")
        child.send("\x1a")
        child.expect("Stopped")
        child.sendline("clear; fg")
    child.expect("Approve")
    child.expect("Choose one")
    child.send(ENTER)
    child.expect("finished: thread")

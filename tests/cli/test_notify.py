"""A command is told when a thread starts to wait, and harms nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from graphcli.cli.notify import run_notify
from tests.cli.session import play
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

CTRL_C = "\x03"
KEEP = 'cat > "told-$GRAPHCLI_THREAD"'


def told(shell: Shell, thread: str) -> str:
    path = shell.cwd / f"told-{thread}"
    return path.read_text() if path.exists() else ""


def test_it_gets_the_document_that_json_prints(here: Shell) -> None:
    done = here("run", "multi.py", "--thread", "one", "-o", "json", "--notify", KEEP)
    assert done.code == 8
    assert told(here, "one") == done.stdout
    assert len(json.loads(told(here, "one"))["questions"]) == 3


def test_its_output_is_on_stderr_and_its_failure_changes_nothing(here: Shell) -> None:
    notify = "echo told $GRAPHCLI_THREAD; echo twice >&2; exit 3"
    text = play(here, "run ask.py -q --thread one", GRAPHCLI_NOTIFY=notify)
    assert text[-120:].partition("\n")[2] == snapshot("""\
! told one
! twice
! the notification failed with exit 3; the thread waits all the same
[8]
""")


def test_it_is_told_once_for_each_question(here: Shell) -> None:
    environ = {"GRAPHCLI_NOTIFY": f"{KEEP}; echo told"}
    first = here("run", "multi.py", "--thread", "one", environ=environ)
    polled = here("resume", "one", environ=environ)
    answered = here("resume", "one", "--answer", "sure=yes", environ=environ)
    ended_ = here("resume", "one", "--answer", "who=1", "--answer", "pick=x", environ=environ)
    assert [one.code for one in (first, polled, answered, ended_)] == [8, 8, 8, 0]
    assert ["told\n" in one.stderr for one in (first, polled, answered, ended_)] == [
        *(True, False, False, False)
    ]


def test_it_is_told_of_what_is_asked_next_and_of_a_refused_answer(here: Shell) -> None:
    done = here("run", "secret.py", "--thread", "one", "-q")
    assert (done.code, told(here, "one")) == (8, "")
    notify = ["--notify", KEEP]
    environ = {"TOKEN": "hunter2", "GRAPHCLI_NOTIFY": "exit 1"}
    assert here("resume", "one", "--value", "env:TOKEN", *notify, environ=environ).code == 8
    assert "Go?" in told(here, "one")
    assert "hunter2" not in told(here, "one")
    assert here("run", "ask.py", "--thread", "two", "--value", "maybe", *notify).code == 5
    assert json.loads(told(here, "two"))["error"]["code"] == "invalid_answer"


@pytest.mark.parametrize("argv", [["run", "ask.py", "--value", "approve"], ["run", "work.py"]])
def test_nobody_is_told_of_what_does_not_wait(here: Shell, argv: list[str]) -> None:
    done = here(*argv, "--thread", "one", "--notify", KEEP)
    assert (done.code, told(here, "one")) == (0, "")


def test_an_empty_flag_turns_the_variable_off(here: Shell) -> None:
    done = here(
        *("run", "ask.py", "--thread", "one", "--notify", ""), environ={"GRAPHCLI_NOTIFY": KEEP}
    )
    assert (done.code, told(here, "one")) == (8, "")


def test_it_inherits_little_and_can_call_graphcli(here: Shell) -> None:
    environ = {"TOKEN": "hunter2", "GRAPHCLI_URL": "https://example.org", "GRAPHCLI_NOTIFY": "env"}
    done = here("run", "ask.py", "--thread", "one", "-q", environ=environ)
    seen = dict(
        line.split("=", 1)
        for line in done.stderr.splitlines()
        if line[:1].isupper() and "=" in line
    )
    assert set(seen) - {"PWD", "OLDPWD", "SHLVL", "_"} == {
        *("PATH", "HOME", "LANG", "USER"),
        *("GRAPHCLI_STORAGE", "GRAPHCLI_THREAD", "GRAPHCLI_URL"),
    }
    assert (seen["GRAPHCLI_THREAD"], seen["GRAPHCLI_STORAGE"]) == ("one", str(here.storage))


def test_a_person_who_answers_at_once_causes_no_notice_and_one_who_leaves_does(
    here: Shell, terminal: Terminal
) -> None:
    child = terminal("run", "ask.py", "--thread", "one", "--notify", KEEP)
    child.expect("(?s)Choose one.*reject")
    child.send("\r")
    assert ended(child)[1] == 0
    assert told(here, "one") == ""
    child = terminal("run", "ask.py", "--thread", "two", "--notify", KEEP)
    child.expect("(?s)Choose one.*reject")
    child.send(CTRL_C)
    assert ended(child)[1] == 130
    assert json.loads(told(here, "two"))["status"] == "waiting"


# In process: the command itself -----------------------------------------------------------------


def notify(command: str, document: str = "{}", patience: float = 30) -> str:
    return run_notify(command, document, {"PATH": os.environ["PATH"]}, patience)


def test_what_can_go_wrong_is_said(tmp_path: Path) -> None:
    assert notify("exit 0") == ""
    assert notify("exit 7") == "failed with exit 7"
    assert notify("kill -9 $$") == "failed with signal 9"
    assert notify("no-such-command 2>&-") == "failed with exit 127"
    assert notify("exec <&-; exit 0", "x" * 10_000_000) == "", "it need not read"
    assert notify("a\0b") == "cannot be run: embedded null byte"


def test_one_that_never_ends_is_ended_with_what_it_started(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    said = notify(f"exec 3>{pipe}; sleep 600 & echo begun >&3; wait", patience=1)
    assert said == "took longer than 1 s and was ended"
    os.set_blocking(reader, True)
    # The end of the file comes only when the last process that could write is gone.
    assert b"".join(iter(lambda: os.read(reader, 100), b"")) == b"begun\n"
    os.close(reader)

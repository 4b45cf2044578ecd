"""Tasks that may have run: several at once, in graphs in graphs, told and settled everywhere."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from tests.cli.session import play, steady, ways_folded
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell
from tests.launcher import Launcher

#: `pay` and, in a graph of its own, `mail` run side by side when the process dies.
TWO = """\
import operator
import os
import signal
import threading
from typing import Annotated, TypedDict

from graphcli import START, StateGraph


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


both = threading.Barrier(2)


def doomed(name):
    def node(state):
        with open("attempts", "a") as attempts:
            attempts.write(name + "\\n")
        if not os.path.exists("calm"):
            both.wait(30)
            os.kill(os.getpid(), signal.SIGKILL)
        return {"log": [name]}

    return node


office = StateGraph(State).add_node("mail", doomed("mail")).add_edge(START, "mail")
builder = StateGraph(State).add_node("pay", doomed("pay")).add_node("office", office.compile())
graph = builder.add_edge(START, "pay").add_edge(START, "office").compile()
"""


@pytest.fixture
def two(graphcli: Shell) -> Shell:
    """A thread `one` whose two tasks were at work when its process died."""
    graphcli.write("two.py", TWO)
    assert graphcli("run", "two.py", "--thread", "one").code == -signal.SIGKILL
    graphcli.write("calm", "")
    return graphcli


def attempts(shell: Shell) -> list[str]:
    return sorted((shell.cwd / "attempts").read_text().split())


def test_each_command_that_is_printed_settles_its_task(two: Shell) -> None:
    assert ways_folded(play(two, "resume one")) == snapshot("""\
$ graphcli resume one
! graph: DIR/two.py:graph
! uncertain: thread `one`: a run ended while this was running, and nobody knows how far it came:
!
!   office/mail (task ID)
!     (how to settle it)
!
!   pay (task ID)
!     (how to settle it)
[9]
""")
    printed = two("resume", "one").stderr.splitlines()
    commands = [shlex.split(line)[1:] for line in printed if line.startswith("      graphcli ")]
    (rerun, _), (_, done) = ([c for c in commands if end in c] for end in ("--rerun", "--done"))
    assert two(*rerun).code == 9
    assert two(*done[:-1], '{"log": ["by hand"]}').code == 0
    assert attempts(two) == ["mail", "mail", "pay"]
    told = steady(two("inspect", "one", environ={"COLUMNS": "200"}).stdout, two)
    assert told[told.index("Answers") : told.index("History")] == snapshot("""\
Answers
  office/mail: run it again
    TIME · by ana@HOST · flag · settled: it may have run
  pay: it is done, with {"log":["by hand"]}
    TIME · by ana@HOST · flag · settled: it may have run

""")
    assert settled(two) == [("mail", "rerun", None, "flag"), ("pay", "done", BY_HAND, "flag")]


BY_HAND = {"log": ["by hand"]}


def settled(shell: Shell) -> list[tuple[str, str, object, str]]:
    """Who said what of which task, as the journal has it; that is no answer to a question."""
    document = shell("inspect", "one", "-o", "json").json
    assert document["answers"] == []
    assert all(said["by"].startswith("ana@") and said["at"] for said in document["settled"])
    keys = ("node", "verdict", "update", "how")
    return [tuple(said[key] for key in keys) for said in document["settled"]]


def test_the_document_says_where_each_task_is(two: Shell) -> None:
    tasks: list[Any] = two("resume", "one", "-o", "json").json["uncertain"]
    assert [(task["node"], task["path"]) for task in tasks] == [
        ("mail", "office/mail"),
        ("pay", "pay"),
    ]
    assert tasks[0]["ns"].startswith("office:")
    assert two("inspect", "one", "-o", "json").json["uncertain"] == tasks
    for task, code in zip(tasks, (9, 0), strict=True):
        program, *argv = shlex.split(task["settle_with"]["rerun"]["line"])
        assert program == "graphcli"
        settled = two(*argv, "-o", "json")
        assert settled.code == code
    assert attempts(two) == ["mail", "mail", "pay", "pay"]
    assert settled.json["values"] == {"log": ["mail", "pay"]}


def test_a_path_names_a_task_as_well(two: Shell) -> None:
    assert two("resume", "one", "--task", "office/mail", "--rerun").code == 9
    wrong = two("resume", "one", "--task", "office/pay", "--rerun")
    assert wrong.code == 4
    assert "there is `pay` (" in wrong.stderr


def test_a_person_is_asked_about_one_after_the_other(two: Shell, terminal: Terminal) -> None:
    editor = two.write("editor", """#!/bin/sh\necho '{"log": ["by hand"]}' > "$1"\n""")
    editor.chmod(0o755)
    child = terminal("resume", "one", columns=120, EDITOR=str(editor), VISUAL="")
    child.expect("1 of 2")
    child.expect("`office/mail`.* held a worker")
    child.expect("give up")
    child.send("\x1b[B\r")
    child.expect("`pay`.* held a worker")
    child.expect("give up")
    child.send("\x1b[B\x1b[B\r")
    child.expect("What would .*`pay`.* have returned")
    child.expect("Edit in editor")
    child.send("\r")
    child.expect("Send it")
    child.send("\r")
    child.expect('"log"')
    assert ended(child)[1] == 0
    assert attempts(two) == ["mail", "mail", "pay"]
    assert settled(two) == [
        ("mail", "rerun", None, "terminal"),
        ("pay", "done", BY_HAND, "terminal"),
    ]


def test_who_gave_a_task_up_is_told(two: Shell) -> None:
    assert two("resume", "one", "--task", "pay", "--give-up").code == 9
    assert settled(two) == [("pay", "give_up", None, "flag")]


#: A command that takes the process along in which its graph runs, the first time.
YAML = """\
version: 1
name: fatal
nodes:
  work:
    run: "echo x >> attempts; test -e calm || {{ touch calm; kill -9 $PPID; }}"
{more}    next: END
"""


@pytest.mark.parametrize(
    ("more", "status", "code"), [("", "uncertain", 9), ("    on_crash: rerun\n", "stopped", 0)]
)
def test_a_node_in_yaml_says_whether_it_may_run_again(
    graphcli: Shell, more: str, status: str, code: int
) -> None:
    graphcli.write("fatal.yaml", YAML.format(more=more))
    assert graphcli("run", "fatal.yaml", "--thread", "one").code == -signal.SIGKILL
    assert graphcli("list", "-o", "json").json["threads"][0]["status"] == status
    assert graphcli("resume", "one").code == code
    ran = Path(graphcli.cwd, "attempts").read_text().split()
    assert ran == ["x"] * (2 if code == 0 else 1)


#: A task that dies each time it begins, until it is told to be calm.
AGAIN = """\
import os
import signal
from typing import TypedDict

from graphcli import START, StateGraph


class State(TypedDict, total=False):
    sent: str


def pay(state):
    with open("attempts", "a") as attempts:
        attempts.write("pay\\n")
    if not os.path.exists("calm"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {"sent": "run"}


graph = StateGraph(State).add_node("pay", pay).add_edge(START, "pay").compile()
"""


@pytest.fixture
def again(graphcli: Shell) -> Shell:
    """A thread `one` whose task was at work when its process died."""
    graphcli.write("again.py", AGAIN)
    assert graphcli("run", "again.py", "--thread", "one").code == -signal.SIGKILL
    return graphcli


def printed(shell: Shell, flag: str) -> list[str]:
    """The command that `resume one` prints, and its JSON document has, with `flag`."""
    said = [shlex.split(line)[1:] for line in shell("resume", "one").stderr.splitlines()]
    (human,) = [argv for argv in said if flag in argv]
    (task,) = shell("inspect", "one", "-o", "json").json["uncertain"]
    argv = task["settle_with"][flag.removeprefix("--").replace("-", "_")]["argv"]
    assert argv[1:] == human[: len(argv) - 1]
    assert argv[-2] == task["digest"]
    return [str(each) for each in argv[1:]]


def test_a_verdict_settles_no_later_start_than_the_one_that_was_shown(again: Shell) -> None:
    shown = shlex.join([*printed(again, "--done"), '{"sent": "said of the first"}'])
    assert again("resume", "one", "--rerun").code == -signal.SIGKILL
    again.write("calm", "")
    told = play(again, shown).partition("\n")[2]
    assert ways_folded(told) == snapshot("""\
! graph: DIR/again.py:graph
! error: task ID (`pay`) was already settled by ana@HOST (flag) at TIME: run it again
!   nothing was done
!   uncertain: thread `one`: a run ended while this was running, and nobody knows how far it came:
!
!     pay (task ID)
!       (how to settle it)
[6]
""")
    # The control: it is the digest that refuses it.
    loose = shlex.join(each for n, each in enumerate(shlex.split(shown)) if n not in (6, 7))
    assert "--if-match" not in loose
    assert play(again, f"{loose} -q").partition("\n")[2] == snapshot("""\
> {
>   "sent": "said of the first"
> }
""")
    assert attempts(again) == ["pay", "pay"]


def test_a_bare_verdict_says_which_task_it_settles(again: Shell) -> None:
    assert play(again, """resume one --done '{"sent": "by hand"}'""") == snapshot("""\
$ graphcli resume one --done '{"sent": "by hand"}'
> {
>   "sent": "by hand"
> }
! graph: DIR/again.py:graph
! settling `pay` (task ID): it is done
! ✓ pay  taken as done: it did not run
! finished: thread `one`
""")
    assert attempts(again) == ["pay"]


def test_what_is_no_digest_is_told_as_such(again: Shell) -> None:
    whys = {
        "": "--if-match `` is no digest: it takes 12 to 64 digits from 0 to f",
        "HEAD": "--if-match `HEAD` is no digest: it takes 12 to 64 digits from 0 to f",
        "01234": "--if-match `01234` is too short: it takes 12 digits",
        "0" * 12: "task ID (`pay`) has begun again since this was shown: it is another doubt now",
    }
    for digest, why in whys.items():
        done = again("resume", "one", "--rerun", "--if-match", digest)
        said = steady(done.stderr, again)
        assert (done.code, f"error: {why}" in said) == (6, True), said
        assert "--task ID --if-match DIGEST --rerun" in said, "where to find one"
    assert attempts(again) == ["pay"]


def test_of_verdicts_given_at_once_one_counts(again: Shell, launcher: Launcher) -> None:
    for began in range(2, 6):
        command = printed(again, "--rerun")
        given = (command, again.cwd, again.full_environ)
        at_once = [launcher.start(*given, stderr=f"verdict{n}") for n in range(4)]
        codes = launcher.wait()
        assert sorted(codes[pid] for pid in at_once) == [-signal.SIGKILL, 6, 6, 6]
        assert attempts(again) == ["pay"] * began
        told = [(again.cwd / f"verdict{n}").read_text() for n in range(4)]
        assert sum("was already settled by ana@" in each for each in told) == 3, told


def test_what_was_given_up_does_not_run_again_unasked(again: Shell) -> None:
    again.write("calm", "")
    assert play(again, "resume one --give-up", "resume one") == snapshot("""\
$ graphcli resume one --give-up
! graph: DIR/again.py:graph
! settling `pay` (task ID): give up
! ✗ pay  failed: a person gave up on `pay`, which may have run
! error: a person gave up on `pay`, which may have run
!   thread `one` has failed; see what happened, then try again:
!     graphcli inspect one --storage STORAGE
!     graphcli resume one --storage STORAGE
[1]
$ graphcli resume one
! graph: DIR/again.py:graph
! uncertain: thread `one` has failed: a person gave up on this, and it may have run:
!
!   pay (task ID)
!     it did not happen, or may happen twice: run it again
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --rerun
!     it happened: go on with what it would have returned, as JSON
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --done UPDATE
!     neither: let the thread fail
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --give-up
[9]
""")
    document = again("resume", "one", "-o", "json")
    assert (document.code, document.json["status"]) == (9, "failed")
    assert attempts(again) == ["pay"]
    rerun = document.json["uncertain"][0]["settle_with"]["rerun"]["argv"]
    assert again(*rerun[1:]).code == 0
    assert attempts(again) == ["pay", "pay"]


def test_somebody_else_settles_what_a_person_is_asked(again: Shell, terminal: Terminal) -> None:
    again.write("calm", "")
    child = terminal("resume", "one", columns=120)
    child.expect("give up")
    assert again("resume", "one", "--done", '{"sent": "by another"}').code == 0
    child.send("\x1b[B\r")
    child.expect("was already settled by ana@")
    assert ended(child)[1] == 6
    assert attempts(again) == ["pay"]

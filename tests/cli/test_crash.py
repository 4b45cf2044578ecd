"""A task that may have run is never silently run again, and a live run is left alone."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from tests.cli.session import play, ways_folded
from tests.conftest import PROGRAM, Shell


def started(shell: Shell, *argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *argv],
        cwd=shell.cwd,
        env=shell.full_environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def hanging(shell: Shell, *argv: str) -> subprocess.Popen[str]:
    """Start a run and return once its node is at work."""
    run = started(shell, "run", "work.py", "--thread", "one", "-i", "mode=hang", *argv)
    while run.poll() is None and not (shell.cwd / "hanging").exists():
        pass
    assert run.poll() is None, run.communicate()
    return run


def attempts(shell: Shell) -> int:
    return len((shell.cwd / "attempts").read_text().split())


def killed(shell: Shell, graph: str = "work.py") -> None:
    done = shell("run", graph, "--thread", "one", "-i", "mode=kill")
    assert done.code == -signal.SIGKILL
    shell.write("calm", "")


def test_a_killed_run_is_uncertain_and_resume_says_how_to_settle_it(here: Shell) -> None:
    killed(here)
    assert play(here, "list", "list --status running", "resume one") == snapshot("""\
$ graphcli list
> one	work	uncertain	TIME	0
$ graphcli list --status running
! no such threads
$ graphcli resume one
! graph: DIR/work.py:graph
! uncertain: thread `one`: a run ended while this was running, and nobody knows how far it came:
!
!   work (task ID)
!     it did not happen, or may happen twice: run it again
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --rerun
!     it happened: go on with what it would have returned, as JSON
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --done UPDATE
!     neither: let the thread fail
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --give-up
[9]
""")
    assert attempts(here) == 1


@pytest.mark.parametrize(
    ("flags", "code", "ran", "sent"),
    [
        (["--rerun"], 0, 2, True),
        (["--done", '{"sent": "by hand"}'], 0, 1, "by hand"),
        (["--task", "work", "--rerun"], 0, 2, True),
        (["--give-up"], 1, 1, None),
    ],
)
def test_each_verdict_does_what_it_says(
    here: Shell, flags: list[str], code: int, ran: int, sent: object
) -> None:
    killed(here)
    done = here("resume", "one", *flags, "-o", "json")
    assert done.code == code, done.stderr
    assert done.json["values"].get("sent") == sent
    assert attempts(here) == ran


@pytest.mark.parametrize("update", ['{"snet": 1}', "[1]", "7"])
def test_an_update_that_does_not_fit_settles_nothing(here: Shell, update: str) -> None:
    killed(here)
    done = here("resume", "one", "--done", update)
    assert done.code == 5
    assert "error: --done: " in done.stderr
    assert here("list", "--status", "uncertain").stdout.startswith("one\t")
    assert here("resume", "one", "--done", '{"sent": 1}').code == 0


def test_a_node_that_may_run_again_only_stops(here: Shell) -> None:
    killed(here, "safe.py")
    assert here("list", "-o", "json").json["threads"][0]["status"] == "stopped"
    assert here("resume", "one").code == 0
    assert attempts(here) == 2


def test_a_running_thread_is_left_alone(here: Shell) -> None:
    run = hanging(here)
    try:
        held = here("resume", "one", "--rerun")
        assert held.code == 6
        assert f"thread `one` is being run by process {run.pid} on" in held.stderr
        assert here("cancel", "one").code == 6
        assert here("list", "-o", "json").json["threads"][0]["status"] == "running"
    finally:
        run.kill()
        run.communicate()
    assert here("list", "-o", "json").json["threads"][0]["status"] == "uncertain"
    assert attempts(here) == 1


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGINT, 130, "interrupted (Ctrl-C)"),
        (signal.SIGTERM, 143, "stopped by SIGTERM"),
        (signal.SIGHUP, 129, "stopped by SIGHUP"),
    ],
)
def test_a_signal_in_a_node_leaves_the_thread_uncertain(
    here: Shell, number: signal.Signals, code: int, words: str
) -> None:
    run = hanging(here, "-o", "json")
    run.send_signal(number)
    stdout, stderr = run.communicate(timeout=30)
    assert run.returncode == code
    again = "; Ctrl-C again stops it now" if number == signal.SIGINT else ""
    assert stderr.startswith(f"Stopping: waiting for `work`{again}\n{words}\n")
    assert "thread `one` is uncertain; go on with\n    graphcli resume one" in stderr
    assert '"status":"uncertain"' in stdout
    here.write("calm", "")
    assert here("resume", "one", "--rerun").code == 0


def test_the_time_limit(here: Shell) -> None:
    done = here("run", "work.py", "--thread", "one", "-i", "mode=hang", "--timeout", "1.5")
    assert done.code == 124
    waits = "Stopping: waiting for `work`\n"
    assert done.stderr.startswith(f"{waits}stopped after 1.5 s (--timeout)\n")
    assert here("resume", "one").code == 9


def test_an_update_that_cannot_be_stored_says_where(here: Shell) -> None:
    assert ways_folded(play(here, "run work.py --thread one -i mode=lambda")) == snapshot("""\
$ graphcli run work.py --thread one -i mode=lambda
! ✓ work  0.0 s
! error: sent.deep[1]: a function cannot be stored
!   | return plain data: text, numbers, lists and dicts
! uncertain: thread `one`: this has run, and its update is lost:
!
!   work (task ID)
!     (how to settle it)
[9]
""")
    assert play(here, "run safe.py --thread two -i mode=lambda") == snapshot("""\
$ graphcli run safe.py --thread two -i mode=lambda
! ✓ work  0.0 s
! error: sent.deep[1]: a function cannot be stored
!   | return plain data: text, numbers, lists and dicts
!   thread `two` has failed; see what happened, then try again:
!     graphcli inspect two --storage STORAGE
!     graphcli resume two --storage STORAGE
[1]
""")


def test_a_failed_node_runs_again_on_resume(here: Shell) -> None:
    assert play(here, "run work.py --thread one -i mode=raise") == snapshot("""\
$ graphcli run work.py --thread one -i mode=raise
! ✗ work  failed: ValueError: no route to host
! error: ValueError: no route to host
!   thread `one` has failed; see what happened, then try again:
!     graphcli inspect one --storage STORAGE
!     graphcli resume one --storage STORAGE
[1]
""")
    here.write("calm", "")
    assert play(here, "resume one") == snapshot("""\
$ graphcli resume one
> {
>   "mode": "raise",
>   "sent": true
> }
! graph: DIR/work.py:graph
! ↻ work  runs again from its start (2nd time)
! ✓ work  0.0 s
! finished: thread `one`
""")


def test_a_graph_may_say_no(here: Shell) -> None:
    assert play(here, "run work.py --thread one -i mode=no", "resume one") == snapshot("""\
$ graphcli run work.py --thread one -i mode=no
! ✗ work  failed: not on a Friday
! rejected: thread `one`
!   not on a Friday
[10]
$ graphcli resume one
! graph: DIR/work.py:graph
! error: thread `one` is rejected: nothing to resume
!   start a new thread with graphcli run --storage STORAGE
[6]
""")


def test_more_supersteps_than_allowed(here: Shell) -> None:
    assert play(
        here, "run ask.py --max-steps 1 --thread one", "resume one --answer review=approve"
    ) == snapshot("""\
$ graphcli run ask.py --max-steps 1 --thread one
! ✓ draft  0.0 s
! error: the run did not end within 1 supersteps
!   | give it more: --max-steps 2
!   thread `one` has failed; see what happened, then try again:
!     graphcli inspect one --storage STORAGE
!     graphcli resume one --storage STORAGE
[1]
$ graphcli resume one --answer review=approve
> {
>   "output": "a draft",
>   "decision": "approve"
> }
! graph: DIR/ask.py:graph
! ? review  asks a person
! answering ID (review): Approve?
! ↻ review  runs again from its start (2nd time)
! ✓ review  0.0 s
! ✓ publish  0.0 s
! finished: thread `one`
""")


def test_a_breakpoint_stops_and_resume_goes_on(here: Shell) -> None:
    assert play(
        here,
        "run ask.py --thread one --break-before review",
        "resume one",
        "resume one --value approve -q",
    ) == snapshot("""\
$ graphcli run ask.py --thread one --break-before review
! ✓ draft  0.0 s
! stopped: thread `one`; go on with
!   graphcli resume one --storage STORAGE
[8]
$ graphcli resume one
! graph: DIR/ask.py:graph
! ? review  asks a person
! waiting for a person (exit 8). This is not an error: the graph `ask`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `review` asks: Approve?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: approve or reject
!     then -> publish or drop
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --value approve -q
> {
>   "output": "a draft",
>   "decision": "approve"
> }
""")


def test_answers_are_refused_while_a_task_is_uncertain(here: Shell) -> None:
    killed(here)
    done = here("resume", "one", "--value", "1")
    assert done.code == 9
    assert "not used: --value" in done.stderr


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda file: file.write_bytes(b""), "is an empty file"),
        (lambda file: file.write_bytes(b"SQLite format 3\x00" + b"x" * 200), "left alone"),
        (lambda file: file.write_text("hello"), "left alone"),
        (lambda file: (file.rename(file.parent / "x"), file.symlink_to("x")), "is a symbolic link"),
    ],
    ids=["empty", "foreign", "text", "link"],
)
def test_a_storage_that_cannot_be_used(
    here: Shell, harm: Callable[[Path], object], words: str
) -> None:
    here("run", "ask.py", "--thread", "one")
    for beside in ("-wal", "-shm"):
        here.storage.with_name(here.storage.name + beside).unlink(missing_ok=True)
    harm(here.storage)
    done = here("run", "ask.py")
    assert done.code == 7
    assert words in done.stderr
    assert done.stderr.count("error: ") == 1

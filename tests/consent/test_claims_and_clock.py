"""One run drives a thread, its holder is named, and no clock decides anything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import PROGRAM
from tests.consent.conftest import Desk, answering, error_of

#: Without the seconds in which an answer waits for a run to let go: here it never does.
IMPATIENT = "import graphcli.engine.face.beside as beside; beside._PATIENCE = ()"


@contextmanager
def in_the_node(desk: Desk, question: Any) -> Iterator[subprocess.Popen[str]]:
    """A run that has answered `slow` and stands in its node, until somebody opens `gate`."""
    for name in ("gate", "begun"):
        os.mkfifo(desk.cwd / name)
    argv = [*PROGRAM, *answering(question, "yes", "-o", "json")]
    with subprocess.Popen(
        argv,
        cwd=desk.cwd,
        env=desk.full_environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert (desk.cwd / "begun").read_text() == str(process.pid)
            yield process
        finally:
            process.kill()


def test_an_answer_beside_a_run_is_kept_and_taken_up_by_it(desk: Desk) -> None:
    desk.broken = IMPATIENT
    left, right, slow = desk.parked("parallel.py")
    with in_the_node(desk, slow) as run:
        beside = desk(*answering(left, "no", "-o", "json"))
        assert (beside.code, beside.json["status"]) == (8, "running")
        assert [question["id"] for question in beside.json["questions"]] == [right["id"]]
        assert f"kept: thread `t` is being run by process {run.pid} on" in beside.stderr
        assert desk.effects() == []
        late = desk(*answering(left, "yes", "-o", "json"))
        assert (late.code, error_of(late)["code"]) == (6, "already_answered")
        (desk.cwd / "gate").write_text("")
        out, _ = run.communicate(timeout=60)
    assert (run.returncode, right["id"] in out) == (8, True)
    assert desk.effects() == ["slow-yes", "left-no"]
    assert desk(*answering(right, "yes")).code == 0


def test_a_stopped_holder_is_named_and_a_killed_one_holds_nothing(desk: Desk) -> None:
    desk.broken += IMPATIENT
    left, _, slow = desk.parked("parallel.py")
    with in_the_node(desk, slow) as run:
        run.send_signal(signal.SIGSTOP)
        who = f"process {run.pid} on {socket.gethostname()} since 2"
        refused = [("resume", "t"), ("cancel", "t"), ("delete", "t", "--status", "waiting")]
        for argv in refused:
            told = desk(*argv, "-o", "json")
            assert (told.code, error_of(told)["code"]) == (6, "thread_held")
            assert error_of(told)["holder"].startswith(who)
            assert who in told.stderr
        kept = desk(*answering(left, "yes", "-o", "json"))
        assert (kept.code, kept.json["uncertain"], who in kept.stderr) == (8, [], True)
        assert desk.seen()["uncertain"] == [], "it runs: nobody is asked to settle it"
        run.kill()
    assert desk.seen()["status"] == "uncertain"
    assert desk("resume", "t").code == 9


def test_a_control_where_the_running_are_uncertain(desk: Desk) -> None:
    desk.broken = """
import graphcli.cli.reading as reading, graphcli.cli.outcome as outcome
reading.uncertain = outcome.uncertain = lambda stands: stands.uncertain
"""
    with pytest.raises(AssertionError, match="it runs"):
        test_a_stopped_holder_is_named_and_a_killed_one_holds_nothing(desk)


def test_what_a_claim_file_says_of_the_dead_does_not_count(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    claims = desk.storage.with_name("graphcli.db.claims")
    (name,) = {path.name for path in _claimed(desk)}
    for said in (
        f'{{"pid": {os.getpid()}, "host": "{socket.gethostname()}", "since": "2099"}}',  # reused
        '{"pid": 1, "host": "another.example", "since": "1970-01-01T00:00:00+00:00"}',
        "\0\xff not json",
        "",
    ):
        (claims / name).write_bytes(said.encode("latin-1"))
        assert desk.seen()["status"] == "waiting"
    assert desk(*answering(question, "yes")).code == 0


def _claimed(desk: Desk) -> list[Any]:
    """The file of a claim on thread `t`, as a run that was killed leaves it."""
    code = """
import os, sys
from graphcli.storage import open_storage
storage = open_storage(sys.argv[1])
held = storage.claim("t")  # kept, or it would be let go of
held.__enter__()
os._exit(0)
"""
    subprocess.run([PROGRAM[0], "-c", code, str(desk.storage)], check=True)
    return list(desk.storage.with_name("graphcli.db.claims").iterdir())


#: A clock that stands a year further back for each command, and once far ahead.
BACKWARD = """
import os, time
from pathlib import Path
ticks = Path("ticks")
n = int(ticks.read_text()) if ticks.exists() else 0
ticks.write_text(str(n + 1))
real, year = time.time_ns, 31_536_000_000_000_000
time.time_ns = lambda: real() + (40 * year if n == 2 else -n * year)
"""
BY_THE_CLOCK = """
import graphcli.cli.listing as listing
rows = listing._rows
listing._rows = lambda *how: sorted(rows(*how), key=lambda row: row.updated_at, reverse=True)
"""


def order_without_a_clock(desk: Desk) -> None:
    twice = desk.parked("twice.py", thread="first")
    desk.parked("one.py", thread="second")
    desk.parked("one.py", thread="third")
    done = desk(*answering(twice[0], "a", "-o", "json"))
    assert desk(*answering(done.json["questions"][0], "b")).code == 0
    listed = [row["thread"] for row in desk("list", "-o", "json").json["threads"]]
    assert listed == ["first", "third", "second"]
    seen = desk.seen("@latest")
    assert (seen["thread"], [entry["value"] for entry in seen["answers"]]) == ("first", ["a", "b"])
    assert [past["step"] for past in seen["history"]] == [1, 0, -1]
    times = [entry["at"] for entry in seen["answers"]]
    assert times == sorted(times, reverse=True), "the clock did go backward"


def test_order_comes_from_a_number_though_the_clock_goes_backward(desk: Desk) -> None:
    desk.broken = BACKWARD
    order_without_a_clock(desk)


def test_a_control_that_sorts_by_the_clock(desk: Desk) -> None:
    desk.broken = BACKWARD + BY_THE_CLOCK
    with pytest.raises(AssertionError, match="first"):
        order_without_a_clock(desk)

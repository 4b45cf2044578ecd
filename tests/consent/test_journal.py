"""Who answered, when and how; and what became of what nobody answered."""

from __future__ import annotations

import socket

import pytest

from graphcli.cli.who import ci_run, who
from tests.consent.conftest import Desk, answering

HOST = socket.gethostname()

RUNS = {
    "GITHUB_RUN_ID=7 GITHUB_SERVER_URL=https://g.io GITHUB_REPOSITORY=o/r": (
        "https://g.io/o/r/actions/runs/7"
    ),
    "GITHUB_RUN_ID=7 CI=true": "7",
    "CI_JOB_URL=https://gitlab/j/1 CI=true": "https://gitlab/j/1",
    "BUILDKITE_BUILD_URL=https://b/1": "https://b/1",
    "CIRCLE_BUILD_URL=https://c/1": "https://c/1",
    "BUILD_URL=https://jenkins/1/": "https://jenkins/1/",
    "CI=true": "",
    "CI=false": None,
    "": None,
}


@pytest.mark.parametrize("variables", RUNS)
def test_the_run_of_a_ci(variables: str) -> None:
    environ = dict(pair.split("=") for pair in variables.split())
    run = RUNS[variables]
    assert ci_run(environ) == run
    place = "" if run is None else f" (CI run {run})" if run else " (CI)"
    assert who({"USER": "ana", **environ}) == f"ana@{HOST}{place}"


def test_hostile_names_are_harmless(desk: Desk) -> None:
    evil = "\x1b[2Jroot\u202e\n" + "x" * 5000
    (question,) = desk.parked("one.py")
    job = {"USER": evil, "CI_JOB_URL": "\x07http://\udcff/"}
    assert desk(*answering(question, "yes"), environ=job).code == 0
    (entry,) = desk.seen()["answers"]
    assert entry["by"].startswith("\\x1b[2Jroot\\u202e")
    assert len(entry["by"]) < 700
    shown = desk("inspect", "t").stdout + desk(*answering(question, "no")).stderr
    assert not set(shown) & set("\x1b\x07\u202e")


def test_every_answer_says_by_whom_when_and_how(desk: Desk) -> None:
    first, second, third = desk.parked("parallel.py")
    desk.write("given", "no\n")
    assert desk(*answering(first, "yes")).code == 8
    by_file = ("resume", "t", "--question", second["id"], "--value-file", "given")
    assert desk(*by_file, environ={"USER": "bo"}).code == 8
    assert desk(*answering(third, "yes"), environ={"CI": "1", "BUILD_URL": "http://j/1"}).code == 0
    told = [(entry["by"], entry["how"], entry["status"]) for entry in desk.seen()["answers"]]
    assert told == [
        (f"ana@{HOST}", "flag", "accepted"),
        (f"bo@{HOST}", "file", "accepted"),
        (f"ana@{HOST} (CI run http://j/1)", "flag", "accepted"),
    ]
    human = desk("inspect", "t", environ={"COLUMNS": "200"}).stdout
    assert f"by ana@{HOST} (CI run http://j/1) · flag · accepted" in human
    assert all(entry["at"].startswith("2") for entry in desk.seen()["answers"])


def what_was_cancelled_is_told(desk: Desk) -> None:
    left, right, slow = desk.parked("parallel.py")
    assert desk(*answering(left, "yes")).code == 8
    assert desk("cancel", "t").code == 0
    closed = desk.seen()["closed"]
    assert {one["question"]: one["status"] for one in closed} == {
        right["id"]: "withdrawn",
        slow["id"]: "withdrawn",
    }
    assert {one["why"] for one in closed} == {"the thread was cancelled"}
    assert "withdrawn: the thread was cancelled" in desk("inspect", "t").stdout


def test_what_nobody_answered_is_told_with_the_reason(desk: Desk) -> None:
    what_was_cancelled_is_told(desk)


def test_a_control_that_does_not_withdraw(desk: Desk) -> None:
    desk.broken = "import graphcli.storage.write as write; write.withdraw = lambda *_: None"
    with pytest.raises(AssertionError):
        what_was_cancelled_is_told(desk)

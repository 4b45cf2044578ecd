"""Several at once: one answer to each question is accepted, and everybody else is told whose.

GRAPHCLI_RACE=50 runs that many rounds of each race instead of a few.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.conftest import Ended
from tests.consent.conftest import Desk, answering, error_of

ROUNDS = int(os.environ.get("GRAPHCLI_RACE", "3"))

#: The same answer in each form that a command line has.
FORMS = ("printed", "--question", "--value", "--answer", "--answers", "--value-file")


def form(desk: Desk, question: Any, thread: str, value: str, name: str) -> list[str]:
    match name:
        case "printed":
            return answering(question, value, "-o", "json")
        case "--question":
            more = ["--question", question["id"], "--value", value]
        case "--answer":
            more = ["--answer", f"ask={value}"]
        case "--answers":
            more = ["--answers", str(desk.write(f"{value}.yaml", f"ask: '{value}'\n"))]
        case "--value-file":
            more = ["--value-file", str(desk.write(f"{value}.txt", f"{value}\n"))]
        case _:
            more = ["--value", value]
    return ["resume", thread, *more, "-o", "json"]


def one_wins(desk: Desk, thread: str, told: list[Ended], before: int) -> None:
    """One command got through, one effect happened, and each loser can say who won and how."""
    assert sorted(one.code for one in told) == [0] + [6] * (len(told) - 1), told
    answers = desk.seen(thread)["answers"]
    assert len(answers) == 1
    entry = answers[0]
    assert desk.effects()[before:] == [f"ask-{entry['value']}"]
    for loser in (one for one in told if one.code):
        error = error_of(loser)
        assert error["code"] == "already_answered", loser
        won = (entry["question"], entry["by"], entry["how"], entry["at"])
        assert (error["question"], error["by"], error["how"], error["at"]) == won
        assert f"already answered by {entry['by']} ({entry['how']}) at {entry['at']}" in (
            loser.stderr
        )


def race(desk: Desk, number: int, name: str) -> None:
    thread = f"{name.strip('-')}-{number}"
    (question,) = desk.parked("one.py", thread=thread)
    before = len(desk.effects())
    values = ("yes", "no") if number % 2 else ("yes", "no", "yes", "no")
    told = desk.together(*(form(desk, question, thread, value, name) for value in values))
    one_wins(desk, thread, told, before)
    late = desk(*form(desk, question, thread, "no", name))
    assert (late.code, error_of(late)["code"]) == (6, "already_answered")


def races(desk: Desk, name: str, rounds: int) -> None:
    for number in range(rounds):
        race(desk, number, name)


@pytest.mark.parametrize("name", FORMS)
def test_two_or_four_answers_to_one_question(desk: Desk, name: str) -> None:
    races(desk, name, ROUNDS)


def test_a_control_without_claims_and_without_the_look_at_what_is_accepted(desk: Desk) -> None:
    desk.broken = """
from contextlib import nullcontext
import graphcli.storage.questions as questions
from graphcli.storage.claims import Claims
from graphcli.storage.progress import Progress
Claims.hold = lambda self, thread: nullcontext()
Progress.has_failed = lambda *_: True
questions._accepted = lambda *_: questions.Answer('', '', None, at=None)
"""
    with pytest.raises(AssertionError):
        races(desk, "printed", 20)


@pytest.mark.parametrize("graph", ["parallel.py", "inside.py"])
def test_different_questions_at_once_are_all_answered(desk: Desk, graph: str) -> None:
    all_answered(desk, graph, ROUNDS)


def all_answered(desk: Desk, graph: str, rounds: int) -> None:
    for number in range(rounds):
        thread = f"t{number}"
        before = len(desk.effects())
        questions = desk.parked(graph, thread=thread)
        told = desk.together(*(answering(q, "yes", "-o", "json") for q in questions))
        assert {one.code for one in told} <= {0, 8}, told
        assert 0 in {one.code for one in told}, "one of them has seen the end"
        seen = desk.seen(thread)
        assert seen["status"] == "finished"
        assert [entry["status"] for entry in seen["answers"]] == ["accepted"] * len(questions)
        assert sorted(desk.effects()[before:]) == sorted(seen["values"]["log"])
        assert len(desk.effects()) - before == len(questions)


def test_a_control_where_no_run_looks_for_answers_at_its_end(desk: Desk) -> None:
    desk.broken = """
import graphcli.drive as drive, graphcli.engine.face.beside as beside
drive._answered_since = lambda *_: False
beside._PATIENCE = ()
"""
    with pytest.raises(AssertionError):
        all_answered(desk, "parallel.py", 20)


def test_the_same_thread_begun_twice_at_once(desk: Desk) -> None:
    for number in range(ROUNDS):
        run = ["run", "chain.py", "--thread", f"t{number}", "-o", "json"]
        told = desk.together(run, run, run)
        assert sorted(one.code for one in told) == [6, 6, 8]
        assert {error_of(one)["code"] for one in told if one.code == 6} <= {
            "thread_exists",
            "thread_held",
        }
        assert len(desk.effects()) == number + 1


def test_an_answer_and_a_cancel(desk: Desk) -> None:
    for number in range(ROUNDS):
        thread, before = f"t{number}", len(desk.effects())
        (question,) = desk.parked("one.py", thread=thread)
        answered, cancelled = desk.together(
            answering(question, "yes", "-o", "json"), ["cancel", thread, "-o", "json"]
        )
        seen = desk.seen(thread)
        effects = desk.effects()[before:]
        if seen["status"] == "finished":
            assert (answered.code, cancelled.code, effects) == (0, 6, ["ask-yes"])
        else:
            assert (seen["status"], cancelled.code, answered.code) == ("cancelled", 0, 6)
            assert effects == []
            told = [*seen["answers"], *seen["closed"]]
            assert [entry["question"] for entry in told] == [question["id"]]


def test_an_answer_and_a_delete(desk: Desk) -> None:
    for number in range(ROUNDS):
        thread, before = f"t{number}", len(desk.effects())
        (question,) = desk.parked("one.py", thread=thread)
        answered, deleted = desk.together(
            answering(question, "yes", "-o", "json"), ["delete", thread, "--status", "waiting"]
        )
        effects = desk.effects()[before:]
        if deleted.code == 0:
            assert desk("inspect", thread).code == 4
            assert (answered.code, effects) in (
                (4, []),  # it came too late
                (0, ["ask-yes"]),  # the thread was over when it was deleted
            )
        else:
            assert deleted.code == 6
            assert (answered.code, effects) == (0, ["ask-yes"])

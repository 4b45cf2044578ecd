"""An answer reaches only the question that was shown, once, as it was given.

Each check is run as it is, and once more with the promise taken away: then it has to fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.consent.conftest import Desk, answering, error_of

Check = Callable[[Desk], None]

NO_NAMES = """
import graphcli.cli.desk as desk, graphcli.cli.resume as resume
desk._named = lambda questions, name: list(questions)
resume.too_late = lambda *_: None
"""
NO_DIGEST = "import graphcli.cli.desk as desk; desk._matching = lambda questions, _: questions"
BY_POSITION = """
from graphcli.engine.running.interrupt import Scope
ask = Scope.ask
Scope.ask = lambda self, payload, schema, match: ask(self, payload, schema, "position")
"""


def to_its_own_thread(desk: Desk) -> None:
    (question,) = desk.parked("one.py", thread="mine")
    (other,) = desk.parked("one.py", thread="other")
    assert question["digest"] == other["digest"], "the same text, asked twice"
    assert question["id"] != other["id"]
    argv = answering(question, "yes")
    argv[1] = "other"
    assert desk(*argv).code == 4
    assert desk.effects() == []
    assert desk.seen("other")["status"] == desk.seen("mine")["status"] == "waiting"


def not_to_a_changed_question(desk: Desk) -> None:
    (question,) = desk.parked("moody.py")
    told = desk(*answering(question, "go", "-o", "json"), environ={"ASK": "Delete b?"})
    assert (told.code, desk.effects()) == (6, [])
    assert error_of(told)["code"] == "answer_void"
    assert error_of(told)["void"] == [question["id"]]
    assert "asked something else" in error_of(told)["message"]
    assert "give the\n  question a node of its own" in told.stderr
    (asked,) = told.json["questions"]
    assert (asked["message"], asked["id"] != question["id"]) == ("Delete b?", True)
    (entry,) = desk.seen()["answers"]
    assert (entry["status"], entry["value"]) == ("void", "go")
    assert entry["why"] == "the node asked something else when it ran again"
    again = desk(*answering(question, "go", "-o", "json"))
    assert (again.code, error_of(again)["code"]) == (6, "question_changed")
    assert "asked something else" in error_of(again)["message"]
    assert desk(*answering(asked, "go"), environ={"ASK": "Delete b?"}).code == 0
    assert desk.effects() == ["go"]


def with_another_digest_it_is_refused(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    argv = answering(question, "yes", "-o", "json")
    argv[argv.index("--if-match") + 1] = "0" * 64
    refused = desk(*argv)
    assert (refused.code, error_of(refused)["code"]) == (6, "question_changed")
    assert error_of(refused)["actual"] == question["digest"]
    assert (desk.effects(), desk.seen()["status"]) == ([], "waiting")


def a_beginning_of_eleven_digits_is_none(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    for flag, name, code in (("--question", "id", 2), ("--if-match", "digest", 6)):
        for text in ("", question[name][:11]):
            assert desk("resume", "t", flag, text, "--value", "yes").code == code
    short = ("--question", question["id"][:12], "--if-match", question["digest"][:12])
    assert desk("resume", "t", *short, "--value", "yes").code == 0


def of_several_questions_the_digest_finds_its_own(desk: Desk) -> None:
    left, right, slow = desk.parked("parallel.py")
    done = desk("resume", "t", "--if-match", right["digest"], "--value", "no", "-o", "json")
    assert (done.code, desk.effects()) == (8, ["right-no"])
    wrong = desk("resume", "t", "--if-match", slow["digest"], "--answer", "left=yes")
    assert (wrong.code, desk.effects()) == (2, ["right-no"])
    assert "is not for the question that was named" in wrong.stderr
    ok = desk("resume", "t", "--if-match", left["digest"], "--answer", "left=yes")
    assert (ok.code, desk.effects()) == (8, ["right-no", "left-yes"])


def the_answer_of_one_round_does_not_serve_the_next(desk: Desk) -> None:
    (first,) = desk.parked("loop.py")
    second = desk(*answering(first, "one", "-o", "json"))
    assert (second.code, second.json["questions"][0]["digest"]) == (8, first["digest"])
    again = desk(*answering(first, "two"))
    assert (again.code, desk.effects()) == (6, ["round-one"])
    assert "was already answered by ana@" in again.stderr
    assert desk(*answering(second.json["questions"][0], "stop")).code == 0


def given_ahead_it_serves_once(desk: Desk) -> None:
    ran = desk("run", "loop.py", "--thread", "t", "--answer", "ask=one")
    assert (ran.code, desk.effects()) == (8, ["round-one"])
    ran = desk("resume", "t", "--answer", "ask=two", "--answer", "ask=stop")
    assert (ran.code, desk.effects()) == (0, ["round-one", "round-two", "round-stop"])


def the_second_of_one_node_gets_its_own(desk: Desk) -> None:
    (first,) = desk.parked("twice.py")
    (second,) = desk(*answering(first, "a", "-o", "json")).json["questions"]
    assert (second["message"], second["id"] != first["id"]) == ("Second?", True)
    assert desk(*answering(first, "b")).code == 6
    assert desk(*answering(second, "b")).code == 0
    assert desk.effects() == ["a-b"]


def whatever_its_truth_it_arrives(desk: Desk) -> None:
    values = ("null", "false", "0", '""', "[]", "{}", '{"resume":{}}')
    for number, value in enumerate(values):
        thread = f"t{number}"
        ran = desk("run", "chain.py", "--thread", thread, "--value", value, "-o", "json")
        assert (ran.code, ran.json["values"]["said"]) == (0, json.loads(value))
    assert "swallowed" not in " ".join(desk.effects())


def a_bad_one_moves_nothing(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    for bad in ("maybe", "", "Yes", "0"):
        refused = desk(*answering(question, bad, "-o", "json"))
        assert (refused.code, error_of(refused)["code"]) == (5, "invalid_answer")
    (asked,) = desk.seen()["questions"]
    assert (asked["id"], asked["digest"]) == (question["id"], question["digest"])
    (form,) = desk.parked("release.yaml", thread="y")
    for bad in ("{}", '{"decision":"later"}', '{"decision":"deploy","count":"x"}', "deploy"):
        assert desk(*answering(form, bad)).code == 5
    assert (desk.seen("y")["answers"], desk.effects()) == ([], ["built"])
    assert desk(*answering(form, '{"decision":"deploy"}')).code == 0
    assert desk.effects() == ["built", "deployed"]


def one_value_for_several_is_refused(desk: Desk) -> None:
    questions = desk.parked("together.yaml")
    refused = desk("resume", "t", "--value", '{"ok": true}')
    assert refused.code == 5
    assert all(question["id"] in refused.stderr for question in questions)
    assert desk.effects() == ["begun"]


def a_bare_value_says_which_question_it_answers(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    done = desk("resume", "t", "--value", "yes")
    assert done.code == 0
    assert f"answering {question['id']} (ask): Ship?" in done.stderr


def several_are_answered_in_any_order_and_each_acts_once(desk: Desk) -> None:
    legal, money = desk.parked("together.yaml")
    assert desk(*answering(money, '{"ok": true}')).code == 8
    (left,) = desk.seen()["questions"]
    assert (left["id"], desk.effects()) == (legal["id"], ["begun"])
    assert desk(*answering(money, '{"ok": false}')).code == 6
    assert desk(*answering(legal, '{"ok": true}')).code == 0
    assert sorted(desk.effects()) == ["begun", "paid", "signed"]


def it_outlives_a_failure_of_its_node(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    desk.write("broken", "")
    assert desk(*answering(question, "yes")).code == 1
    (desk.cwd / "broken").unlink()
    assert desk("resume", "t").code == 0
    assert desk.effects() == ["ask-yes"]


def a_second_one_after_a_failure_replaces_it(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    desk.write("broken", "")
    assert desk(*answering(question, "yes")).code == 1
    (desk.cwd / "broken").unlink()
    assert desk(*answering(question, "no")).code == 0
    assert desk.effects() == ["ask-no"]
    told = [(entry["value"], entry["status"], entry["why"]) for entry in desk.seen()["answers"]]
    why = "its task failed, and another answer was given"
    assert told == [("yes", "replaced", why), ("no", "accepted", "")]


def one_to_what_is_not_asked_moves_nothing(desk: Desk) -> None:
    (question,) = desk.parked("later.py")
    desk.write("broken", "")
    assert desk(*answering(question, "go")).code == 1
    (desk.cwd / "broken").unlink()
    late = [*answering(question, "x")], ["resume", "t", "--value", "x"]
    unknown = ["--question", "f" * 32], ["--if-match", "f" * 64]
    for argv in (*late, *(["resume", "t", *named, "--value", "x"] for named in unknown)):
        assert desk(*argv).code in (4, 6), argv
        assert (desk.seen()["status"], desk.effects()) == ("failed", [])
    assert desk("resume", "t").code == 8
    assert desk.effects() == ["acted"]


def a_bare_value_reaches_nothing_that_nobody_saw(desk: Desk) -> None:
    (question,) = desk.parked("later.py")
    both = desk("resume", "t", "--answer", "ask=go", "--value", "yes")
    assert both.code == 2, both
    assert (desk.seen()["answers"], desk.effects()) == ([], [])
    assert desk(*answering(question, "go")).code == 8


def what_came_before_the_question_is_not_repeated(desk: Desk) -> None:
    (question,) = desk.parked("chain.py")
    assert desk("resume", "t").code == 8
    assert desk(*answering(question, "go")).code == 0
    assert desk.effects() == ["prepared", "'go'"]


def a_crash_behind_it_neither_asks_nor_acts_again(desk: Desk) -> None:
    (question,) = desk.parked("crash.py")
    desk.write("deadly", "")
    assert desk(*answering(question, "go")).code == -9
    seen = desk.seen()
    assert (seen["status"], seen["questions"]) == ("uncertain", [])
    assert [entry["value"] for entry in seen["answers"]] == ["go"]
    assert desk("resume", "t").code == 9
    assert desk(*answering(question, "stop")).code == 6
    assert desk.effects() == ["prepared", "begun"]
    assert desk("resume", "t", "--rerun").code == 0
    assert desk.effects() == ["prepared", "begun", "'go'"]


def an_unknown_thread_is_not_begun(desk: Desk) -> None:
    for more in ((), ("--value", "yes"), ("--graph", "one.py", "--answer", "ask=yes")):
        assert desk("resume", "nobody", *more).code == 4
    assert not desk.storage.exists()


def what_is_over_stays_over(desk: Desk) -> None:
    for number, (graph, value, code) in enumerate(
        (("one.py", "yes", 0), ("release.yaml", '{"decision":"abort"}', 10))
    ):
        thread = f"t{number}"
        (question,) = desk.parked(graph, thread=thread)
        assert desk(*answering(question, value)).code == code
        before = desk.effects()
        for more in ((), ("--value", "yes"), ("--question", question["id"], "--value", "no")):
            late = desk("resume", thread, *more, "-o", "json")
            assert late.code == 6
            told = "already_answered" if more else "nothing_to_resume"
            assert error_of(late)["code"] == told
        assert desk("run", graph, "--thread", thread).code == 6
        assert desk.effects() == before


def a_node_that_is_gone_is_no_end(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    text = (desk.cwd / "one.py").read_text()
    desk.write("one.py", text.replace('"ask"', '"asks"'))
    lost = desk(*answering(question, "yes", "-o", "json"))
    assert (lost.code, error_of(lost)["code"]) == (3, "graph_changed")
    assert (desk.seen()["status"], desk.effects()) == ("waiting", [])
    desk.write("one.py", text)
    assert desk(*answering(question, "yes")).code == 0


def a_new_run_does_not_pass_by_a_question(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    for more in ((), ("--continue",)):
        refused = desk("run", "one.py", "--thread", "t", *more, "--value", "yes", "-o", "json")
        assert (refused.code, error_of(refused)["code"]) == (6, "thread_exists")
    assert (desk.effects(), desk.seen()["questions"][0]["id"]) == ([], question["id"])


#: Each promise, and Python that takes it away.
PROMISES: dict[Check, str] = {
    to_its_own_thread: NO_NAMES,
    not_to_a_changed_question: BY_POSITION,
    with_another_digest_it_is_refused: NO_DIGEST,
    a_beginning_of_eleven_digits_is_none: "import graphcli.cli.desk as d; d.SHORTEST_DIGEST = 1",
    of_several_questions_the_digest_finds_its_own: NO_DIGEST,
    the_answer_of_one_round_does_not_serve_the_next: NO_NAMES,
    given_ahead_it_serves_once: """
from copy import copy
import graphcli.cli.run as run
read = run.read_sheet
def twice(**given):
    sheet = read(**given)
    sheet.given += [copy(one) for one in sheet.given]
    return sheet
run.read_sheet = twice
""",
    the_second_of_one_node_gets_its_own: NO_NAMES + NO_DIGEST,
    whatever_its_truth_it_arrives: """
from graphcli.engine.running.interrupt import Scope
Scope._told = lambda self, value: (value or "lost", True)
""",
    a_bad_one_moves_nothing: """
from graphcli import prompts
prompts.fit = lambda question, text, as_text=False: text
""",
    one_value_for_several_is_refused: """
from graphcli.cli.sheet import Sheet
Sheet.loose = False
""",
    a_bare_value_says_which_question_it_answers: """
from graphcli.cli.report import Reporter
Reporter.say = lambda self, line: None
""",
    several_are_answered_in_any_order_and_each_acts_once: NO_NAMES + NO_DIGEST,
    it_outlives_a_failure_of_its_node: """
import graphcli.storage.read as read
read.answers_at = lambda *_: {}
""",
    a_second_one_after_a_failure_replaces_it: """
from graphcli.storage.progress import Progress
Progress.has_failed = lambda *_: False
""",
    one_to_what_is_not_asked_moves_nothing: """
import graphcli.cli.resume as resume
resume.too_late = resume._refuse_unasked = lambda *_: None
""",
    a_bare_value_reaches_nothing_that_nobody_saw: """
from graphcli.cli.desk import AnswerDesk
from dataclasses import replace
import graphcli.cli.ride as ride
ride.AnswerDesk = lambda *given, ahead: AnswerDesk(*given, ahead=True)
""",
    what_came_before_the_question_is_not_repeated: """
from graphcli.engine.face.driving import Driving
go_on = Driving.go_on
Driving.go_on = lambda self, thread, *rest: (
    open("effects", "a").write("prepared\\n"), go_on(self, thread, *rest))[1]
""",
    a_crash_behind_it_neither_asks_nor_acts_again: """
import graphcli.engine.running.standing as standing
standing.uncertain_tasks = lambda saved: ()
""",
    an_unknown_thread_is_not_begun: """
from graphcli.cli.work import Work
from graphcli.storage import open_storage
Work.open = lambda self, **_: open_storage(self.setting.location, create=True)
""",
    what_is_over_stays_over: """
from graphcli.engine.values.model import Status
Status.over = property(lambda self: False)
""",
    a_node_that_is_gone_is_no_end: """
import graphcli.engine.resuming.resume as resume
resume.require_all = lambda *_: None
""",
    a_new_run_does_not_pass_by_a_question: """
from graphcli.engine.face.driving import Driving
Driving.start = lambda self, thread, value, saver, options: self.go_on(thread, saver, options)
""",
}


def _name(check: object) -> str:
    return getattr(check, "__name__", "")


@pytest.mark.parametrize("promise", PROMISES, ids=_name)
def test_an_answer(desk: Desk, promise: Check) -> None:
    promise(desk)


@pytest.mark.parametrize("promise", PROMISES, ids=_name)
def test_a_control(desk: Desk, promise: Check) -> None:
    desk.broken = PROMISES[promise]
    with pytest.raises((AssertionError, json.JSONDecodeError)):
        promise(desk)

"""Two people at two terminals: one answers, and the other is told who was first."""

from __future__ import annotations

from tests.cli.terminal import at_terminal, ended
from tests.consent.conftest import Desk, answering


def test_two_people_at_two_terminals(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    with at_terminal(desk) as spawn:
        ana, bo = spawn("resume", "t"), spawn("resume", "t", USER="bo")
        for person in (ana, bo):
            person.expect("Ship?")
            person.expect("no")
        ana.send("\x1b[B\r")
        assert ended(ana)[1] == 0
        bo.send("\r")
        said, code = ended(bo)
    assert code == 6
    assert f"question {question['id']} was already answered by ana@" in said.replace("\n", " ")
    assert "(terminal)" in said
    assert desk.effects() == ["ask-no"]


def test_ctrl_c_at_the_prompt_keeps_the_question_and_another_may_answer_it(desk: Desk) -> None:
    (question,) = desk.parked("one.py")
    with at_terminal(desk) as spawn:
        person = spawn("resume", "t")
        person.expect("Ship?")
        person.expect("no")
        person.send("\x03")
        assert ended(person)[1] == 130
        late = spawn("resume", "t", CI="true")
        assert ended(late)[1] == 8, "in a CI nobody is asked, terminal or not"
    assert desk(*answering(question, "yes")).code == 0
    assert desk.effects() == ["ask-yes"]

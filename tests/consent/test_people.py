"""Two people at two terminals: one answers, and the other is told who was first."""

from __future__ import annotations

import sys

import pexpect
import pytest

from tests.cli.terminal import at_terminal, ended
from tests.consent.conftest import Desk, answering

TWO = """\
from typing import TypedDict
from graphcli import START, StateGraph, interrupt

class State(TypedDict, total=False):
    first: str
    second: str

def asks(key):
    return lambda state: {key: interrupt({"question": f"The {key}?", "options": ["drop", "keep"]})}

graph = StateGraph(State).add_node("a", asks("first")).add_node("b", asks("second"))
graph = graph.add_edge(START, "a").add_edge("a", "b").compile()
"""


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


def in_a_hurry(desk: Desk, term: str, keys: str, broken: str = "") -> str:
    """Type more than the first question takes, at once; return what the thread is then."""
    desk.write("two.py", TWO)
    program = f"{broken}\nfrom graphcli.__main__ import main\nmain()"
    with at_terminal(desk) as spawn:
        script = f"exec '{sys.executable}' -c '{program}' run two.py --thread t"
        child = spawn(script=script, TERM=term)
        prompt = ": $" if term == "dumb" else "parks"
        child.expect(f"The first.*{prompt}")
        child.send(keys)
        if child.expect([f"The second.*{prompt}", pexpect.EOF]) == 0:
            child.send("\x03")
        ended(child)
    return str(desk("list", "-o", "json").json["threads"][0]["status"])


HURRIES = [("xterm", "\r\r"), ("dumb", "keep\rkeep\r")]


@pytest.mark.parametrize(("term", "keys"), HURRIES)
def test_what_is_typed_ahead_answers_no_question_that_nobody_saw(
    desk: Desk, term: str, keys: str
) -> None:
    assert in_a_hurry(desk, term, keys) == "waiting"


@pytest.mark.parametrize(("term", "keys"), HURRIES)
def test_a_prompt_that_takes_what_was_typed_before_it_is_caught(
    desk: Desk, term: str, keys: str
) -> None:
    broken = "from graphcli.prompts.ui import Terminal; Terminal.forget_typed = print"
    assert in_a_hurry(desk, term, keys, broken) == "finished"

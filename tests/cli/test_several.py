"""One answer for several questions: only what means the same for each of them."""

from __future__ import annotations

from typing import Any

from graphcli import prompts
from graphcli.cli.several import about_all, alike, common
from graphcli.engine.resuming.question import Question
from tests.prompts.build import question
from tests.prompts.payloads import SEND, hitl

ALL = ["approve", "edit", "reject"]


def call(name: str, args: dict[str, Any]) -> Question:
    return question({"type": "tool_approval", "name": name, "args": args})


def ways(asked: Question) -> list[Any]:
    return [option.value for option in asked.field.fields[0].options]


def test_what_is_the_first_ones_alone_is_not_offered_for_all() -> None:
    asked = [call("send", SEND), call("send", {**SEND, "to": "bob"})]
    assert alike(asked) == asked
    assert ways(asked[0]) == ["approve", "edit", "reject"]
    assert ways(common(asked)) == ["approve", "reject"]
    answer = prompts.check(common(asked), "reject")
    assert [prompts.check(one, answer) for one in asked] == [{"type": "reject"}] * 2


def test_of_another_tool_neither() -> None:
    asked = [call("send", SEND), call("rm", SEND)]
    assert ways(common(alike(asked))) == ["approve", "reject"]


def test_the_same_call_twice_may_be_edited_once() -> None:
    asked = [call("send", SEND), call("send", SEND)]
    assert ways(common(alike(asked))) == ["approve", "edit", "reject"]


def test_where_no_way_is_left_they_are_not_alike() -> None:
    asked = [question(hitl(("send", {"to": to}, ["edit"]))) for to in ("ann", "bob")]
    assert alike(asked) == asked[:1]


def test_what_differs_is_told_of_each_before_one_answer_goes_to_all() -> None:
    asked = [
        question({"question": "Run?", "cmd": cmd, "log": "long", "options": ["yes", "no"]})
        for cmd in ("ls a", "rm -rf /", "ls b")
    ]
    told = about_all(asked)
    assert told.message == "One answer to 3 questions, which differ in this"
    assert told.context == [
        {"no": 1, "cmd": "ls a"},
        {"no": 2, "cmd": "rm -rf /"},
        {"no": 3, "cmd": "ls b"},
    ]
    assert told.field.options[0].value == "no"  # what Enter chooses
    assert about_all(asked[:1] * 2).context == [
        {"no": 1, "asks": "Run?"},
        {"no": 2, "asks": "Run?"},
    ]

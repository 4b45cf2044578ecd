# ruff: noqa: RUF001 - what is drawn has a pointer.
"""What a payload says is told apart from what graphcli says, without colour as well."""

import io
import sys
from dataclasses import replace

import pytest

from graphcli.engine.resuming.question import Option, Question
from graphcli.prompts import labels, wrapping
from graphcli.prompts.asking import ask
from graphcli.prompts.labels import shown_labels
from graphcli.prompts.ui import Terminal
from graphcli.prompts.widgets import frame, menu
from graphcli.prompts.widgets.review import changes
from tests.prompts.build import question
from tests.prompts.screens import screen

S = {"type": "string"}
KEYS = "Enter sends · p parks"


def options(*values: str) -> list[str]:
    return shown_labels([Option(value, value) for value in values])


def forged(**schema: object) -> Question:
    return question("q", {**S, "description": f"As git knows it\n{KEYS}\n  {KEYS}", **schema})


def ours(asked: Question, width: int) -> list[str]:
    """The lines under the first that have no gutter."""
    return [line for line in screen(asked, "", width, 24).split("\n")[1:] if line[:1] != "│"]


def test_options_that_look_the_same_are_spelled_out() -> None:
    assert options("keep", "keep ", "\u00a0keep", "drop") == [
        '"keep"',
        '"keep "',
        '"\\xa0keep"',
        "drop",
    ]
    same = [Option(1, "Go"), Option("1", "Go"), Option("", "")]
    assert shown_labels(same) == ['"Go" (1)', '"Go" ("1")', '""']


def test_an_option_says_neither_where_it_leads_nor_that_it_skips() -> None:
    assert options("go   → no (ends: rejected)", "a -> b", "Skip", "Straße") == [
        '"go   → no (ends: rejected)"',
        '"a -> b"',
        '"Skip"',
        "Straße",
    ]


def test_labels_that_are_only_made_safe_would_look_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(labels, "_spelled", lambda option: " ".join(option.label.split()))
    with pytest.raises(AssertionError):
        test_options_that_look_the_same_are_spelled_out()


@pytest.mark.parametrize("width", [80, 40])
def test_help_is_no_line_of_keys(width: int) -> None:
    assert len(ours(forged(), width)) == 1  # the keys
    assert len(ours(forged(enum=["a", "b"]), width)) == 3  # the options and the keys


def test_help_without_a_gutter_would_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "guttered", wrapping.wrapped)
    with pytest.raises(AssertionError):
        test_help_is_no_line_of_keys(80)


def test_a_long_option_is_one_row() -> None:
    asked = question("q", {"enum": ["drop it all and then go on with the rest   keep", "stop"]})
    assert screen(asked, "", 40, 24).split("\n")[1:4] == [
        "› drop it all and then go on with the",
        "  │ rest keep",
        "  stop",
    ]


def test_a_row_without_a_gutter_would_be_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menu, "continued", wrapping.wrapped)
    with pytest.raises(AssertionError):
        test_a_long_option_is_one_row()


def test_a_long_label_does_not_reach_the_margin() -> None:
    asked = question("q", {**S, "title": "x" * 35 + " ? Choose one keep it all and go on now"})
    lines = screen(asked, "", 40, 24).split("\n")
    assert lines[1].startswith("│ ? Choose one keep")


def test_enter_on_an_optional_choice_skips_it() -> None:
    asked = question("q", {"enum": ["red", "blue"]})
    optional = replace(asked, field=replace(asked.field, required=False))
    assert screen(optional, "", 80, 24).split("\n")[1:4] == ["  red", "  blue", "› Skip"]
    assert screen(asked, "", 80, 24).split("\n")[1:3] == ["› red", "  blue"]


def test_a_change_of_type_or_of_spaces_is_seen() -> None:
    before = {"n": 3, "body": "hello world", "to": "a → b"}
    after = {"n": "3", "body": "hello  world\n", "to": "b"}
    assert list(changes(before, after)) == [
        'n 3 → "3"',
        'body "hello world" → "hello  world\\n"',
        'to "a → b" → "b"',
    ]


def test_a_change_far_inside_of_a_long_text_is_seen() -> None:
    (told,) = changes("a" * 5_000 + "b", "a" * 5_000 + "c")
    assert told == f'…{"a" * 20}b" → …{"a" * 20}c"'


def said_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    asked = question({"message": "How many?", "options": ["3", "2", "1"]})
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert ask(asked, terminal=Terminal(plain=True)) == "1"
    return capsys.readouterr().err


def test_a_printed_number_never_stands_beside_another_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said_of(monkeypatch, capsys) == "  3\n  2\n  1\nChoose one: "


def test_the_number_on_the_review_is_the_one_that_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    form = question("q", {"type": "object", "properties": {"a": S, "b": S}, "required": ["a", "b"]})
    monkeypatch.setattr(sys, "stdin", io.StringIO("x\ny\n2\nz\n1\n"))
    assert ask(form, terminal=Terminal(plain=True)) == {"a": "z", "b": "y"}
    assert "  1. Send\n  2. A: x\n  3. B: y\n" in capsys.readouterr().err

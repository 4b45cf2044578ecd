"""An answer fits its question, or is refused with the field, the rule, and what would fit."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcli.engine.resuming.question import Kind, Question
from graphcli.engine.values.model import Secret
from graphcli.errors import InvalidAnswerError
from graphcli.prompts import answer_schema, check, example, fit, fit_field
from graphcli.schema import problems
from tests.prompts.build import RELEASE, form, question

S = {"type": "string"}
ANY = question("q")
TEXT = question("q", S)
SHORT = question("q", {**S, "maxLength": 3, "minLength": 2})
CODE = question("q", {**S, "pattern": "^[a-z]+$"})
MAIL = question("q", {**S, "format": "email"})
DATE = question("q", {**S, "format": "date"})
PATH = question("q", {**S, "format": "path"})
SECRET = question("q", {**S, "format": "password"})
WHOLE = question("q", {"type": "integer", "minimum": 1, "maximum": 99})
NUMBER = question("q", {"type": "number", "exclusiveMinimum": 0})
CONFIRM = question("q", {"type": "boolean"})
CHOICE = question("q", {"enum": ["deploy", "abort", "1.10"]})
MIXED = question(
    {"question": "q", "options": [1, "1", True, None, {"value": [0], "label": "zero"}]}
)
SEVERAL = question(
    "q", {"type": "array", "items": {"enum": ["a", "b", 3]}, "minItems": 1, "maxItems": 2}
)
JSON = question("q", {"type": "object"})
FORM = form(("age",), age={"type": "integer"}, note=S, on={"type": "boolean", "default": True})
OFFER = form(("tag",), tag={**S, "default": "v1"})
YAML = question({"message": "m"}, RELEASE)
REVISE = question({"draft": "old"})

FITS: list[tuple[Question, str, Any]] = [
    (ANY, "Ann", "Ann"),
    (ANY, "30", 30),
    (ANY, "true", True),
    (ANY, '"no"', "no"),
    (ANY, "null", None),
    (ANY, '{"a": [1]}', {"a": [1]}),
    (ANY, "{broken", "{broken"),
    (ANY, '{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
    (ANY, "NaN", "NaN"),
    (ANY, "-Infinity", "-Infinity"),
    (ANY, "[NaN]", "[NaN]"),
    (ANY, "12e5678", "12e5678"),
    (ANY, "007", "007"),
    (ANY, "nope", "nope"),
    (ANY, "", ""),
    (ANY, "[" * 100_000, "[" * 100_000),
    (ANY, "9" * 5_000, "9" * 5_000),
    (TEXT, "12e5678", "12e5678"),
    (TEXT, "1.10", "1.10"),
    (TEXT, "007", "007"),
    (TEXT, "true", "true"),
    (TEXT, "no", "no"),
    (TEXT, " padded ", " padded "),
    (TEXT, "", ""),
    (SHORT, "abc", "abc"),
    (CODE, "abc", "abc"),
    (MAIL, "a@example.org", "a@example.org"),
    (REVISE, "new\ntext", "new\ntext"),
    (DATE, "2024-02-29", "2024-02-29"),
    (PATH, "./a b", "./a b"),
    (WHOLE, "42", 42),
    (WHOLE, " +7 ", 7),
    (NUMBER, "0.5", 0.5),
    (NUMBER, "1e3", 1000.0),
    (NUMBER, "3", 3),
    (CONFIRM, "YES", True),
    (CONFIRM, "n", False),
    (CONFIRM, "False", False),
    (CHOICE, "1.10", "1.10"),
    (CHOICE, "abort", "abort"),
    (MIXED, "1", "1"),
    (MIXED, "true", True),
    (MIXED, "null", None),
    (MIXED, "zero", [0]),
    (SEVERAL, "a, 3", ["a", 3]),
    (SEVERAL, '["b"]', ["b"]),
    (SEVERAL, '["a", "3"]', ["a", 3]),
    (JSON, '{"a": null}', {"a": None}),
    (SECRET, "env:TOKEN", Secret("env:TOKEN")),
    (SECRET, "file:/run/token", Secret("file:/run/token")),
    (FORM, '{"age": 3}', {"age": 3, "on": True}),
    (FORM, '{"age": 3, "note": "x", "on": false}', {"age": 3, "note": "x", "on": False}),
    (FORM, '{"age": 3, "extra": [1]}', {"age": 3, "on": True, "extra": [1]}),
    (YAML, '{"decision": "deploy"}', {"decision": "deploy", "comment": None, "share": 10}),
    (
        YAML,
        '{"decision": "abort", "comment": "late", "share": null}',
        {"decision": "abort", "comment": "late", "share": None},
    ),
    (
        YAML,
        '{"decision": "deploy", "comment": null}',
        {"decision": "deploy", "comment": None, "share": 10},
    ),
]


@pytest.mark.parametrize(("asked", "text", "value"), FITS)
def test_text_that_fits(asked: Question, text: str, value: Any) -> None:
    found = fit(asked, text)
    assert found == value
    assert type(found) is type(value)


#: question, text, field, words of the message, words of the remedy
MISFITS: list[tuple[Question, str, str, str, str]] = [
    *[
        (
            ANY,
            word,
            "",
            f"the answer is `{word.strip()}`, which can be a decision or a text",
            spelled,
        )
        for word, spelled in [
            ("no", "`false` for the decision or `'\"no\"'`"),
            ("YES", "`true` for the decision or `'\"yes\"'`"),
            (" y ", "`true`"),
            ("n", "`false`"),
        ]
    ],
    (SHORT, "x", "", "has 1 character; it needs at least 2", ""),
    (SHORT, "xxxx", "", "has 4 characters; it may have at most 3", ""),
    (CODE, "A", "", "breaks the rule `pattern`", "a text"),
    (MAIL, "nobody", "", "it must be an e-mail address", "for example `name@example.org`"),
    (TEXT, "\udcff", "", "no text (UTF-8)", "UTF-8"),
    (ANY, '"\\ud800"', "", "no text (UTF-8)", "UTF-8"),
    (ANY, "[" * 70 + "]" * 70, "", "more than 64 levels", ""),
    (DATE, "2026-02-30", "", "a date like 2026-01-31", "2026-01-31"),
    (DATE, "20260131", "", "a date like 2026-01-31", ""),
    (DATE, "2026-W05-6", "", "a date like 2026-01-31", ""),
    (PATH, "", "", "must be a path", ""),
    (PATH, "a\0b", "", "must be a path", ""),
    (WHOLE, "1e1", "", "a whole number", "`42`"),
    (WHOLE, "1_0", "", "a whole number", "`42`"),
    (WHOLE, "5.0", "", "a whole number", ""),
    (WHOLE, "٣", "", "a whole number", ""),
    (WHOLE, "9" * 5_000, "", "a whole number", ""),
    (WHOLE, "0", "", "`0`; it must be at least 1", ""),
    (WHOLE, "100", "", "`100`; it must be at most 99", ""),
    (NUMBER, "1_0", "", "must be a number", "`0.5`"),
    (NUMBER, "nan", "", "must be a number", ""),
    (NUMBER, "inf", "", "must be a number", ""),
    (NUMBER, "1e999", "", "must be a number", ""),
    (NUMBER, "0", "", "breaks the rule `exclusiveMinimum`", ""),
    (CONFIRM, "maybe", "", "must be yes or no", "`yes`"),
    (CONFIRM, "1", "", "must be yes or no", ""),
    (CHOICE, "deplyo", "", "one of deploy, abort, 1.10; did you mean `deploy`?", ""),
    (CHOICE, "1.1", "", "must be one of", ""),
    (CHOICE, "Deploy", "", "did you mean `deploy`?", ""),
    (SEVERAL, "", "", "has 0 options; it needs at least 1", ""),
    (SEVERAL, "a,b,3", "", "at most 2", ""),
    (SEVERAL, "a,a", "", "has `a` twice", "once"),
    (SEVERAL, "a,c", "", "`c`; it must be one of", ""),
    (SEVERAL, "[true]", "", "`true`; it must be one of", ""),
    (SEVERAL, "[1", "", "must be JSON", ""),
    (JSON, "[]", "", "breaks the rule `type`", ""),
    (JSON, "{'a': 1}", "", "must be JSON", ""),
    (JSON, '{"a": Infinity}', "", "Infinity is not JSON", ""),
    (JSON, '{"a": 1, "a": 1}', "", "a key is written twice", ""),
    (SECRET, "hunter2", "", "cannot be written out", "`env:NAME`"),
    (SECRET, "memory:1", "", "cannot be written out", ""),
    (SECRET, "file:relative", "", "cannot be written out", "file:/whole/path"),
    (SECRET, "env:A B", "", "cannot be written out", ""),
    (FORM, "3", "", "must be a JSON object", "`age`, `note`, `on`"),
    (FORM, "{}", "age", "`age` is missing", "`42`"),
    (OFFER, "{}", "tag", "`tag` is missing", "a text"),
    (FORM, '{"age": "3"}', "age", "`age` is `3`; it must be a whole number", "`42`"),
    (FORM, '{"age": true}', "age", "whole number", ""),
    (FORM, '{"age": 3, "note": null}', "note", "`note` breaks the rule `type`", ""),
    (FORM, '{"age": 3, "x": "\\ud800"}', "", "no text (UTF-8)", ""),
    (YAML, '{"descision": "abort"}', "descision", "did you mean `decision`?", ""),
    (YAML, '{"decision": "abort"}', "comment", "`comment` is missing", "a text"),
    (YAML, '{"decision": "abort", "comment": ""}', "comment", "must not be empty", ""),
    (YAML, '{"decision": "deploy", "comment": "x"}', "comment", "is not asked for", "leave"),
    (YAML, '{"decision": "deploy", "share": 7}', "share", "must satisfy `value % 5 == 0`", ""),
]


@pytest.mark.parametrize(("asked", "text", "field", "message", "remedy"), MISFITS)
def test_text_that_does_not_fit(
    asked: Question, text: str, field: str, message: str, remedy: str
) -> None:
    with pytest.raises(InvalidAnswerError) as refused:
        fit(asked, text)
    assert refused.value.field == field
    assert message in refused.value.message
    assert remedy in refused.value.remedy
    assert len(refused.value.message) < 400


def test_a_secret_that_was_written_out_is_not_repeated() -> None:
    with pytest.raises(InvalidAnswerError) as refused:
        fit(SECRET, "hunter2")
    assert "hunter2" not in refused.value.message + refused.value.remedy


@pytest.mark.parametrize(
    ("asked", "text"), [(ANY, "no"), (ANY, "30"), (TEXT, "1"), (CHOICE, "abort")]
)
def test_as_text_never_parses(asked: Question, text: str) -> None:
    assert fit(asked, text, as_text=True) == text


@pytest.mark.parametrize("asked", [CONFIRM, WHOLE, FORM, SEVERAL, SECRET, JSON])
def test_as_text_is_refused_where_text_does_not_fit(asked: Question) -> None:
    with pytest.raises(InvalidAnswerError, match="is no text"):
        fit(asked, "1", as_text=True)


def test_one_field_of_a_form_is_read_by_its_own_kind() -> None:
    assert fit_field(YAML, "decision", "deploy") == "deploy"
    assert fit_field(YAML, "share", "15") == 15
    assert fit_field(FORM, "note", "007") == "007"
    with pytest.raises(InvalidAnswerError, match="did you mean `decision`"):
        fit_field(YAML, "decison", "deploy")
    with pytest.raises(InvalidAnswerError, match="one value"):
        fit_field(TEXT, "a", "x")


HOSTILE = [object(), b"x", {1: 2}, {"a": object()}, float("nan"), [float("inf")], {2}, 10**400]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize(
    "asked", [ANY, TEXT, DATE, WHOLE, NUMBER, CONFIRM, CHOICE, MIXED, SEVERAL, JSON, SECRET, FORM]
)
def test_values_of_any_type_are_refused_not_raised(asked: Question, value: Any) -> None:
    huge = isinstance(value, int) and asked in (ANY, NUMBER)
    if huge:
        assert check(asked, value) == value
    else:
        with pytest.raises(InvalidAnswerError):
            check(asked, value)


def test_a_rule_that_cannot_be_evaluated_refuses_and_a_condition_that_cannot_asks() -> None:
    asked = form(
        (),
        n={"type": "integer", "x-graphcli": {"validate": "value > nowhere"}},
        m={"type": "integer", "x-graphcli": {"when": "n >"}},
    )
    assert check(asked, {"m": 1}) == {"n": None, "m": 1}
    with pytest.raises(InvalidAnswerError, match="`n` cannot be checked by `value > nowhere`"):
        check(asked, {"n": 1})


def test_true_is_not_one() -> None:
    with pytest.raises(InvalidAnswerError):
        check(question("q", {"enum": [1]}), True)
    with pytest.raises(InvalidAnswerError):
        check(question("q", {"enum": [True, "x"]}), 1)
    with pytest.raises(InvalidAnswerError):
        check(question({"message": "m", "options": [1, "x"]}), True)
    both = question({"message": "m", "options": [True, 1]})
    assert check(both, True) is True
    assert check(both, 1) is not True


@pytest.mark.parametrize("asked", [q for q, _, _ in FITS], ids=lambda q: q.field.kind)
def test_examples_fit(asked: Question) -> None:
    check(asked, example(asked))


def test_no_example_where_none_can_be_made_up() -> None:
    assert example(CODE) == "text"
    assert example(question("q", {**S, "pattern": "^[0-9]{7}$"})) is None
    assert example(SECRET) == "env:NAME"


def test_published_schemas() -> None:
    assert answer_schema(ANY) is None
    assert answer_schema(TEXT) == S
    assert answer_schema(question({"message": "m", "default": True})) == {"type": "boolean"}
    assert answer_schema(question({"message": "m", "options": ["a"]})) == {"enum": ["a"]}
    assert answer_schema(REVISE) == {"type": "string"}


scalars = st.none() | st.booleans() | st.integers(-3, 120) | st.floats() | st.text(max_size=6)
values = scalars | st.lists(scalars, max_size=4)
given_forms = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("decision", "comment", "share", "age", "note", "on"), values)
)


@pytest.mark.parametrize(
    "asked", [TEXT, SHORT, CODE, DATE, WHOLE, NUMBER, CONFIRM, CHOICE, SEVERAL, JSON, FORM, YAML]
)
@given(value=values | given_forms | st.sampled_from(["ab", 5, 0.5, "abort", ["a", "b"]]))
def test_what_check_accepts_satisfies_the_schema(asked: Question, value: Any) -> None:
    try:
        accepted = check(asked, value)
    except InvalidAnswerError:
        return
    schema = dict(asked.schema)
    if asked is YAML:  # null stands for a field that was not asked or not answered
        accepted = {key: item for key, item in accepted.items() if item is not None}
        schema["required"] = ["decision"]
    assert problems(schema, accepted) == []


@given(text=st.text(max_size=20))
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    for asked, _, _ in FITS:
        try:
            value = fit(asked, text)
        except InvalidAnswerError:
            continue
        assert isinstance(value, Secret) or json.dumps(value, allow_nan=False)


def test_every_kind_is_in_the_table() -> None:
    kinds = {asked.field.kind for asked, *_ in FITS}
    assert kinds == set(Kind)

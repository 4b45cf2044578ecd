"""Payloads and schemas from strangers: any is a question, and none costs more than it holds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphcli.engine.resuming.question import Kind, Question
from graphcli.engine.values.model import Asked
from graphcli.errors import InvalidAnswerError, did_you_mean
from graphcli.prompts import answer_schema, check, example, fit, recognise
from graphcli.prompts.habits import same
from graphcli.render.commands import value_hint


def question(payload: Any, schema: Any = None) -> Question:
    return recognise(Asked("id", "task", "node", 0, payload, schema, "digest"))


class Word(str):
    """A text that counts how often it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Word.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_many_options_are_not_compared_with_each_other() -> None:
    words = [Word(f"option {number}") for number in range(2_000)]
    Word.compared = 0
    assert len(question({"question": "q", "options": words}).field.options) == 2_000
    assert Word.compared < 20_000
    # The control: compared one with another they would be looked at two million times.
    Word.compared = 0
    assert not any(same(one, other) for one in words[:50] for other in words if other is not one)
    assert Word.compared > 50_000


def test_of_equal_options_the_first_counts() -> None:
    options = [1, True, "1", 1.0, [1], {"a": [1]}, [1], {"a": [1]}, None, True]
    values = [option.value for option in question({"question": "q", "options": [
        {"value": value, "label": f"{number}"} for number, value in enumerate(options)
    ]}).field.options]  # fmt: skip
    assert list(map(repr, values)) == ["1", "True", "'1'", "[1]", "{'a': [1]}", "None"]


def test_limits_of_a_million_million_are_only_numbers() -> None:
    text = question({}, {"type": "string", "minLength": 10**12})
    assert example(text) is None
    with pytest.raises(InvalidAnswerError, match="at least 1000000000000"):
        fit(text, "x")
    number = question({}, {"type": "integer", "minimum": 10**400})
    with pytest.raises(InvalidAnswerError, match="at least a number too long to be shown"):
        fit(number, "5")


def test_near_misses_are_looked_for_where_a_person_could_have_meant_them() -> None:
    assert did_you_mean("approv", ["approve", "x" * 10**6]) == "; did you mean `approve`?"
    assert did_you_mean("approv" * 20, ["approve" * 20]) == ""


def test_a_pattern_cannot_hang_the_prompt() -> None:
    for pattern in ("(a+)+$", "(?=(a+)+$)a"):
        asked = question({"message": "m"}, {"type": "string", "pattern": pattern})
        if asked.field.kind is Kind.TEXT:
            with pytest.raises(InvalidAnswerError, match="`pattern`"):
                fit(asked, "a" * 40 + "!")
        else:
            assert "the answer is not checked" in asked.context["note"]


KEYS = """
question message options choices default type value label title help description draft enum
const oneOf anyOf allOf properties required items minimum maximum minLength maxLength
pattern format $ref $defs minItems maxItems x-graphcli kind when validate placeholder
exclusiveMinimum writeOnly additionalProperties enumNames multipleOf
"""
WORDS = """
object string integer number boolean array null confirm choice choices text long_text date
path secret form json any #/$defs/a # #/properties/x password (a+)+$ [ email
"""
LEAF = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(WORDS.split())
    | st.sampled_from([10**400, 10**12, 1e308, b"x", (1, 2), "\ud800"])
    | st.just(0).map(lambda _: 10**5_000)
)  # fmt: skip
NAMES = st.sampled_from(KEYS.split()) | st.text(max_size=3)
VALUE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=15,
)
OBJECT = st.dictionaries(NAMES, VALUE, max_size=6)


@given(OBJECT | VALUE, st.none() | OBJECT, VALUE)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_comes_is_a_question_and_only_answers_are_refused(
    payload: Any, schema: Any, value: Any
) -> None:
    asked = question(payload, schema)
    assert isinstance(asked.field.kind, Kind)
    assert value_hint(asked.field, example(asked))
    answer_schema(asked)
    with suppress(InvalidAnswerError):
        check(asked, value)
    for text in ("1", "{}", "text"):
        with suppress(InvalidAnswerError):
            fit(asked, text)

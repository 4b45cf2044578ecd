"""Forty-odd payloads as they are met: payload → question → answers tried → value delivered."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from graphcli.engine.resuming.question import Field, Kind, Question
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidAnswerError
from graphcli.prompts import answer_schema, check, check_named, example, fit, fit_field
from graphcli.schema import problems
from tests.prompts.build import question
from tests.prompts.payloads import CASES, Case


def each_case() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES, ids=[case.source for case in CASES])


def asked(case: Case) -> Question:
    return question(case.payload, case.schema)


def answered(found: Question, said: str | dict[str, str]) -> Any:
    if isinstance(said, str):
        return fit(found, said)
    return check_named(found, {name: fit_field(found, name, text) for name, text in said.items()})


def told(field: Field) -> str:
    name = f"{field.name}: " if field.name else ""
    options = " " + "|".join(str(option.value) for option in field.options) if field.options else ""
    default = "" if field.default is UNSET else f" ={shown(field.default)}"
    return f"{name}{field.kind}{'' if field.required else '?'}{options}{default}"


def shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len({case.source for case in CASES}) == len(CASES) >= 45


@each_case()
def test_what_is_asked(case: Case) -> None:
    found = asked(case)
    form = found.field.kind is Kind.FORM
    fields = [field for field in found.field.fields if field.asked] if form else [found.field]
    assert (found.message, [told(field) for field in fields]) == (case.message, case.asks)
    assert found.context == case.context


@each_case()
def test_what_is_delivered(case: Case) -> None:
    found = asked(case)
    schema = answer_schema(found)
    for said, value in case.good:
        delivered = answered(found, said)
        assert json.dumps(delivered) == json.dumps(value), said
        assert json.dumps(check(found, delivered)) == json.dumps(value), "an answer fits again"
        assert schema is None or not problems(schema, delivered), "what is published is kept"


@each_case()
def test_what_is_refused(case: Case) -> None:
    found = asked(case)
    for said, words in case.bad:
        with pytest.raises(InvalidAnswerError) as refused:
            answered(found, said)
        text = f"{refused.value.message} | {refused.value.remedy}"
        assert all(word in text for word in words.split("|")), text


@each_case()
def test_the_example_fits(case: Case) -> None:
    found = asked(case)
    sample = example(found)
    assert check(found, sample) is not None
    schema = answer_schema(found)
    assert schema is None or not problems(schema, sample)


JUNK: list[Any] = [None, 5, {"properties": {"a": 1}}]


def broken(value: Any) -> Iterator[Any]:
    """Each way to put junk into one place of `value`, or to leave one key out."""
    yield from JUNK
    lists = enumerate(value) if isinstance(value, list) else ()
    for key, item in value.items() if isinstance(value, dict) else lists:
        for junk in broken(item):
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = junk
            yield copy
        if isinstance(value, dict):
            yield {name: other for name, other in value.items() if name != key}


@each_case()
def test_whatever_is_broken_in_it_something_is_asked(case: Case) -> None:
    for payload in broken(case.payload):
        found = question(payload, case.schema)
        names = [field.name for field in found.field.fields]
        assert len(set(names)) == len(names), payload
        sample = example(found)
        assert sample is None or check(found, sample) is not None, payload
        with suppress(InvalidAnswerError):
            fit(found, "approve")

"""What binds an answer to its question: equal for equal payloads, different for others."""

import copy
import dataclasses
import datetime
import enum
import json
import math
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from graphcli.engine.values.digest import canonical, digest, numbered, short_hash
from graphcli.errors import UnsupportedValueError

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(["$set", "$number", "$bytes", "$$set", "$int:1"])
)
PAYLOADS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(["$set", "$$set"]), inner)
        | st.frozensets(SCALARS, max_size=4)
        | st.binary(max_size=4)
    ),
    max_leaves=12,
)


def shuffled(value: Any) -> Any:
    """Return an equal value whose dicts and sets were built in the opposite order."""
    if isinstance(value, dict):
        return {key: shuffled(item) for key, item in reversed(value.items())}
    if isinstance(value, frozenset):
        return frozenset(reversed(list(value)))
    if isinstance(value, list):
        return [shuffled(item) for item in value]
    return value


def shape(value: Any) -> Any:
    """Return `value` so that `==` tells apart what a person would: 1, 1.0 and True."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, frozenset):
        return ("set", frozenset(map(shape, value)))
    if isinstance(value, float):
        return (float, value, math.copysign(1, value))
    return (type(value), value)


@settings(deadline=None)
@given(PAYLOADS)
def test_equal_payloads_have_equal_digests(payload: Any) -> None:
    assert digest(payload) == digest(copy.deepcopy(payload)) == digest(shuffled(payload))


@settings(deadline=None)
@given(PAYLOADS, PAYLOADS)
def test_different_payloads_have_different_digests(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (shape(one) == shape(other))


@settings(deadline=None)
@given(PAYLOADS)
def test_a_payload_is_not_its_own_spelling(payload: Any) -> None:
    spelled = json.loads(canonical(payload))
    if shape(spelled) != shape(payload):
        assert digest(spelled) != digest(payload)


@settings(deadline=None)
@given(PAYLOADS, PAYLOADS)
def test_payload_and_schema_do_not_run_into_each_other(one: Any, other: Any) -> None:
    if shape(one) != shape(other):
        assert digest(one, other) != digest(other, one)


@dataclasses.dataclass
class Draft:
    text: str


@dataclasses.dataclass
class Note:
    text: str


class Model(BaseModel):
    text: str


class Colour(enum.Enum):
    RED = "red"


DIFFERENT = [
    {1},
    [1],
    {"$set": [1]},
    {"$$set": [1]},
    {1: 0},
    {"1": 0},
    {"$int:1": 0},
    {True: 0},
    {None: 0},
    "red",
    Colour.RED,
    {"$Colour": "red"},
    Draft("x"),
    Note("x"),
    Model(text="x"),
    {"$Draft": {"text": "x"}},
    {"text": "x"},
    b"x",
    {"$bytes": "78"},
    math.nan,
    math.inf,
    -math.inf,
    "nan",
    2**60,
    2.0**60,
    str(2**60),
    1,
    1.0,
    True,
    "1",
    Decimal(1),
    datetime.date(2026, 1, 2),
    datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    "2026-01-02",
    UUID(int=1),
    PurePosixPath("/x"),
]


def test_what_looks_alike_is_told_apart() -> None:
    assert len({digest(payload) for payload in DIFFERENT}) == len(DIFFERENT)


def test_a_tuple_is_a_list_as_in_json() -> None:
    assert digest((1, (2,))) == digest([1, [2]])


def deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


def test_a_payload_as_deep_as_it_may_be() -> None:
    assert len(digest(deep(190))) == 64


class Unknown:
    pass


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"a": [0, lambda: 1]}, r"payload\.a\[1\]: a function cannot be stored"),
        ({"a": Unknown()}, r"payload\.a: a Unknown cannot be stored"),
        ({(1, 2): 0}, "payload: a key of type tuple cannot be stored"),
        (deep(100_000), "a value nested deeper than 200 cannot be stored"),
    ],
    ids=["function", "object", "key", "deep"],
)
def test_what_has_no_stable_form_is_refused_with_its_place(payload: Any, message: str) -> None:
    with pytest.raises(UnsupportedValueError, match=message):
        digest(payload)


def test_a_digest_stays_the_same_from_release_to_release() -> None:
    payload = {"question": "Deploy?", "options": ["yes", "no"], "n": 1.5, "tags": {"b", "a"}}

    assert canonical(payload) == (
        b'{"n":1.5,"options":["yes","no"],"question":"Deploy?","tags":{"$set":["a","b"]}}'
    )
    assert digest(payload, {"type": "boolean"}) == (
        "8a3fa5972e427d3dd03ed30cfaa8014c223a59973d67ff7957997fa8b4f026a6"
    )


def test_a_short_hash_is_32_hex_digits_that_depend_on_every_part() -> None:
    names = {short_hash("a", 1), short_hash("a", "b"), short_hash("a1"), short_hash("a", 2)}

    assert len(names) == 4
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in names)


def test_what_is_numbered_has_the_same_hash_as_when_it_is_hashed_alone() -> None:
    named = numbered("a", "\ud800", "b")
    assert [named(n) for n in (0, 7, 1000)] == [
        short_hash("a", "\ud800", "b", n) for n in (0, 7, 1000)
    ]

"""Any value as JSON: always valid, never raising, nothing lost in silence."""

import dataclasses
import json
from collections import OrderedDict, deque
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from graphcli.engine.values.model import UNSET, Secret
from graphcli.render.plain import MAX_DEPTH, dumps, to_json
from graphcli.render.result import result_text
from tests.render.hostile import deep, unsafe_in


class Colour(Enum):
    RED = ("#f00", 1)


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    YES = "yes"


@dataclasses.dataclass
class Draft:
    title: str
    tags: set[str]


class Model(BaseModel):
    name: str
    password: SecretStr


class Pair(NamedTuple):
    left: int
    right: int


class Text(str):
    __slots__ = ()


class BrokenRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class BrokenMapping(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (Text("x"), "x"),
        (1.5, 1.5),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (b"\x00\xff", "AP8="),
        (bytearray(b"a"), "YQ=="),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (timedelta(minutes=1.5), 90.0),
        (Decimal("1.10"), "1.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("/a"), "/a"),
        ({"b", "a", "c"}, ["a", "b", "c"]),
        (frozenset({10, 9}), [9, 10]),
        ((1, (2,)), [1, [2]]),
        (Pair(1, 2), [1, 2]),
        (deque([1], 3), [1]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (Colour.RED, ["#f00", 1]),
        (Level.HIGH, 3),
        (Word.YES, "yes"),
        (Draft("t", {"x"}), {"title": "t", "tags": ["x"]}),
        (Secret("env:TOKEN"), "<secret env:TOKEN>"),
        (ValueError("bad"), "ValueError: bad"),
        (UNSET, None),
        (
            {1: "a", "1": "b", None: "c", (1, 2): "d"},
            {"1": "a", "1 (str)": "b", "null": "c", "[1, 2]": "d"},
        ),
        (BrokenRepr(), "<BrokenRepr>"),
        (BrokenMapping(), "{}"),
        (10**5_000, hex(10**5_000)),
        (Draft, "<class 'tests.render.test_plain.Draft'>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_value(value: Any, plain: Any) -> None:
    assert to_json(value) == plain


def test_models_are_objects_and_their_secrets_masked() -> None:
    model = Model(name="a", password=SecretStr("hunter2"))
    assert to_json(model) == {"name": "a", "password": "SecretStr('**********')"}


def test_a_value_that_contains_itself_ends() -> None:
    value: dict[str, Any] = {"a": 1}
    value["me"] = [value]
    assert to_json(value) == {"a": 1, "me": ["… (contains itself)"]}


def test_a_value_that_appears_twice_is_no_cycle() -> None:
    shared = [1]
    assert to_json([shared, shared]) == [[1], [1]]


def test_depth_is_bounded() -> None:
    text = dumps(to_json(deep(5_000)), terminal=False)
    assert "nested more than" in text
    assert text.count("[") + text.count("{") == MAX_DEPTH


def test_ascii_only() -> None:
    assert dumps({"é": "日\u202e"}, terminal=False, ascii=True) == r'{"\u00e9":"\u65e5\u202e"}'


def test_layout() -> None:
    assert dumps({"a": [1]}, terminal=False) == '{"a":[1]}'
    assert dumps({"a": 1}, terminal=True) == '{\n  "a": 1\n}'


def test_dangerous_characters_are_escaped_and_come_back() -> None:
    hostile = "é\x1b\x7f\x9b\u202e\u200b\U000e0041\ud800日本"
    text = dumps(hostile, terminal=False)
    assert text == r'"é\u001b\u007f\u009b\u202e\u200b\udb40\udc41\ud800日本"'
    assert json.loads(text) == hostile


@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.binary()
        | st.dates(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
        max_leaves=20,
    )
)
@settings(max_examples=150, deadline=None)
def test_always_valid_json(value: Any) -> None:
    plain = to_json(value)
    text = dumps(plain, terminal=False)
    assert json.loads(text) == plain
    assert not unsafe_in(text)
    text.encode()


@pytest.mark.parametrize(
    ("value", "terminal", "text"),
    [
        (None, True, ""),
        ("two\nlines é", True, "two\nlines é"),
        ("\x1b[2J", True, r"\x1b[2J"),
        ("\x1b[2J", False, "\x1b[2J"),
        ({"é": Decimal(1)}, False, '{\n  "é": "1"\n}'),
        ([], True, "[]"),
        (0, True, "0"),
        (False, False, "false"),
        (["\x9b"], False, '[\n  "\\u009b"\n]'),
    ],
)
def test_result(value: Any, terminal: bool, text: str) -> None:
    assert result_text(value, terminal=terminal) == text

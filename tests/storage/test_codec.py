"""Every kind of value comes back with its type, or is refused with its place."""

from __future__ import annotations

import enum
import math
import sys
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, make_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcli.engine.values.model import Command, Secret, Send
from graphcli.errors import StorageVersionError, UnsupportedValueError
from graphcli.storage.classes import Unknown
from graphcli.storage.codec import MAX_DEPTH, Codec


class Colour(enum.Enum):
    RED = "red"
    PAIR = (1, 2)


class Level(enum.IntEnum):
    LOW = 1


class Name(enum.StrEnum):
    ADA = "ada"


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Draft:
    title: str
    tags: set[str] = field(default_factory=set)
    parent: Draft | None = None


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


class Order(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")

    number: int
    when: date | None = None
    _seen: int = pydantic.PrivateAttr(default=0)

    @pydantic.field_validator("number", mode="before")
    @classmethod
    def _double(cls, value: int) -> int:
        return value * 2


CLASSES = (Colour, Level, Name, Right, Draft, Point, Order)


class Pair(NamedTuple):
    a: int
    b: int


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Bag(list[Any]):
    pass


#: How a mark looks to whoever would forge one.
ALIKE = [b"\xc7\x00 ", 1]


def round_trip(value: Any, codec: Codec | None = None) -> Any:
    codec = codec or Codec(CLASSES)
    return codec.decode(codec.encode(value, "state"), "row")


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal in value and in every type inside."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(k, m) and same(v, w) for (k, v), (m, w) in zip(a.items(), b.items(), strict=True)
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(v, w) for v, w in zip(a, b, strict=True))
    if isinstance(a, Send):
        return a.node == b.node and same(a.arg, b.arg)
    if isinstance(a, Draft):
        return (a.title, a.tags) == (b.title, b.tags) and same(a.parent, b.parent)
    if isinstance(a, float | Decimal):
        return repr(a) == repr(b)
    return bool(a == b)


anything_hashable = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=())),
    st.binary(),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.datetimes(timezones=st.none() | st.timezones() | st.just(UTC)),
    st.sampled_from([*Colour, *Level, *Name, Right.READ | Right.WRITE, Point(1), Secret("env:A")]),
)
anything = st.recursive(
    anything_hashable | st.sampled_from([math.nan, -math.inf, Decimal("sNaN"), Decimal("-0")]),
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(st.text(), inner),
        st.dictionaries(anything_hashable, inner),
        st.sets(anything_hashable),
        st.frozensets(anything_hashable),
        inner.map(lambda value: Send("node", value)),
        inner.map(lambda value: Draft("a", {"b"}, value)),
    ),
    max_leaves=20,
)


@given(anything)
@settings(deadline=None)
def test_what_is_stored_comes_back_with_its_type(value: Any) -> None:
    assert same(round_trip(value), value)


@pytest.mark.parametrize(
    "value",
    [
        2**64,
        -(2**63) - 1,
        1 << 20_000,
        "\ud800",
        {"\udfff": ["\ud800"]},
        {1: "a", "1": "b", False: "c", None: "d", (1, 2): "e"},
        (1, (2, [3, ({4},)])),
        -0.0,
        datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45), "Kathmandu")),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=-3661, microseconds=7))),
        time(1, 2, tzinfo=ZoneInfo("UTC")),
        Path("/tmp/\udce4"),
        PurePosixPath("a/b"),
        PureWindowsPath("c:\\a"),
        Order(number=1, when=date(2026, 1, 1), extra=(1,)),  # type: ignore[call-arg] # extra="allow"
        [],
        {},
        (),
        set(),
        frozenset(),
        b"",
    ],
    ids=lambda value: type(value).__name__,
)
def test_odd_values_come_back(value: Any) -> None:
    assert same(round_trip(value), value)


def test_a_time_zone_keeps_its_name_and_kind() -> None:
    berlin = round_trip(datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")))
    assert berlin.tzinfo is ZoneInfo("Europe/Berlin")
    kathmandu = round_trip(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5.75), "KTM")))
    assert kathmandu.tzname() == "KTM"
    assert round_trip(time(2, 30, fold=1)).fold == 1


def test_a_zone_that_this_machine_does_not_know_keeps_the_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codec = Codec()
    when = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    data = codec.encode(when, "state")
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    back = codec.decode(data, "row")
    assert (back, back.tzname()) == (when, "Europe/Berlin")


def test_bytes_like_values_come_back_as_bytes() -> None:
    assert round_trip([bytearray(b"a"), memoryview(b"b"), "\ud800"]) == [b"a", b"b", "\ud800"]


def test_a_model_comes_back_without_its_validators() -> None:
    order = Order(number=1)
    order._seen = 3
    assert order.number == 2  # the validator has doubled it, once
    back = round_trip(order)
    assert (back.number, back._seen, back.model_fields_set) == (2, 3, {"number"})


def test_a_dataclass_comes_back_without_its_constructor() -> None:
    calls: list[Any] = []
    counted = make_dataclass(
        "counted", [("n", int)], namespace={"__post_init__": lambda self: calls.append(self)}
    )
    value = counted(1)
    assert round_trip(value, Codec([counted])) == value
    assert calls == [value]


class Opaque:
    pass


def endless() -> Any:
    value: list[Any] = [1]
    value.append({"again": value})
    return {"draft": value}


def deep(levels: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


REFUSED: list[tuple[Any, str]] = [
    ({"items": [0, {"fn": len}]}, "state.items[1].fn: a function cannot be stored"),
    ({"f": lambda: None}, "state.f: a function cannot be stored"),
    ({"a b": {2: Opaque}}, "state['a b'][2]: a class cannot be stored"),
    ([Opaque()], "state[0]: a value of type `tests.storage.test_codec.Opaque` cannot be stored"),
    ([sys], "state[0]: a value of type `module` cannot be stored"),
    (({1}, (x for x in "a")), "state[1]: a value of type `generator` cannot be stored"),
    ([ValueError("x")], "state[0]: a value of type `ValueError` cannot be stored"),
    ([deque()], "state[0]: a value of type `collections.deque` cannot be stored"),
    ([Pair(1, 2)], "state[0]: a value of type `tests.storage.test_codec.Pair` cannot be stored"),
    (defaultdict(int, a=len), "state.a: a function cannot be stored"),
    (Command(update={"k": len}), "state.update.k: a function cannot be stored"),
    ([1j], "state[0]: a value of type `complex` cannot be stored"),
    (endless(), "state.draft[1].again: a value that contains itself cannot be stored"),
    (Draft("a", parent=Draft("b", parent=len)), "state.parent.parent: a function"),  # type: ignore[arg-type] # that is the mistake
    (Send("node", {"k": len}), "state.k: a function cannot be stored"),
    ({"\x1b[2J": len}, "state['\\x1b[2J']: a function cannot be stored"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_what_cannot_be_stored_is_refused_with_its_place(value: Any, message: str) -> None:
    with pytest.raises(UnsupportedValueError) as caught:
        Codec(CLASSES).encode(value, "state")
    assert str(caught.value).startswith(message)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "wrap",
    [
        lambda v: [v],
        lambda v: {"a": v},
        lambda v: (v,),
        lambda v: {1: v},
        lambda v: Draft("a", parent=v),
        lambda v: [(v,)],
    ],
    ids=["list", "dict", "tuple", "pairs", "dataclass", "mixed"],
)
@pytest.mark.parametrize("levels", [60, 100_0, 100_000])
def test_depth_is_bounded_in_both_ways(wrap: Callable[[Any], Any], levels: int) -> None:
    codec = Codec(CLASSES)
    value = deep(levels, wrap)
    if levels < 100:
        # Read here too: what is accepted must never be too deep to load.
        assert codec.encode(codec.decode(codec.encode(value, "v"), "row"), "v")
        return
    with pytest.raises(UnsupportedValueError, match=f"more than {MAX_DEPTH} levels") as caught:
        codec.encode(value, "state")
    assert len(caught.value.path) < 100


@given(st.integers(1, 130))
@settings(deadline=None)
def test_what_is_accepted_can_be_read(levels: int) -> None:
    codec = Codec()
    for wrap in (lambda v: (v,), lambda v: [v, "\ud800"], lambda v: {2: v}):
        try:
            data = codec.encode(deep(levels, wrap), "state")
        except UnsupportedValueError:
            continue
        codec.decode(data, "row")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Text("a"), "a"),
        ([Text("\ud800")], ["\ud800"]),
        ({Text("k"): Text("v")}, {"k": "v"}),
        ([Number(1), Number(2**70)], [1, 2**70]),
        (OrderedDict(b=1, a=(Text("t"),)), {"b": 1, "a": ("t",)}),
        ([defaultdict(int, {1: 2})], [{1: 2}]),
        (Bag([1, Bag([ALIKE])]), [1, [ALIKE]]),
    ],
    ids=repr,
)
def test_a_subclass_of_plain_data_comes_back_as_what_it_is_built_on(value: Any, plain: Any) -> None:
    assert same(round_trip(value), plain)


@pytest.mark.parametrize(
    "value",
    [
        Command(),
        Command(resume=None),
        Command(graph=Command.PARENT, update={"x": (1,)}, goto=["a", Send("b", (2,))]),
        Send("n", Command(goto=Send("n", 1))),
    ],
    ids=repr,
)
def test_a_command_comes_back_as_it_was(value: Any) -> None:
    assert round_trip(value) == value
    assert repr(round_trip(value)) == repr(value)


def test_an_undeclared_class_is_refused_with_the_remedy() -> None:
    for value in (Draft("a"), Order(number=1), Colour.RED, Name.ADA):
        name = type(value).__name__
        with pytest.raises(UnsupportedValueError) as caught:
            Codec([Point]).encode({"x": [value]}, "state")
        assert caught.value.path == "state.x[0]"
        assert f"declare `{name}` in the state schema" in caught.value.remedy
        assert f"compile(classes=[{name}])" in caught.value.remedy


def test_a_class_can_be_declared_later() -> None:
    codec = Codec()
    codec.register([Draft, int, str])
    assert round_trip(Draft("a"), codec) == Draft("a")
    with pytest.raises(UnsupportedValueError):
        codec.encode(Point(1), "n")


def test_without_the_class_its_fields_can_be_seen_and_are_kept() -> None:
    full, bare = Codec(CLASSES), Codec()
    order = Order(number=1)
    order._seen = 3
    value = {"d": Draft("a", {"x"}, Draft("b")), "o": order, "c": Colour.RED, "r": Right(3)}
    data = full.encode(value, "state")
    seen = bare.decode(data, "row")
    assert seen["d"] == {
        "title": "a",
        "tags": {"x"},
        "parent": {"title": "b", "tags": set(), "parent": None},
    }
    assert type(seen["d"]) is Unknown
    assert (seen["o"], seen["c"]) == ({"number": 2, "when": None}, {"name": "RED", "value": "red"})
    assert bare.encode(seen, "state") == data
    back = full.decode(bare.encode(seen, "state"), "row")
    assert same(back, value)
    assert back["o"]._seen == 3


def test_a_class_is_found_under_another_module_name() -> None:
    data = Codec([Draft]).encode(Draft("a"), "state")
    moved = types.new_class("Draft", (Draft,))
    moved.__module__, moved.__qualname__ = "__main__", "Draft"
    assert type(Codec([moved]).decode(data, "row")) is moved
    other = types.new_class("Draft", (Draft,))
    other.__module__, other.__qualname__ = "elsewhere", "Draft"
    assert type(Codec([moved, other]).decode(data, "row")) is Unknown


def test_a_class_that_changed_is_told_apart_from_damage() -> None:
    old = make_dataclass("Thing", [("a", int), ("b", int)], namespace={"__module__": "m"})
    data = Codec([old]).encode(old(1, 2), "state")
    grown = make_dataclass(
        "Thing", [("a", int), ("b", int), ("c", int, 3)], namespace={"__module__": "m"}
    )
    assert Codec([grown]).decode(data, "row") == grown(1, 2, 3)
    for fields, what in (
        ([("a", int)], "has the field `b`, which the class no longer has"),
        ([("a", int), ("b", int), ("c", int)], "has no field `c`, which the class now asks for"),
    ):
        with pytest.raises(StorageVersionError, match=what):
            Codec([make_dataclass("Thing", fields, namespace={"__module__": "m"})]).decode(
                data, "row"
            )


def test_a_model_that_changed_takes_its_defaults_or_says_what_is_missing() -> None:
    old = pydantic.create_model("Thing", __module__="m", a=(int, ...), b=(int, ...))
    data = Codec([old]).encode(old(a=1, b=2), "state")
    grown = pydantic.create_model("Thing", __module__="m", a=(int, ...), b=(int, ...), c=(int, 3))
    assert Codec([grown]).decode(data, "row").model_dump() == {"a": 1, "b": 2, "c": 3}
    for fields in ({"a": (int, ...)}, {"a": (int, ...), "b": (int, ...), "c": (int, ...)}):
        changed: Any = pydantic.create_model("Thing", __module__="m", **fields)  # type: ignore[call-overload] # fields of a table
        with pytest.raises(StorageVersionError):
            Codec([changed]).decode(data, "row")


def test_an_enum_member_that_is_gone_is_named() -> None:
    data = Codec([Colour]).encode(Colour.PAIR, "state")
    faded: Any = enum.Enum("Colour", ["RED"], module=Colour.__module__)  # type: ignore[misc] # same name
    with pytest.raises(StorageVersionError, match="the member `PAIR`"):
        Codec([faded]).decode(data, "row")


class AIMessage(pydantic.BaseModel):
    content: str
    tool_calls: list[dict[str, Any]] = []


def test_a_langchain_message_needs_no_declaration(monkeypatch: pytest.MonkeyPatch) -> None:
    langchain = types.ModuleType("langchain_core.messages")
    langchain.AIMessage = AIMessage  # type: ignore[attr-defined] # stands in for the real module
    codec = Codec()
    with pytest.raises(UnsupportedValueError):
        codec.encode(AIMessage(content="hi"), "messages")
    monkeypatch.setitem(sys.modules, "langchain_core.messages", langchain)
    data = codec.encode([AIMessage(content="hi")], "messages")
    assert codec.decode(data, "row") == [AIMessage(content="hi")]
    monkeypatch.delitem(sys.modules, "langchain_core.messages")
    assert codec.decode(data, "row") == [{"content": "hi", "tool_calls": []}]
    assert codec.encode(codec.decode(data, "row"), "messages") == data


class Odd(tzinfo):
    def utcoffset(self, _when: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _when: datetime | None) -> str:
        return "odd"

    dst = utcoffset


def test_an_unknown_kind_of_time_zone_is_refused() -> None:
    with pytest.raises(UnsupportedValueError, match=r"state\.at: "):
        Codec().encode({"at": datetime(2026, 1, 1, tzinfo=Odd())}, "state")


def test_uuid_and_decimal_keep_every_digit() -> None:
    value = [UUID(int=0), Decimal("1.10"), Decimal("1E+400"), Decimal("Infinity")]
    assert [repr(v) for v in round_trip(value)] == [repr(v) for v in value]

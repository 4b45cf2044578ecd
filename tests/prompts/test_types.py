"""Python types as `response_schema`: what is asked, and what the node gets."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, IntEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Literal, NotRequired, Optional, TypedDict
from uuid import UUID

import pydantic
import pytest

from graphcli.engine.graph.annotations import answer_schema
from graphcli.engine.graph.building import build_answer
from graphcli.errors import InvalidAnswerError
from graphcli.prompts import check_named, fit_field
from tests.prompts.build import question
from tests.prompts.test_payloads import told


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    S = 1
    M = 2


class Street(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=2, description="As on the sign")
    colour: Colour = Colour.RED


class Address(pydantic.BaseModel):
    street: Street
    tags: list[Literal["home", "work"]] = []
    second: Street | None = None


class Person(TypedDict):
    name: Annotated[str, "Family name last"]
    age: Annotated[int, pydantic.Field(ge=18, lt=100)]
    at: Address
    born: date
    nick: Optional[str]  # noqa: UP045 - both spellings are in use.
    folder: NotRequired[Path]


@dataclass
class Part:
    size: Size
    note: str = "none"


@dataclass
class Order:
    part: Part
    when: datetime
    colours: list[Colour] = field(default_factory=list)
    colour: Colour = Colour.BLUE
    code: Annotated[str, SimpleNamespace(pattern="^[A-Z]+$", max_length=3)] = "A"
    key: UUID | None = None


ASKS: list[tuple[Any, list[str]]] = [
    (
        Person,
        [
            "name: text",
            "age: integer",
            "at.street.name: text",
            "at.street.colour: choice? red|blue =red",
            "at.tags: choices? home|work =[]",
            "at.second: json? =null",
            "born: date",
            "nick: text?",
            "folder: path?",
        ],
    ),
    (
        Order,
        [
            "part.size: choice 1|2",
            "part.note: text? =none",
            "when: text",
            "colours: choices? red|blue",
            "colour: choice? red|blue =blue",
            "code: text? =A",
            "key: text? =null",
        ],
    ),
]


@pytest.mark.parametrize(("declared", "asks"), ASKS)
def test_what_is_asked(declared: Any, asks: list[str]) -> None:
    found = question("q", answer_schema(declared))
    assert [told(one) for one in found.field.fields if one.asked] == asks


def answered(declared: Any, **said: str) -> Any:
    found = question("q", answer_schema(declared))
    given = {name.replace("__", "."): text for name, text in said.items()}
    values = {name: fit_field(found, name, text) for name, text in given.items()}
    return build_answer(declared, check_named(found, values))


def test_a_typed_dict_gets_its_types() -> None:
    said = {"name": "Ann", "age": "42", "at__street__name": "Main", "born": "2000-02-29"}
    assert answered(Person, **said, folder="/tmp") == {
        "name": "Ann",
        "age": 42,
        "at": Address(street=Street(name="Main")),
        "born": date(2000, 2, 29),
        "folder": Path("/tmp"),
    }


def test_a_dataclass_gets_its_types() -> None:
    said = {"part__size": "2", "when": "2026-01-31T12:00:00+00:00", "colours": "red, blue"}
    key = "12345678-1234-5678-1234-567812345678"
    assert answered(Order, **said, key=key) == Order(
        Part(Size.M),
        datetime.fromisoformat("2026-01-31T12:00:00+00:00"),
        [Colour.RED, Colour.BLUE],
        key=UUID(key),
    )


MISFITS = [
    ({"age": "17"}, "`age` is `17`; it must be at least 18"),
    ({"age": "100"}, "`age` is `100`; it must be at most 99"),
    ({"at__street__name": "x"}, "`at.street.name` has 1 character; it needs at least 2"),
    ({"at__street__colour": "green"}, "`at.street.colour` is `green`; it must be one of red, blue"),
    ({"born": "yesterday"}, "`born` is `yesterday`; it must be a date"),
    ({"at__tags": "shop"}, "`at.tags` is `shop`; it must be one of home, work"),
]


@pytest.mark.parametrize(("said", "words"), MISFITS)
def test_what_a_type_refuses(said: dict[str, str], words: str) -> None:
    good = {"name": "Ann", "age": "42", "at__street__name": "Main", "born": "2000-02-29"}
    with pytest.raises(InvalidAnswerError) as refused:
        answered(Person, **{**good, **said})
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("declared", "value", "built"),
    [
        (Colour, "red", Colour.RED),
        (Literal["a"], "a", "a"),
        (list[Part], [{"size": 1}], [Part(Size.S)]),
        (int | str, "1", "1"),
        (Part | None, None, None),
        (Part | None, {"size": 2, "note": "n"}, Part(Size.M, "n")),
        (dict[str, int], {"a": 1}, {"a": 1}),
        ({"type": "object"}, {"a": 1}, {"a": 1}),
    ],
    ids=repr,
)
def test_single_types(declared: Any, value: Any, built: Any) -> None:
    assert build_answer(declared, value) == built

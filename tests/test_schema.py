"""A stranger's JSON Schema: fetched from nowhere, and never the reason that a prompt hangs."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest

from graphcli.schema import BadSchemaError, problems
from graphcli.schema.work import MAX_LOOKS, too_much


def doubling(word: str, levels: int) -> dict[str, Any]:
    """A schema of a few lines that looks at a value 2 ** levels times."""
    defs: dict[str, Any] = {"a0": {"type": "integer"}}
    for level in range(1, levels + 1):
        defs[f"a{level}"] = {word: [{"$ref": f"#/$defs/a{level - 1}"}] * 2}
    return {"$defs": defs, "$ref": f"#/$defs/a{levels}"}


def inside(schema: dict[str, Any], word: str) -> dict[str, Any]:
    return {"$defs": schema["$defs"], word: {"$ref": schema["$ref"]}}


def deep(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def nots(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


TWICE = {"anyOf": [{"properties": {"a": {"$ref": "#"}}, "required": [n]} for n in "yz"]}
UNSEEN: dict[str, Any] = {"$defs": {"a0": {}}, "$ref": "#/$defs/a14"}
for _level in range(1, 15):
    UNSEEN["$defs"][f"a{_level}"] = {
        "allOf": [{"$ref": f"#/$defs/a{_level - 1}"}],
        "unevaluatedProperties": False,
    }

BOMBS: dict[str, tuple[dict[str, Any], Any]] = {
    **{word: (doubling(word, 30), "x") for word in ("allOf", "anyOf", "oneOf")},
    "in a list": (inside(doubling("anyOf", 30), "items"), ["x"]),
    "in an object": (inside(doubling("anyOf", 30), "additionalProperties"), {"a": 1}),
    "many values": (inside(doubling("anyOf", 8), "items"), ["x"] * 1_000),
    "recursion": (TWICE, deep(60)),
    "unevaluated": (UNSEEN, {"a": 1}),
    "depth": (nots(5_000), 1),
}


@pytest.mark.parametrize(("schema", "value"), BOMBS.values(), ids=BOMBS)
def test_a_schema_that_would_take_for_ever_is_not_tried(schema: dict[str, Any], value: Any) -> None:
    with pytest.raises(BadSchemaError, match=r"cannot be used: it (takes too long|is nested)"):
        problems(schema, value)


def test_the_count_is_what_stops_it() -> None:
    # The control: a small one of the same kind is tried where nobody counts.
    small = doubling("allOf", 12)
    assert len(problems(small, "x", stranger=False)) == 2**12 > MAX_LOOKS
    with pytest.raises(BadSchemaError):
        problems(small, "x")


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": [str(n) for n in range(100_000)]},
        {"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}},
        {"oneOf": [{"const": n, "title": str(n)} for n in range(1_000)]},
        {"anyOf": [{"$ref": "#/anyOf/1"}, {"type": "object"}]},
        {"properties": {f"f{n}": {"type": "string", "maxLength": 9} for n in range(2_000)}},
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    ],
    ids=["enum", "tree", "variants", "pointer", "fields", "itself", "circle"],
)
def test_honest_schemas_are_tried(schema: dict[str, Any]) -> None:
    assert too_much(schema, deep(30)) == ""


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "http://example.org/x"}, "parts of itself"),
        ({"$ref": "file:///etc/passwd"}, "parts of itself"),
        ({"$ref": "#/nowhere"}, "parts of itself"),
        ({"$ref": "#name", "$defs": {"a": {"$anchor": "name"}}}, "parts of itself"),
        ({"$ref": "#/%24defs/a", "%24defs": {"a": {}}, "$defs": {"a": {}}}, "parts of itself"),
        ({"$ref": 10**5_000}, "parts of itself"),
        ({"$defs": {"a": {"$id": "x", "$ref": "#/b"}}}, "has an `$id`"),
        ({"$schema": "http://example.org/x"}, "not valid"),
    ],
)
def test_nothing_is_fetched(schema: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSchemaError, match=re.escape(said)):
        problems(schema, "x")


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(.*)*x", "(a?){50}a{50}b"])
def test_a_pattern_takes_time_in_proportion(pattern: str) -> None:
    assert [p.keyword for p in problems({"pattern": pattern}, "a" * 100_000 + "!")] == ["pattern"]


@pytest.mark.parametrize("pattern", [r"(a+)+\1$", "(?=(a+)+$)a", "(?<!(a+)+)b"])
@pytest.mark.parametrize("place", ["pattern", "patternProperties"])
def test_a_pattern_that_could_try_again_is_refused(pattern: str, place: str) -> None:
    schema = {place: pattern if place == "pattern" else {pattern: {}}}
    with pytest.raises(BadSchemaError, match='is not a "regex"'):
        problems(schema, "aaaa")
    # The control: the library's own choice of engine takes it, and goes back.
    assert jsonschema_rs.validator_for(schema).is_valid({})

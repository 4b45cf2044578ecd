"""A payload becomes a question by the first rule that fits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcli.engine.resuming.question import Kind
from graphcli.engine.values.model import UNSET
from graphcli.prompts import answer_schema, example
from tests.prompts.build import RELEASE, form, question

WAITS = "`review` waits for an answer."
S = {"type": "string"}

#: payload, schema → kind, message, context
TABLE: list[tuple[Any, Any, Kind, str, Any]] = [
    # 4: a string is the question, anything else is shown
    ("What is your age?", None, Kind.ANY, "What is your age?", None),
    ("  padded \n", None, Kind.ANY, "padded", None),
    ("", None, Kind.ANY, WAITS, None),
    (5, None, Kind.ANY, WAITS, 5),
    (None, None, Kind.ANY, WAITS, None),
    ([1, {"a": 2}], None, Kind.ANY, WAITS, [1, {"a": 2}]),
    ({}, None, Kind.ANY, WAITS, {}),
    ({"draft_id": 7}, None, Kind.ANY, WAITS, {"draft_id": 7}),
    # 3: habits
    ({"question": "Ok?", "llm_output": "x"}, None, Kind.ANY, "Ok?", {"llm_output": "x"}),
    ({"query": "Who?"}, None, Kind.ANY, "Who?", None),
    ({"title": "T", "message": "M"}, None, Kind.ANY, "M", {"title": "T"}),
    ({"question": 5, "options": "x"}, None, Kind.ANY, WAITS, {"question": 5, "options": "x"}),
    ({"question": "", "prompt": "P"}, None, Kind.ANY, "P", {"question": ""}),
    ({"question": "q", "options": ["a", "b"]}, None, Kind.CHOICE, "q", None),
    ({"choices": [1, 2.5, None]}, None, Kind.CHOICE, WAITS, None),
    ({"message": "m", "options": [{"value": 1, "label": "L"}]}, None, Kind.CHOICE, "m", None),
    ({"message": "m", "options": [True, False]}, None, Kind.CONFIRM, "m", None),
    ({"message": "m", "options": [True, 1]}, None, Kind.CHOICE, "m", None),
    ({"message": "m", "options": []}, None, Kind.ANY, "m", {"options": []}),
    ({"message": "m", "options": [[1]]}, None, Kind.ANY, "m", {"options": [[1]]}),
    ({"message": "m", "options": [{"x": 1}]}, None, Kind.ANY, "m", {"options": [{"x": 1}]}),
    ({"message": "m", "options": ["a"], "default": "z"}, None, Kind.CHOICE, "m", {"default": "z"}),
    ({"message": "m", "default": True}, None, Kind.CONFIRM, "m", None),
    ({"message": "m", "default": 3}, None, Kind.ANY, "m", None),
    ({"message": "m", "type": "confirm"}, None, Kind.CONFIRM, "m", None),
    ({"message": "m", "type": "approval"}, None, Kind.CONFIRM, "m", None),
    ({"message": "m", "type": "text"}, None, Kind.TEXT, "m", None),
    ({"message": "m", "type": "password"}, None, Kind.SECRET, "m", None),
    ({"message": "m", "type": "cat"}, None, Kind.ANY, "m", {"type": "cat"}),
    ({"message": "m", "type": []}, None, Kind.ANY, "m", {"type": []}),
    ({"type": "confirm"}, None, Kind.ANY, WAITS, {"type": "confirm"}),
    (
        {"message": "m", "type": "integer", "default": True},
        None,
        Kind.INTEGER,
        "m",
        {"default": True},
    ),
    (
        {"text_to_revise": "x"},
        None,
        Kind.LONG_TEXT,
        "Edit `text_to_revise`, then send it.",
        None,
    ),
    ({"message": "m", "draft": "x", "id": 1}, None, Kind.LONG_TEXT, "m", {"id": 1}),
    ({"message": "m", "draft": 5}, None, Kind.ANY, "m", {"draft": 5}),
    (
        {"draft": "x", "content": "y", "query": "q"},
        None,
        Kind.ANY,
        "q",
        {"draft": "x", "content": "y"},
    ),
    # 1: declared
    ("Name?", S, Kind.TEXT, "Name?", None),
    ({"a": 1}, {**S, "title": "Name", "description": "Who?"}, Kind.TEXT, "Who?", {"a": 1}),
    ({"message": "m", "options": ["a"]}, S, Kind.TEXT, "m", {"options": ["a"]}),
    ({"message": "m", "show": "log"}, S, Kind.TEXT, "m", "log"),
    ("q", {**S, "format": "date"}, Kind.DATE, "q", None),
    ("q", {**S, "format": "email"}, Kind.TEXT, "q", None),
    ("q", {**S, "format": "path"}, Kind.PATH, "q", None),
    ("q", {**S, "format": "password"}, Kind.SECRET, "q", None),
    ("q", {**S, "writeOnly": True}, Kind.SECRET, "q", None),
    ("q", {**S, "x-graphcli": {"kind": "long_text"}}, Kind.LONG_TEXT, "q", None),
    ("q", {**S, "x-graphcli": {"kind": "choice"}}, Kind.TEXT, "q", None),
    ("q", {**S, "x-graphcli": {"kind": ["x"]}}, Kind.TEXT, "q", None),
    ("q", {"type": "integer"}, Kind.INTEGER, "q", None),
    ("q", {"type": ["integer", "null"]}, Kind.INTEGER, "q", None),
    ("q", {"anyOf": [{"type": "number"}, {"type": "null"}]}, Kind.NUMBER, "q", None),
    ("q", {"type": "boolean"}, Kind.CONFIRM, "q", None),
    ("q", {"enum": ["a", None]}, Kind.CHOICE, "q", None),
    ("q", {"oneOf": [{"const": 1, "title": "One"}]}, Kind.CHOICE, "q", None),
    ("q", {"$ref": "#/$defs/A", "$defs": {"A": {"enum": ["x"]}}}, Kind.CHOICE, "q", None),
    ("q", {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, Kind.JSON, "q", None),
    ("q", {"type": "array", "items": {"enum": ["a"]}}, Kind.CHOICES, "q", None),
    ("q", {"type": "array", "items": {"anyOf": [{"const": "a"}]}}, Kind.CHOICES, "q", None),
    ("q", {"type": "array"}, Kind.JSON, "q", None),
    ("q", {"type": "object"}, Kind.JSON, "q", None),
    ("q", {"type": "object", "properties": {"a": S}}, Kind.FORM, "q", None),
    ("q", {}, Kind.ANY, "q", None),
    ({"message": "m"}, RELEASE, Kind.FORM, "m", None),
]


@pytest.mark.parametrize(("payload", "schema", "kind", "message", "context"), TABLE)
def test_recognition(payload: Any, schema: Any, kind: Kind, message: str, context: Any) -> None:
    found = question(payload, schema)
    assert (found.field.kind, found.message, found.context) == (kind, message, context)
    assert (found.payload, found.schema, found.node) == (payload, schema, "review")


@pytest.mark.parametrize(
    "schema",
    [5, "x", True, [], {"type": 5}, {"pattern": "^(a"}, {"$ref": "http://x.example/s"}],
    ids=repr,
)
def test_a_schema_that_cannot_be_used_is_said_and_the_question_still_asked(schema: Any) -> None:
    found = question({"message": "m", "a": 1}, schema)
    assert found.field.kind is Kind.ANY
    assert found.message == "m"
    assert found.context["a"] == 1
    assert found.context["note"].startswith(("the schema is not valid", "the schema cannot be"))
    assert not found.declared
    assert answer_schema(found) is None


def test_a_form_knows_its_fields() -> None:
    decision, comment, share = question({}, RELEASE).field.fields
    assert [option.value for option in decision.options] == ["deploy", "abort"]
    assert (decision.label, decision.required, decision.default) == ("Decision", True, UNSET)
    assert (comment.when, comment.required) == ("decision == 'abort'", True)
    assert (share.validate, share.default, share.required) == ("value % 5 == 0", 10, False)


def test_rules_of_a_field() -> None:
    number = {"type": "integer", "exclusiveMinimum": 1.5, "minimum": 1, "maximum": 9}
    field = question("q", number).field
    assert (field.minimum, field.maximum) == (2, 9)
    text = question("q", {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "a"}).field
    assert (text.min_length, text.max_length, text.pattern) == (1, 5, "a")
    several = question("q", {"type": "array", "items": {"enum": [1, 2]}, "minItems": 1}).field
    assert (several.min_length, several.max_length) == (1, None)


def test_options_keep_labels_and_helps_and_the_first_of_equals() -> None:
    options = [{"value": 1, "label": "One", "help": "h"}, {"name": "two"}, "x", "x", True]
    found = question({"message": "m", "options": options, "default": True}).field
    assert [(o.value, o.label, o.help) for o in found.options] == [
        (1, "One", "h"),
        ("two", "two", ""),
        ("x", "x", ""),
        (True, "true", ""),
    ]
    assert found.default is True


INNER = {"type": "object", "properties": {"a": S, "b": {"type": "integer", "title": "Number"}}}


def test_a_required_object_inside_is_asked_for_field_by_field() -> None:
    deep = {"type": "object", "properties": {"o": INNER, "p": INNER}, "required": ["o"]}
    schema = {"type": "object", "properties": {"n": {"type": ["string", "null"]}, "deep": deep}}
    fields = question("q", {**schema, "required": ["n", "deep"]}).field.fields
    asked = [(f.name, f.kind, f.label, f.place, f.required) for f in fields if f.asked]
    assert asked == [
        ("n", Kind.TEXT, "N", ("n",), False),
        ("deep.o.a", Kind.TEXT, "Deep / O / A", ("deep", "o", "a"), False),
        ("deep.o.b", Kind.INTEGER, "Deep / O / Number", ("deep", "o", "b"), False),
        ("deep.p", Kind.JSON, "Deep / P", ("deep", "p"), False),
    ]


SECRET = {"type": "object", "properties": {"a": {**S, "writeOnly": True}}}
MARKED = {"type": "object", "properties": {"a": {**S, "x-graphcli": {"kind": "text"}}}}


@pytest.mark.parametrize("inner", [SECRET, MARKED, {"type": ["object", "null"]}, {}], ids=repr)
def test_what_cannot_be_opened_is_json(inner: Any) -> None:
    (field,) = form(("o",), o={**inner, "description": "d", "minProperties": 1}).field.fields
    assert field.kind is Kind.JSON


def test_a_name_that_is_taken_twice_opens_nothing() -> None:
    twice = {"o": INNER, "o.a": S}
    assert [f.kind for f in form(("o",), **twice).field.fields] == [Kind.JSON, Kind.TEXT]


def test_objects_are_opened_three_deep() -> None:
    deep: dict[str, Any] = S
    for _ in range(6):
        deep = {"type": "object", "properties": {"o": deep}, "required": ["o"]}
    asked = [f for f in question("q", deep).field.fields if f.asked]
    assert [(f.name, f.kind) for f in asked] == [("o.o.o.o", Kind.JSON)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("question", "message", "options", "choices", "default", "type", "draft"),
                    *("enum", "properties", "required", "items", "oneOf", "anyOf", "const"),
                    *("$ref", "$defs", "value", "label", "title", "x-graphcli", "kind", "format"),
                    *("action_requests", "review_configs", "name", "args", "action_request"),
                    *("requestedSchema", "mode", "url", "config", "action", "args_schema"),
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(payload=json_values, schema=st.none() | json_values)
def test_whatever_the_payload_it_becomes_a_question(payload: Any, schema: Any) -> None:
    found = question(payload, schema)
    assert found.message
    assert example(found) is None or found.field.kind in Kind
    answer_schema(found)

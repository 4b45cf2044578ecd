"""An answer fits its question, or is refused with what would fit. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcli.engine.question import Field, Kind, Question
from graphcli.errors import InvalidAnswerError, did_you_mean
from graphcli.prompts.checking import check_field, is_shown
from graphcli.prompts.reading import find_option, read, refuse
from graphcli.text import safe_line

#: Kinds whose value is the text itself, so that `--text` says nothing new.
VERBATIM = {Kind.TEXT, Kind.LONG_TEXT, Kind.DATE, Kind.PATH, Kind.ANY}
#: Kinds whose value is no text, so that a text can only be the spelling of one.
WRITTEN = {Kind.CONFIRM, Kind.INTEGER, Kind.NUMBER, Kind.CHOICES}


def fit(question: Question, text: str, *, as_text: bool = False) -> Any:
    """Return the checked answer that `text` stands for (`--value`, `--answer`).

    The declared kind decides how it is read: text, choice, path and date verbatim, confirm as
    yes/no/true/false in any case, a whole number as digits (no `1e3`, no `1_000`, no `1.0`), a
    number as decimal digits with an optional exponent, several choices as a JSON list or with
    commas, a form as a JSON object. Only where nothing was declared it is JSON, else text.
    `as_text` (`--text`) never parses.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    return check(question, _read(question.field, text, as_text=as_text))


def fit_field(question: Question, name: str, text: str, *, as_text: bool = False) -> Any:
    """Return the value of the one field `name` of a form, read from `text`.

    It is checked on its own; what it has to do with other fields is checked by `check`, once
    they are all there.

    Raises:
        InvalidAnswerError: the question has no such field, or the value does not fit it.
    """
    fields = {field.name: field for field in question.field.fields}
    if name not in fields:
        hint = did_you_mean(name, fields) or "; " + (
            f"known: {', '.join(fields)}" if fields else "the question is one value"
        )
        raise InvalidAnswerError(
            f"`{safe_line(name, 60)}` is no field of the question at `{question.path}`"
            f"{safe_line(hint, 200)}",
            field=name,
        )
    return _read(fields[name], text, as_text=as_text)


def fit_data(question: Question, value: Any) -> Any:
    """Return the checked answer that a value from a file stands for, defaults filled in.

    A text where the question takes no text is read as `fit` reads it: `yes`, `"42"`.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    return check(question, _understood(question.field, value))


def check(question: Question, value: Any) -> Any:
    """Return `value` as it is delivered: checked, defaults of optional form fields filled in.

    A secret must be a reference (`env:NAME`, `file:/path`) and becomes a `Secret`.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    return check_field(question.field, value)


def _read(field: Field, text: str, *, as_text: bool) -> Any:
    return _verbatim(field, text) if as_text else read(field, text)


def _understood(field: Field, value: Any) -> Any:
    if isinstance(value, str) and field.kind in WRITTEN:
        return read(field, value)
    if field.kind is Kind.FORM and isinstance(value, Mapping):
        known = {inner.name: inner for inner in field.fields}
        return {
            name: _understood(known[name], item) if name in known else item
            for name, item in value.items()
        }
    return value


def _verbatim(field: Field, text: str) -> Any:
    if field.kind in VERBATIM:
        return text
    if field.kind is Kind.CHOICE:
        return find_option(field, text)
    return refuse(field, f"is no text but {field.kind.replace('_', ' ')}", "leave out `--text`")


def example(question: Question) -> Any:
    """Return a value that fits the question as JSON, or None where none can be made up."""
    return example_of(question.field)


def example_of(field: Field) -> Any:
    """Return a value that fits `field` as JSON (a secret as a reference), or None."""
    for value in _candidates(field):
        try:
            check_field(field, value)
        except InvalidAnswerError:
            continue
        return value
    return None


def _candidates(field: Field) -> tuple[Any, ...]:
    if field.kind is Kind.CHOICES:
        values = [option.value for option in field.options]
        return (field.default, values[: max(1, field.min_length or 1)])
    if field.kind is Kind.FORM:
        made: dict[str, Any] = {}
        for inner in field.fields:
            if inner.required and is_shown(inner, made):
                made[inner.name] = example_of(inner)
        return (made,)
    options = (option.value for option in field.options)
    return (field.default, *options, *SAMPLES.get(field.kind, ()), *_near_bounds(field))


def _near_bounds(field: Field) -> tuple[Any, ...]:
    text = (field.placeholder, "x" * (field.min_length or 0))
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        bounds = (bound for bound in (field.minimum, field.maximum) if bound is not None)
        return tuple(int(b) if field.kind is Kind.INTEGER else b for b in bounds)
    return text if field.kind in (Kind.TEXT, Kind.LONG_TEXT) else ()


SAMPLES: Mapping[Kind, tuple[Any, ...]] = {
    Kind.CONFIRM: (True, False),
    Kind.TEXT: ("text",),
    Kind.LONG_TEXT: ("text",),
    Kind.INTEGER: (1, 0),
    Kind.NUMBER: (1, 0.5),
    Kind.DATE: ("2026-01-31",),
    Kind.PATH: ("./file",),
    Kind.SECRET: ("env:NAME",),
    Kind.JSON: ({}, [], "text", 1, True),
    Kind.ANY: ("text",),
}


def answer_schema(question: Question) -> dict[str, Any] | None:
    """Return the JSON Schema of the answer that is published; None where anything goes.

    It is the graph's own where there is one, else derived from what was recognised.
    """
    field = question.field
    if field.schema is not None:
        return dict(question.schema)
    if field.options:
        return {"enum": [option.value for option in field.options]}
    return dict(TYPES.get(field.kind, {})) or None


TYPES: Mapping[Kind, dict[str, Any]] = {
    Kind.CONFIRM: {"type": "boolean"},
    Kind.TEXT: {"type": "string"},
    Kind.LONG_TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.PATH: {"type": "string"},
    Kind.SECRET: {"type": "string", "writeOnly": True},
}

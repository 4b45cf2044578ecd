"""An answer fits its question, or is refused with what would fit. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from graphcli.deferred import later
from graphcli.engine.resuming.question import Field, Kind, Question
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidAnswerError, did_you_mean
from graphcli.prompts.checking import check_field, is_shown
from graphcli.prompts.reading import find_option, quoted, read, refuse
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.prompts import forms
else:
    forms = later("graphcli.prompts.forms")

#: A payload may ask for a text of a million characters: nobody wants to see an example of it.
_LONGEST_EXAMPLE = 1_000

#: Kinds whose value is the text itself, so that `--text` says nothing new.
VERBATIM = {Kind.TEXT, Kind.LONG_TEXT, Kind.DATE, Kind.PATH, Kind.ANY}
#: Kinds whose value is no text, so that a text can only be the spelling of one.
WRITTEN = {Kind.CONFIRM, Kind.INTEGER, Kind.NUMBER, Kind.CHOICES}

_NOTHING: Final[Mapping[str, Any]] = {}


def fit(question: Question, text: str, *, as_text: bool = False) -> Any:
    """Return the checked answer that `text` stands for (`--value`, `--answer`).

    The declared kind decides how it is read: text, choice, path and date verbatim, confirm as
    yes/no/true/false in any case, a whole number as digits (no `1e3`, no `1_000`, no `1.0`), a
    number as decimal digits with an optional exponent, several choices as a JSON list or with
    commas, a form as JSON, or as the word that answers its lead. Only where nothing was declared it
    is JSON, else text.
    `as_text` (`--text`) never parses.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    with _helping(question):
        return _checked(question.field, _read(question.field, text, as_text=as_text))


def fit_field(question: Question, name: str, text: str, *, as_text: bool = False) -> Any:
    """Return the value of the one field `name` of a form, read from `text`.

    It is checked on its own; what it has to do with other fields is checked by `check`, once
    they are all there.

    Raises:
        InvalidAnswerError: the question has no such field, or the value does not fit it.
    """
    with _helping(question):
        return _read(_field_named(question, name), text, as_text=as_text)


def field_data(question: Question, name: str, value: Any) -> Any:
    """Return the value of the one field `name` that a value from a file stands for.

    As with `fit_field` it is checked once all are there, by `check_named` or `fit_data`.

    Raises:
        InvalidAnswerError: the question has no such field, or a text is not read as its value.
    """
    with _helping(question):
        return _understood(_field_named(question, name), value)


def _field_named(question: Question, name: str) -> Field:
    fields = {field.name: field for field in question.field.fields if field.asked}
    if name not in fields:
        hint = did_you_mean(name, fields) or "; " + (
            f"known: {', '.join(fields)}" if fields else "the question is one value"
        )
        raise InvalidAnswerError(
            f"`{safe_line(name, 60)}` is no field of the question at `{question.path}`"
            f"{safe_line(hint, 200)}",
            field=name,
        )
    return fields[name]


def fit_data(question: Question, value: Any, instead: Mapping[str, Any] = _NOTHING) -> Any:
    """Return the checked answer that a value from a file stands for, defaults filled in.

    A text where the question takes no text is read as `fit` reads it: `yes`, `"42"`. `instead`
    are values of single fields, by name, that take the place of what a form says of them.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    field = question.field
    with _helping(question):
        if field.kind is Kind.FORM:
            return forms.check_form(field, value, instead, _check_written)
        return _check_written(field, value)


def check(question: Question, value: Any) -> Any:
    """Return `value` as it is delivered: checked, defaults of optional form fields filled in.

    A secret must be a reference (`env:NAME`, `file:/path`) and becomes a `Secret`.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    with _helping(question):
        return _checked(question.field, value)


def check_named(question: Question, values: Mapping[str, Any]) -> Any:
    """Return what the values of single fields, by name, become when they are delivered.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    with _helping(question):
        return forms.check_fields(question.field, values)


@contextmanager
def _helping(question: Question) -> Iterator[None]:
    """Give a refusal an answer that would fit, where it has no remedy or names no field."""
    try:
        yield
    except InvalidAnswerError as error:
        told = "for example" in error.remedy or "one of" in error.message
        if not error.remedy or not (told or error.field):
            example = _example_for(question.field, error.field)
            error.remedy = f"{error.remedy}\n{example}".strip()
        raise


def _example_for(asked: Field, name: str) -> str:
    field = next((f for f in asked.fields if f.asked and f.name == name), asked)
    sample = None if field.options else example_of(field)  # a refusal lists the options itself
    return "" if sample is None else f"for example {quoted(sample, 200)}"


def _checked(field: Field, value: Any) -> Any:
    return forms.check_form(field, value) if field.kind is Kind.FORM else check_field(field, value)


def _read(field: Field, text: str, *, as_text: bool) -> Any:
    return _verbatim(field, text) if as_text else read(field, text)


def _check_written(field: Field, value: Any, before: Mapping[str, Any] = _NOTHING) -> Any:
    return check_field(field, _understood(field, value), before)


def _understood(field: Field, value: Any) -> Any:
    return read(field, value) if isinstance(value, str) and field.kind in WRITTEN else value


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
            _checked(field, value)
        except InvalidAnswerError:
            continue
        return value
    return None


def _candidates(field: Field) -> tuple[Any, ...]:
    if field.kind is Kind.CHOICES:
        values = [option.value for option in field.options]
        return (field.default, values[: max(1, field.min_length or 1)])
    if field.kind is Kind.FORM:
        return (_form_candidate(field),)
    options = (option.value for option in field.options)
    return (field.default, *options, *SAMPLES.get(field.kind, ()), *_near_bounds(field))


def _form_candidate(form: Field) -> Any:
    made: dict[str, Any] = {}
    for field in form.fields:
        if field.kind is Kind.FORM and is_shown(field, made):
            made[field.name] = {}
        elif (field.required or field.keeps) and is_shown(field, made):
            made[field.name] = field.default if field.keeps else example_of(field)
    return forms.packed(form, {name: item for name, item in made.items() if item is not UNSET})


def _near_bounds(field: Field) -> tuple[Any, ...]:
    text = (field.placeholder, "x" * min(field.min_length or 0, _LONGEST_EXAMPLE))
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
        return dict(field.schema if question.schema is None else question.schema)
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

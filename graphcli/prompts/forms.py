"""A form's answers are checked, by name or as the whole value that they become. PURE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from graphcli.engine.resuming.question import Field, Kind
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidAnswerError, did_you_mean
from graphcli.prompts.checking import check_field, is_shown, keep_schema
from graphcli.prompts.declared import is_extended
from graphcli.prompts.kinds import check_plain, needs
from graphcli.prompts.placing import Place, dig, left_over, pack, spell
from graphcli.prompts.reading import find_option, quoted, refuse
from graphcli.text import safe_line

Answers = Mapping[str, Any]
#: Checks the value of one field; the last are the answers of the fields before it.
Check = Callable[[Field, Any, Answers], Any]

_NOTHING: Final[Answers] = {}


def check_form(
    form: Field, value: Any, instead: Answers = _NOTHING, check: Check = check_field
) -> Any:
    """Return the whole `value` of a form: its fields in order and checked.

    Defaults of optional fields are filled in. In a form written in YAML each field has its key:
    null when it was hidden by `when` or left unanswered. Elsewhere an unanswered field is left
    out. A form with a lead also takes the one word that answers it. What is given `instead` by
    name takes the place of what the value says.

    Raises:
        InvalidAnswerError: for the first field that is wrong, with its name.
    """
    if form.lead and isinstance(value, str | bool):
        return check_fields(form, {form.lead: _lead_said(form, value), **instead}, check)
    given = _container(form, value)
    _keep_names(form, given)
    answers: dict[str, Any] = {}
    for field in form.fields:
        named = field.name in instead
        item = instead[field.name] if named else dig(given, field.where)
        answers[field.name] = _answer(field, item, answers, check, whole=not named)
    return _finished(form, answers, given)


def check_fields(form: Field, given: Answers, check: Check = check_field) -> Any:
    """Return the value that the answers of single fields, by name, become.

    What was not given keeps its place: the default of a field that `keeps` it. A lead that has
    a default, as `accept`, is that where only other fields were given.

    Raises:
        InvalidAnswerError: for the first field that is wrong, with its name.
    """
    if lead := lead_of(form):
        said = {} if lead.default is UNSET else {lead.name: lead.default}
        given = {**said, **given}
    answers: dict[str, Any] = {}
    for field in form.fields:
        item = given.get(field.name, UNSET)
        answers[field.name] = _answer(field, item, answers, check, whole=False)
    return _finished(form, answers, {})


def lead_of(form: Field) -> Field | None:
    """Return the field of a form that one word answers, None where there is none."""
    return next((field for field in form.fields if field.name == form.lead), None)


def _lead_said(form: Field, value: str | bool) -> Any:
    lead = lead_of(form)
    assert lead is not None  # noqa: S101 - `lead` names one of the fields.
    word = value if isinstance(value, str) else "yes" if value else "no"
    return find_option(lead, word)


def _answer(field: Field, value: Any, before: Answers, check: Check, *, whole: bool) -> Any:
    if not is_shown(field, before):
        # In a whole value another field may have the same place; what has none is seen later.
        if value is not UNSET and value is not None and not (whole and field.after):
            _refuse_hidden(field)
        return UNSET
    if value is UNSET and _takes_default(field, whole=whole):
        value = field.default
    if value is UNSET or (value is None and not field.required):
        if field.required:
            refuse(field, "is missing", needs(field))
        # A null that was written is kept only where the schema knows it.
        return UNSET if value is UNSET else None
    if field.kind is Kind.FORM:
        _container(field, value)
        return {}
    return check(field, value, before)


def _takes_default(field: Field, *, whole: bool) -> bool:
    # Where an answer is required a default is an offer, not an answer.
    return not whole if field.keeps else not field.required


def _refuse_hidden(field: Field) -> NoReturn:
    among = " or ".join(quoted(item, 30) for item in field.among)
    why = f"`{field.after}` is {among}" if field.after else quoted(field.when)
    name = safe_line(field.name, 60)
    refuse(field, f"is not asked for here (only when {why})", f"leave `{name}` out")


def _finished(form: Field, answers: Answers, given: Any) -> Any:
    """Return the answers in their places, with what else was given, held against the schemas."""
    made = packed(form, answers)
    rest = [(place, check_plain(form, item)) for place, item in left_over(given, made)]
    if form.lead and rest:
        _refuse_place(rest[0][0])
    _keep_objects(form, answers, made)
    whole = pack(rest, whole=made)
    _keep_form_schema(form, whole, answers)
    if is_extended(form.schema):
        nulls = {name: None if item is UNSET else item for name, item in answers.items()}
        return pack(rest, whole=packed(form, nulls))
    return whole


def packed(form: Field, answers: Answers) -> Any:
    """Return the answers by name, those that there are, each in its place."""
    named = [(field, answers.get(field.name, UNSET)) for field in form.fields]
    parts = [(field.where, item) for field, item in named if item is not UNSET]
    return pack(parts, whole=[] if _is_list(form) else {})


def _is_list(form: Field) -> bool:
    """Return whether the form becomes a list."""
    return bool(form.fields) and isinstance(form.fields[0].where[0], int)


def _container(form: Field, value: Any) -> Any:
    if _is_list(form):
        if not isinstance(value, list | tuple):
            refuse(form, f"is {quoted(value)}; it must be a JSON list")
    elif not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        refuse(form, f"is {quoted(value)}; it must be a JSON object", _fields_of(form))
    return value


def _fields_of(form: Field) -> str:
    if form.lead or not form.fields:
        return ""
    return "its fields: " + ", ".join(f"`{safe_line(f.name, 40)}`" for f in form.fields[:8])


def _keep_names(form: Field, given: Any) -> None:
    known = list(dict.fromkeys(str(field.where[0]) for field in form.fields))
    closed = is_extended(form.schema) or (form.schema or {}).get("additionalProperties") is False
    for key in given if closed and isinstance(given, Mapping) else ():
        if key not in known:
            hint = did_you_mean(key, known) or f"; known: {', '.join(known[:8])}"
            raise InvalidAnswerError(
                f"{quoted(key)} is no field of this question{safe_line(hint, 200)}", "", key
            )


def _refuse_place(place: Place) -> NoReturn:
    where = safe_line(spell(place), 80)
    raise InvalidAnswerError(f"`{where}` has no place in this answer", field=where)


def _keep_objects(form: Field, answers: Answers, made: Any) -> None:
    for field in form.fields:
        if (
            field.kind is Kind.FORM
            and field.schema is not None
            and answers[field.name] is not UNSET
        ):
            place = field.where
            secret = any(f.kind is Kind.SECRET and _under(f.where, place) for f in form.fields)
            if not secret:  # references are none of the schema's business
                keep_schema(field, field.schema, dig(made, place))


def _under(place: Place, other: Place) -> bool:
    return place[: len(other)] == other


def _keep_form_schema(form: Field, value: Any, answers: Answers) -> None:
    if form.schema is None:
        return
    # References to secrets and answers that were not asked for are none of the schema's business.
    secret = {field.where for field in form.fields if field.kind is Kind.SECRET}
    if any(len(place) > 1 for place in secret):
        return
    if not isinstance(value, dict):
        keep_schema(form, form.schema, value)
        return
    unasked = {f.where for f in form.fields if answers[f.name] is UNSET}
    required = [k for k in form.schema.get("required", ()) if (k,) not in secret | unasked]
    seen = {key: item for key, item in value.items() if (key,) not in secret}
    if is_extended(form.schema):
        seen = {key: item for key, item in seen.items() if item is not None}
    keep_schema(form, {**form.schema, "required": required}, seen)

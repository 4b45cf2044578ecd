"""A finished value is checked: kind, rules, JSON Schema, expressions. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcli.engine.model import UNSET, Secret
from graphcli.engine.question import Field, Kind
from graphcli.errors import InvalidAnswerError, did_you_mean
from graphcli.expressions import Expression, ExpressionError
from graphcli.prompts.declared import is_extended
from graphcli.prompts.kinds import KINDS, check_plain, needs
from graphcli.prompts.reading import quoted, refuse
from graphcli.schema import BadSchemaError, problems
from graphcli.text import safe_line


def check_field(field: Field, value: Any, names: Mapping[str, Any] | None = None) -> Any:
    """Return `value`, checked for one field; `names` are the answers of the fields before it.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    if value is None and not field.required:
        return None
    checked = (
        check_form(field, value) if field.kind is Kind.FORM else KINDS[field.kind](field, value)
    )
    _keep_schema(field, checked)
    _keep_expression(field, checked, names or {})
    return checked


def check_form(form: Field, value: Any) -> dict[str, Any]:
    """Return the fields of a form, in order and checked, defaults of optional ones filled in.

    In a form written in YAML each field has its key: null when it was hidden by `when` or left
    unanswered. Elsewhere an unanswered field is left out.

    Raises:
        InvalidAnswerError: for the first field that is wrong, with its name.
    """
    given = _object(form, value)
    _keep_names(form, given)
    answers: dict[str, Any] = {}
    for field in form.fields:
        answers[field.name] = _answer(field, given, answers)
    rest = {key: check_plain(form, item) for key, item in given.items() if key not in answers}
    full = {key: item for key, item in answers.items() if item is not UNSET}
    _keep_form_schema(form, {**full, **rest}, answers)
    if is_extended(form.schema):
        return {key: None if item is UNSET else item for key, item in answers.items()} | rest
    return {**full, **rest}


def is_shown(field: Field, names: Mapping[str, Any]) -> bool:
    """Return whether `when` lets the field be asked; one that cannot be evaluated hides nothing."""
    if not field.when:
        return True
    try:
        return bool(evaluate(field.when, names))
    except ExpressionError:
        return True


def evaluate(source: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression over `names`, unanswered ones being null.

    Raises:
        ExpressionError: it is wrong, or the values do not fit it.
    """
    known = {key: None if item is UNSET else item for key, item in names.items()}
    return Expression.parse(source, tuple(known)).evaluate(known)


def _answer(field: Field, given: Mapping[str, Any], before: Mapping[str, Any]) -> Any:
    if not is_shown(field, before):
        if given.get(field.name) is not None:
            why = f"is not asked for here (only when {quoted(field.when)})"
            refuse(field, why, f"leave `{safe_line(field.name, 60)}` out")
        return UNSET
    value = given.get(field.name, UNSET)
    if value is UNSET and not field.required:
        value = field.default  # where an answer is required a default is an offer, not an answer
    if value is UNSET or (value is None and not field.required):
        if field.required:
            refuse(field, "is missing", needs(field))
        # A null that was written is kept only where the schema knows it.
        return UNSET if value is UNSET else None
    return check_field(field, value, before)


def _object(form: Field, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        names = ", ".join(f"`{safe_line(f.name, 40)}`" for f in form.fields[:8])
        refuse(form, f"is {quoted(value)}; it must be a JSON object", f"its fields: {names}")
    return value


def _keep_names(form: Field, given: Mapping[str, Any]) -> None:
    known = [field.name for field in form.fields]
    closed = is_extended(form.schema) or (form.schema or {}).get("additionalProperties") is False
    for key in given:
        if closed and key not in known:
            hint = did_you_mean(key, known) or f"; known: {', '.join(known[:8])}"
            raise InvalidAnswerError(
                f"{quoted(key)} is no field of this question{safe_line(hint, 200)}", "", key
            )


def _keep_form_schema(form: Field, value: dict[str, Any], answers: Mapping[str, Any]) -> None:
    if form.schema is None:
        return
    # References to secrets and answers that were not asked for are none of the schema's business.
    secret = {field.name for field in form.fields if field.kind is Kind.SECRET}
    unasked = {key for key, item in answers.items() if item is UNSET}
    required = [name for name in form.schema.get("required", ()) if name not in secret | unasked]
    seen = {key: item for key, item in value.items() if key not in secret}
    if is_extended(form.schema):
        seen = {key: item for key, item in seen.items() if item is not None}
    _keep(form, {**form.schema, "required": required}, seen)


def _keep_schema(field: Field, value: Any) -> None:
    # A form has been held against its schema already, and a secret is only a reference here.
    if field.schema is not None and field.kind not in (Kind.SECRET, Kind.FORM):
        _keep(field, field.schema, value)


def _keep(field: Field, schema: Mapping[str, Any], value: Any) -> None:
    try:
        found = problems(schema, value)
    except BadSchemaError as error:
        refuse(field, f"cannot be checked: {safe_line(error.message.splitlines()[0], 200)}")
    if not found:
        return
    first = found[0]
    path = [field.name, *map(str, first.path)] if field.name else [str(p) for p in first.path]
    where = ".".join(path)
    place = f"`{safe_line(where, 80)}`" if where else "the answer"
    raise InvalidAnswerError(
        f"{place} breaks the rule `{first.keyword}`: {safe_line(first.message, 200)}",
        needs(field),
        where,
    )


def _keep_expression(field: Field, value: Any, names: Mapping[str, Any]) -> None:
    if not field.validate or isinstance(value, Secret):
        return
    try:
        good = bool(evaluate(field.validate, {**names, "value": value}))
    except ExpressionError as error:
        refuse(
            field, f"cannot be checked by {quoted(field.validate)}: {safe_line(str(error), 200)}"
        )
    if not good:
        refuse(field, f"is {quoted(value)}; it must satisfy {quoted(field.validate, 120)}")

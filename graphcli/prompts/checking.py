"""A finished value is checked: kind, rules, JSON Schema, expressions. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from graphcli.deferred import later
from graphcli.engine.resuming.question import Field, Kind
from graphcli.engine.values.model import UNSET, Secret
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.habits import same
from graphcli.prompts.kinds import FORMATTED, KINDS, needs
from graphcli.prompts.reading import quoted, refuse
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli import expressions
    from graphcli import schema as json_schema
else:
    json_schema = later("graphcli.schema")
    expressions = later("graphcli.expressions")


def check_field(field: Field, value: Any, names: Mapping[str, Any] | None = None) -> Any:
    """Return `value`, checked for one field; `names` are the answers of the fields before it.

    A form is the work of `forms`.

    Raises:
        InvalidAnswerError: naming the field, the rule, and what would fit.
    """
    if value is None and not field.required:
        return None
    checked = KINDS[field.kind](field, value)
    _keep_schema(field, checked)
    _keep_expression(field, checked, names or {})
    return checked


def is_shown(field: Field, names: Mapping[str, Any]) -> bool:
    """Return whether the answers before it let the field be asked.

    A `when` that cannot be evaluated hides nothing.
    """
    if field.after and not any(same(names.get(field.after), item) for item in field.among):
        return False
    if not field.when:
        return True
    try:
        return bool(evaluate(field.when, names))
    except expressions.ExpressionError:
        return True


def evaluate(source: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression over `names`, unanswered ones being null.

    Raises:
        ExpressionError: it is wrong, or the values do not fit it.
    """
    known = {key: None if item is UNSET else item for key, item in names.items()}
    return expressions.Expression.parse(source, tuple(known)).evaluate(known)


def _keep_schema(field: Field, value: Any) -> None:
    # A secret is only a reference here.
    if field.schema is not None and field.kind is not Kind.SECRET:
        keep_schema(field, field.schema, value)


def keep_schema(field: Field, schema: Mapping[str, Any], value: Any) -> None:
    """Raise InvalidAnswerError for the first rule of `schema` that `value` breaks."""
    try:
        found = json_schema.problems(schema, value)
    except json_schema.BadSchemaError as error:
        refuse(field, f"cannot be checked: {safe_line(error.message.splitlines()[0], 200)}")
    if not found:
        return
    first = found[0]
    path = [field.name, *map(str, first.path)] if field.name else [str(p) for p in first.path]
    where = ".".join(path)
    place = f"`{safe_line(where, 80)}`" if where else "the answer"
    # What is said of a format ends with its name: `"x" is not a "email"`.
    if first.keyword == "format" and (known := FORMATTED.get(first.message.split('"')[-2])):
        wrong = quoted(reduce(getitem, first.path, value))
        raise InvalidAnswerError(
            f"{place} is {wrong}; it must be {known[0]}", f"for example `{known[1]}`", where
        )
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
    except expressions.ExpressionError as error:
        refuse(
            field, f"cannot be checked by {quoted(field.validate)}: {safe_line(str(error), 200)}"
        )
    if not good:
        refuse(field, f"is {quoted(value)}; it must satisfy {quoted(field.validate, 120)}")

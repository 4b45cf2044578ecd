"""Checks of inputs and of the fields of a question: names, types, choices, defaults, rules."""

from __future__ import annotations

import datetime
import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphcli.dataclass import replace
from graphcli.errors import did_you_mean
from graphcli.expressions import Expression, ExpressionError
from graphcli.hidden import REFERENCES, is_reference
from graphcli.loaders.yaml.findings import Finding, from_expression
from graphcli.loaders.yaml.positions import Document, Path
from graphcli.loaders.yaml.scalars import looks_boolean
from graphcli.loaders.yaml.words import field_kind

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
#: Names that mean something else in a field's own expressions.
_TAKEN: Final = frozenset(("value", "true", "false", "null", "none"))
_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "path": (str,),
    "date": (str,),
    "choice": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
}
_WORDS: Final = {
    "text": "text", "path": "text", "choice": "text", "date": "a date as text (`2026-01-31`)",
    "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "list": "a list", "map": "a mapping",
}  # fmt: skip


def check_name(path: Path, taken: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Yield what is wrong with the last key of `path` as a name in expressions."""
    name = str(path[-1])
    if not _NAME.fullmatch(name):
        yield Finding(
            path, f"`{name}` is no name: letters, digits and `_`, a letter first", key=True
        )
    elif keyword.iskeyword(name):
        yield Finding(path, f"`{name}` is a word of the expression language", key=True)
    elif name in taken:
        yield Finding(path, f"the name `{name}` is taken", key=True)


def fits(kind: str, value: Any) -> bool:
    """Return whether `value` is of the type that the YAML calls `kind`."""
    if kind not in _PYTHON:
        return True
    if isinstance(value, bool) and kind != "boolean":
        return False
    return _is_date(value) if kind == "date" else isinstance(value, _PYTHON[kind])


def python_type(kind: str) -> Any:
    """Return the Python type of the values of `kind`."""
    return _PYTHON.get(kind, (Any,))[-1]


def type_words(kind: str) -> str:
    """Return what a person calls the values of `kind`."""
    return _WORDS[kind]


def check_fields(
    document: Document, path: Path, fields: Mapping[str, Any], *, templates: bool
) -> Iterator[Finding]:
    """Yield what is wrong with `fields`; with `templates` a default may hold `{{ }}`."""
    before: list[str] = []
    secrets = {name for name, field in fields.items() if field_kind(field) == "secret"}
    for name, field in fields.items():
        here = (*path, name)
        yield from check_name(here, _TAKEN)
        yield from _check_choices(document, here, field)
        yield from _check_fit(here, field)
        if field_kind(field) == "secret":
            yield from _check_secret(here, field, offers=not templates)
        elif "default" in field and not (templates and _is_template(field["default"])):
            yield from _check_default(document, here, field)
        for rule, names in (("when", before), ("validate", [*before, "value"])):
            yield from _check_rule((*here, rule), field.get(rule), names, secrets)
        before.append(name)


def _check_secret(path: Path, field: Mapping[str, Any], *, offers: bool) -> Iterator[Finding]:
    """Yield what is wrong with a secret; an input `offers` a reference where none is given."""
    if "default" in field and not offers:
        yield Finding((*path, "default"), "a secret that a person is asked for has no default")
    elif not is_reference(field.get("default", "env:NAME")):
        yield Finding((*path, "default"), f"a secret is never written out; give {REFERENCES}")
    if "validate" in field:
        yield Finding((*path, "validate"), "no rule sees a secret", key=True)


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and "{{" in value


def _check_choices(document: Document, path: Path, field: Mapping[str, Any]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, choice in enumerate(field.get("choices", ())):
        here = (*path, "choices", index)
        if not isinstance(choice, str) or _is_ambiguous(document, here, choice):
            raw = document.raw(here)
            quoted = f'; write `"{raw}"`' if isinstance(choice, str | int | float) else ""
            yield Finding(here, f"a choice is text{quoted}")
        elif choice in seen:
            yield Finding(here, f"`{choice}` is given twice")
        elif not choice.strip():
            yield Finding(here, "a choice is not empty")
        if isinstance(choice, str):
            seen.add(choice)


def _is_ambiguous(document: Document, path: Path, text: str) -> bool:
    return document.at(path).plain and looks_boolean(text)


def _check_fit(path: Path, field: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield keys of `field` that contradict each other."""
    kind, has_choices = field_kind(field), "choices" in field
    if kind == "choice" and not has_choices:
        yield Finding(path, "a choice needs `choices`", key=True)
    if has_choices and kind != "choice":
        yield Finding((*path, "type"), f"with `choices` the type is `choice`, not `{kind}`")
    if field.get("multiselect") and not has_choices:
        yield Finding((*path, "multiselect"), "`multiselect` needs `choices`", key=True)
    if field.get("multiline") and kind != "text":
        yield Finding((*path, "multiline"), f"`multiline` is for text, not `{kind}`", key=True)


def _check_default(document: Document, path: Path, field: Mapping[str, Any]) -> Iterator[Finding]:
    kind, default, here = field_kind(field), field["default"], (*path, "default")
    if default is None:
        if field.get("required"):
            yield Finding(here, "what is required cannot be null")
        return
    if field.get("multiselect"):
        yield from _check_selection(here, default, field)
    elif not fits(kind, default):
        yield Finding(here, f"must be {type_words(kind)}{_quotes(document, here, kind, default)}")
    elif kind == "choice" and default not in field.get("choices", ()):
        yield Finding(here, _no_choice(default, field))


def _check_selection(path: Path, default: Any, field: Mapping[str, Any]) -> Iterator[Finding]:
    if not isinstance(default, list):
        yield Finding(path, "must be a list of choices, because of `multiselect`")
        return
    for index, item in enumerate(default):
        if item not in field.get("choices", ()):
            yield Finding((*path, index), _no_choice(item, field))


def _no_choice(value: Any, field: Mapping[str, Any]) -> str:
    known = [choice for choice in field.get("choices", ()) if isinstance(choice, str)]
    near = did_you_mean(str(value), known) or f"; the choices are {', '.join(known)}"
    return f"`{value}` is not among the choices{near}"


def _quotes(document: Document, path: Path, kind: str, value: Any) -> str:
    literal = _PYTHON[kind] == (str,) and isinstance(value, int | float)
    return f'; write `"{document.raw(path)}"`' if literal else ""


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _check_rule(
    path: Path, source: str | None, names: list[str], secrets: set[str]
) -> Iterator[Finding]:
    if source is None:
        return
    # A secret could be told by rules, one comparison at a time.
    for seen in (names, [name for name in names if name not in secrets]):
        try:
            Expression.parse(source, seen)
        except ExpressionError as error:
            found = from_expression(path, error)
            yield found if seen is names else replace(found, message="no rule sees a secret")
            return

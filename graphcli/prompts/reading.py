"""Text becomes a value, by the kind that was declared. PURE; the rules are checked elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import isfinite
from typing import Any, NoReturn

from graphcli.engine.resuming.question import Field, Kind
from graphcli.engine.values.model import Secret
from graphcli.errors import InvalidAnswerError, did_you_mean
from graphcli.hidden import is_reference
from graphcli.prompts.habits import label_of, same
from graphcli.text import safe_line

YES = {"yes": True, "true": True, "y": True}
NO = {"no": False, "false": False, "n": False}
TRUTHS = {**YES, **NO}
#: Where no kind is declared these mean text to Python and a decision to a person.
AMBIGUOUS = {"yes": "true", "y": "true", "no": "false", "n": "false"}

#: No exponent and no separators in a whole number: `1e3` is a number, `1_000` neither.
_INTEGER = r"[+-]?[0-9]+"
_NUMBER = r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
#: More digits than any number in use; Python itself refuses far longer ones with a ValueError.
MAX_DIGITS = 300
#: A JSON number may be longer: a graph computed it, and it comes back as it was.
MAX_JSON_DIGITS = 4_000


def name_of(field: Field) -> str:
    """Return how messages call the field: its name in backticks, or `the answer`."""
    return f"`{safe_line(field.name, 60)}`" if field.name else "the answer"


def refuse(field: Field, rule: str, remedy: str = "") -> NoReturn:
    """Raise InvalidAnswerError that names the field and the rule it breaks."""
    raise InvalidAnswerError(f"{name_of(field)} {rule}", remedy, field.name)


def quoted(value: Any, width: int = 60) -> str:
    """Return a value in backticks for a message: text as it is, else JSON; safe and short."""
    if isinstance(value, str):
        return f"`{safe_line(value, width)}`"
    try:
        return f"`{safe_line(json.dumps(value, ensure_ascii=False, default=str), width)}`"
    except (ValueError, RecursionError, TypeError):  # circles, huge numbers, keys of any type
        return f"`{type(value).__name__}`"


def read(field: Field, text: str) -> Any:
    """Return the value that `text` stands for in a field of this kind, not yet checked.

    Raises:
        InvalidAnswerError: the text is no value of this kind.
    """
    return READERS[field.kind](field, text)


def parse_json(text: str) -> Any:
    """Return the JSON value in `text`; NaN, Infinity and a key written twice are not JSON.

    Raises:
        ValueError: it is not JSON, or too deep or too long to be read.
    """
    try:
        return json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_once,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def find_option(field: Field, text: str) -> Any:
    """Return the value of the option that `text` names: by its value, its label, another word.

    Raises:
        InvalidAnswerError: no option is called so; the near miss is named.
    """
    for called in (lambda option: option.value, spell, lambda option: option.label):
        for option in field.options:
            if called(option) == text:
                return option.value
    for option in field.options:
        if text.strip().lower() in option.aliases:
            return option.value
    return refuse_option(field, text)


def refuse_option(field: Field, value: Any) -> NoReturn:
    """Raise InvalidAnswerError for a value that is none of the options."""
    known = [spell(option) for option in field.options]
    shown = safe_line(", ".join(known), 200)
    near = did_you_mean(value, known) if isinstance(value, str) else ""
    refuse(field, f"is {quoted(value)}; it must be one of {shown}{safe_line(near, 80)}")


def spell(option: Any) -> str:
    """Return how an option's value is written on the command line."""
    return option.value if isinstance(option.value, str) else label_of(option.value)


def find_value(field: Field, value: Any) -> bool:
    """Return whether `value` is the value of one of the options."""
    return any(same(option.value, value) for option in field.options)


def _text(_: Field, text: str) -> str:
    return text


def _confirm(field: Field, text: str) -> bool:
    answer = TRUTHS.get(text.strip().lower())
    if answer is None:
        refuse(field, f"is {quoted(text)}; it must be yes or no", "write `yes` or `no`")
    return answer


def _integer(field: Field, text: str) -> int:
    digits = text.strip()
    if not re.fullmatch(_INTEGER, digits) or len(digits) > MAX_DIGITS:
        comma = " without commas" if "," in text else ""
        refuse(field, f"is {quoted(text)}; it must be a whole number{comma}", "for example `42`")
    return int(digits)


def _number(field: Field, text: str) -> int | float:
    digits = text.strip()
    if not re.fullmatch(_NUMBER, digits) or len(digits) > MAX_DIGITS or not isfinite(float(digits)):
        comma = " with a point, not a comma" if "," in text else ""
        refuse(field, f"is {quoted(text)}; it must be a number{comma}", "for example `42` or `0.5`")
    return int(digits) if re.fullmatch(_INTEGER, digits) else float(digits)


def _choices(field: Field, text: str) -> list[Any]:
    if text.strip().startswith("["):
        items = _as_json(field, text)
        return [_chosen(field, item) for item in items]
    names = [name.strip() for name in text.split(",")]
    return [find_option(field, name) for name in names if name]


def _chosen(field: Field, item: Any) -> Any:
    if find_value(field, item) or not isinstance(item, str):
        return item
    return find_option(field, item)


def _form(field: Field, text: str) -> Any:
    word = field.lead and not text.lstrip().startswith(("{", "["))
    return text if word else _as_json(field, text)


def _as_json(field: Field, text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError as error:
        what = "a JSON object" if field.kind is Kind.FORM else "JSON"
        refuse(field, f"must be {what}: {safe_line(str(error), 120)}", 'for example `{"key": 1}`')


def _secret(field: Field, text: str) -> Secret:
    return secret_of(field, text)


def secret_of(field: Field, value: Any) -> Secret:
    """Return the reference to a secret; a secret written out is refused, and not repeated."""
    if isinstance(value, Secret):
        return value
    if is_reference(value):
        return Secret(value)
    refuse(
        field,
        "is a secret and cannot be written out here, where others may see it",
        "write `env:NAME` for a variable or `file:/whole/path` for a file that holds it",
    )


def loose(field: Field, text: str) -> Any:
    """Return JSON if `text` is JSON, else the text itself: for an answer of no declared kind.

    Raises:
        InvalidAnswerError: yes, no, y or n, which a graph may read either way.
    """
    word = text.strip().lower()
    if word in AMBIGUOUS:
        refuse(
            field,
            f"is {quoted(text)}, which can be a decision or a text",
            f"write `{AMBIGUOUS[word]}` for the decision or `'\"{word}\"'` for the text",
        )
    try:
        return parse_json(text)
    except ValueError:
        return text


READERS: dict[Kind, Callable[[Field, str], Any]] = {
    Kind.CONFIRM: _confirm,
    Kind.CHOICE: find_option,
    Kind.CHOICES: _choices,
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DATE: _text,
    Kind.PATH: _text,
    Kind.SECRET: _secret,
    Kind.FORM: _form,
    Kind.JSON: _as_json,
    Kind.ANY: loose,
}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int:
    # Python's own refusal speaks of a setting of Python.
    if len(digits) > MAX_JSON_DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits, more than {MAX_JSON_DIGITS:,}")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise ValueError(f"{safe_line(digits, 60)} is too large")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is written twice")
    return found

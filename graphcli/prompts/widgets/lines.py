"""Answers typed on one line: text, numbers, dates, paths, and whatever was not said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.resuming.question import Field, Kind
from graphcli.engine.values.model import UNSET
from graphcli.prompts.keys import COMPLETE, EDIT_LINE
from graphcli.prompts.reading import AMBIGUOUS, parse_json, read
from graphcli.prompts.widgets.base import Ask, as_text
from graphcli.prompts.widgets.dates import DATE_FORMAT, date_of
from graphcli.prompts.widgets.editor import EditorError, edit
from graphcli.prompts.widgets.lists import pick
from graphcli.prompts.widgets.paths import Completion, absent, missing
from graphcli.prompts.widgets.typed import Line, typed_in
from graphcli.text import safe_line, safe_text

FORMATS = {
    Kind.DATE: DATE_FORMAT,
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
}


def line(ask: Ask) -> Any:
    """Ask for one line and return its value; None for an optional field that was skipped.

    Where nobody said what kind of answer fits, a bare yes or no is asked about.
    """
    typed = _as_it_was(ask, typed_in(ask, _line(ask)))
    word = typed.strip().lower()
    value = _meant(ask, word) if _is_vague(ask, typed) else _value(ask, typed)
    ask.told(_shown(typed, value))
    return value


def _shown(typed: str, value: Any) -> str:
    if value is None and not typed:
        return "(skipped)"
    return value if isinstance(value, str) else typed


def _as_it_was(ask: Ask, typed: str) -> str:
    """The default itself, where it was sent as it was shown: shown, it is one safe line."""
    default = as_text(ask.default)
    return default if typed == _one_line(default) else typed


def _value(ask: Ask, typed: str) -> Any:
    if not typed and ask.optional:
        return None
    if ask.field.kind is Kind.DATE:
        return read(ask.field, date_of(typed))
    return read(ask.field, typed)


def _line(ask: Ask) -> Line:
    kind = ask.field.kind
    completion = Completion() if kind is Kind.PATH else None
    editable = kind in (Kind.TEXT, Kind.ANY)
    keys = [COMPLETE] if completion else [EDIT_LINE] if editable else []
    return Line(
        label=ask.label,
        hint=ask.hint(_shape(ask.field)),
        start=ask.draft.typed.get(ask.field.name, _one_line(as_text(ask.default))),
        placeholder=safe_line(ask.field.placeholder, 60),
        judge=lambda typed: _judge(ask, typed),
        help=safe_text(ask.field.help),
        told=_told(ask, completion),
        keys=tuple(keys),
        complete=completion,
        edit=_edited if editable else None,
    )


def _shape(field: Field) -> str:
    """Return in a word or two what is to be typed, where the label does not say it."""
    low, high = (None if b is None else f"{b:g}" for b in (field.minimum, field.maximum))
    if low and high:
        return f"{low} to {high}"
    if low or high:
        return f"{low} or more" if low else f"{high} or less"
    return FORMATS.get(field.kind, "") if field.label or field.kind is Kind.DATE else ""


def _told(ask: Ask, completion: Completion | None) -> Callable[[str], str]:
    """Return what to say under the line for what stands in it."""

    def told(typed: str) -> str:
        if completion is not None:
            return completion.offered(typed) or missing(typed)
        return _delivered(typed) if ask.field.kind is Kind.ANY else ""

    return told


def _one_line(text: str) -> str:
    # A newline in the line editor would be drawn as `^J` and sent on; long text has its own widget.
    return safe_text(text).replace("\n", " ")


def _judge(ask: Ask, typed: str) -> str:
    """Return why `typed` cannot be sent, empty if it can."""
    if not typed and ask.optional:
        return ""
    if not typed.strip():
        empty = ' · `""` is an empty text' if ask.field.kind is Kind.ANY else ""
        return f"an answer is needed{empty}"
    if ask.field.kind is Kind.PATH and (gone := absent(ask.field, typed)):
        return gone
    # What a yes or no means is asked next.
    return "" if _is_vague(ask, typed) else ask.verdict(lambda: _value(ask, typed))


def _edited(text: str) -> str:
    """Return the text after the editor; as it was where the editor failed."""
    try:
        return edit(text, ".md")
    except EditorError:
        return text


def _is_vague(ask: Ask, typed: str) -> bool:
    return ask.field.kind is Kind.ANY and typed.strip().lower() in AMBIGUOUS


def _delivered(typed: str) -> str:
    """Say under the line what the graph will get, where it is not the text as it stands."""
    if typed.strip().lower() in AMBIGUOUS:
        return "a decision or a text? Enter asks"
    value = loose_or_text(typed)
    return "" if value is typed else f"sent as {name(value)}, in quotes it stays text"


def loose_or_text(typed: str) -> Any:
    """Return JSON if `typed` is JSON, else `typed` itself (the same object)."""
    try:
        return parse_json(typed)
    except ValueError:
        return typed


def name(value: Any) -> str:
    """Return the name of a JSON value's type, as a person would say it."""
    names: dict[type, str] = {
        bool: "a decision",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
        str: "a text",
    }
    return names.get(type(value), "null")


def _meant(ask: Ask, word: str) -> Any:
    """Ask which of the two a bare yes or no means, showing what would be delivered."""
    decision = AMBIGUOUS[word]
    labels = [f"{decision} (a decision)", f'"{word}" (a text)']
    one = replace(ask, default=UNSET)
    return decision == "true" if pick(one, f"Send `{word}` as", labels) == 0 else word

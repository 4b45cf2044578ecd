"""Answers typed on one line: text, numbers, dates, paths, yes or no, and whatever was not said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphcli.engine.question import Kind
from graphcli.prompts.reading import AMBIGUOUS, parse_json, read
from graphcli.prompts.ui import style
from graphcli.prompts.widgets.base import Ask, as_text, hint
from graphcli.prompts.widgets.lists import pick
from graphcli.prompts.widgets.visible import visible
from graphcli.text import safe_line, safe_text

if TYPE_CHECKING:
    from questionary import Question as Prompt

FORMATS = {
    Kind.DATE: "YYYY-MM-DD",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
}


def line(ask: Ask) -> Any:
    """Ask for one line and return its value; None for an optional field that was skipped.

    Where nobody said what kind of answer fits, a bare yes or no is asked about.
    """
    typed = _as_it_was(ask, ask.run(_prompt(ask)))
    word = typed.strip().lower()
    if ask.field.kind is Kind.ANY and word in AMBIGUOUS:
        return _meant(ask, word)
    return _value(ask, typed)


def _as_it_was(ask: Ask, typed: str) -> str:
    """The default itself, where it was sent as it was shown: shown, it is one safe line."""
    default = as_text(ask.default)
    return default if typed == _one_line(default) else typed


def _value(ask: Ask, typed: str) -> Any:
    if not typed.strip() and ask.field.kind is Kind.CONFIRM and isinstance(ask.default, bool):
        return ask.default
    if not typed and ask.optional:
        return None
    return read(ask.field, typed)


def _prompt(ask: Ask) -> Prompt:
    import questionary

    make = questionary.path if ask.field.kind is Kind.PATH else questionary.text
    extra: dict[str, Any] = {"bottom_toolbar": _delivered} if ask.field.kind is Kind.ANY else {}
    if ask.field.kind is not Kind.PATH:
        extra["instruction"] = _instruction(ask) or None
        extra["placeholder"] = _placeholder(ask)
    return make(
        ask.label,
        default="" if ask.field.kind is Kind.CONFIRM else _one_line(as_text(ask.default)),
        validate=_validator(ask),
        validate_while_typing=False,
        qmark="?",
        style=style(),
        input_processors=[visible()],
        **extra,
    )


def _one_line(text: str) -> str:
    # A newline in the line editor would be drawn as `^J` and sent on; long text has its own widget.
    return safe_text(text).replace("\n", " ")


def _validator(ask: Ask) -> Callable[[str], bool | str]:
    def judge(typed: str) -> bool | str:
        if not typed and ask.optional:
            return True
        if not typed.strip() and ask.field.kind is not Kind.CONFIRM:
            empty = ' · `""` is an empty text' if ask.field.kind is Kind.ANY else ""
            return f"an answer is needed{empty}"
        if ask.field.kind is Kind.ANY and typed.strip().lower() in AMBIGUOUS:
            return True  # what it means is asked next
        return ask.verdict(lambda: _value(ask, typed))

    return judge


def _instruction(ask: Ask) -> str:
    if ask.field.kind is Kind.CONFIRM:
        shape = {True: "Y/n", False: "y/N"}.get(ask.default, "y/n")
        return hint(shape, ask.field.help, "optional" if ask.optional else "")
    shape = FORMATS.get(ask.field.kind, "")
    return hint(ask.field.help or shape, "optional" if ask.optional else "")


def _placeholder(ask: Ask) -> Any:
    text = safe_line(ask.field.placeholder, 60)
    return [("class:instruction", text)] if text else None


def _delivered() -> Any:
    """Say under the line what the graph will get, where it is not the text as it stands."""
    from prompt_toolkit.application import get_app

    typed = get_app().current_buffer.text
    if typed.strip().lower() in AMBIGUOUS:
        return "  a decision or a text? Enter asks"
    value = loose_or_text(typed)
    return None if value is typed else f"  sent as {name(value)}, in quotes it stays text"


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
    return decision == "true" if pick(ask, f"Send `{word}` as", labels) == 0 else word

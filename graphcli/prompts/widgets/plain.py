"""Questions line by line, for terminals that cannot move a cursor (`TERM=dumb`)."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from typing import Any

from graphcli.engine.resuming.question import Kind, Option
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.habits import same
from graphcli.prompts.labels import shown_labels
from graphcli.prompts.reading import read, spell
from graphcli.prompts.widgets.base import Ask, as_text, hint, reason
from graphcli.prompts.widgets.dates import DATE_FORMAT, date_of
from graphcli.prompts.widgets.secret import judge, taken
from graphcli.prompts.wrapping import GUTTER
from graphcli.text import safe_line


def plain(ask: Ask, labels: Sequence[str] = ()) -> Any:
    """Ask for one field in a line and return its value, again until it fits.

    `labels` are how its options are called, where these words are ours.

    Raises:
        EOFError: the person leaves with ^D.
    """
    labels = labels or shown_labels(ask.field.options)
    for number, (option, label) in enumerate(zip(ask.field.options, labels, strict=True), 1):
        leads = f"   {safe_line(option.leads)}" if option.leads else ""
        head = f"{number}. " if _numbers(ask) else ""
        _write(f"  {head}{safe_line(label, 200)}{leads}\n")
        if option.help:
            _write(f"     {GUTTER}{safe_line(option.help, 200)}\n")
    while True:
        try:
            return _value(ask)
        except InvalidAnswerError as error:
            _write(f"  {reason(error)}\n")


def _value(ask: Ask) -> Any:
    if ask.field.kind is Kind.SECRET:
        return _secret(ask)
    typed = _line(ask)
    if typed == "?":
        ask.tell_about()
        typed = _line(ask)
    if not typed and ask.default is not UNSET:
        return ask.check(ask.default)
    if not typed and ask.optional:
        return None
    if not typed.strip():
        raise InvalidAnswerError("an answer is needed", field=ask.field.name)
    return ask.check(_read(ask, typed))


def _read(ask: Ask, typed: str) -> Any:
    if ask.field.kind is Kind.CHOICE and (option := _numbered(ask, typed)) is not None:
        return option.value
    if ask.field.kind is Kind.CHOICES:
        return _several(ask, typed)
    return read(ask.field, date_of(typed) if ask.field.kind is Kind.DATE else typed)


def _several(ask: Ask, typed: str) -> Any:
    """The options that numbers or names with commas stand for, in the order of the options."""
    if typed.strip().startswith("["):
        return read(ask.field, typed)
    named = [name.strip() for name in typed.split(",") if name.strip()]
    found = [_numbered(ask, name) for name in named]
    values = [
        read(ask.field, name)[0] if option is None else option.value
        for name, option in zip(named, found, strict=True)
    ]
    order = [option.value for option in ask.field.options]
    return sorted(values, key=lambda value: next(i for i, o in enumerate(order) if same(o, value)))


def _numbered(ask: Ask, typed: str) -> Option | None:
    """The option with this number."""
    digits = typed.strip()
    options = ask.field.options
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    return options[number - 1] if 1 <= number <= len(options) and _numbers(ask) else None


def _numbers(ask: Ask) -> bool:
    """Whether options have numbers: where one is called `2`, its own name must not mean another."""
    options = ask.field.options
    return not any(name.strip().isdigit() for o in options for name in (spell(o), o.label))


def _secret(ask: Ask) -> Any:
    typed = getpass.getpass(_prompt(ask), stream=sys.stderr)
    verdict = judge(ask, typed)
    if verdict:
        raise InvalidAnswerError(verdict, field=ask.field.name)
    return taken(ask, typed)


def _prompt(ask: Ask) -> str:
    shapes = {
        Kind.CONFIRM: "y/n",
        Kind.CHOICES: f"{'numbers or ' if _numbers(ask) else ''}names, with commas",
        Kind.DATE: DATE_FORMAT,
    }
    known = "" if ask.default is UNSET else f"default {safe_line(as_text(ask.default), 40)}"
    optional = "optional" if ask.optional else ""
    said = hint(ask.field.help, shapes.get(ask.field.kind, ""), known, optional)
    return f"{ask.label}{' ' if said else ''}{said}: "


def _line(ask: Ask) -> str:
    """Return the next line that is typed after the prompt; EOFError at the end."""
    ask.terminal.forget_typed()
    _write(_prompt(ask))
    typed = sys.stdin.readline()
    if not typed:
        _write("\n")
        raise EOFError
    return typed.rstrip("\n")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()

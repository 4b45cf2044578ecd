"""Questions line by line, for terminals that cannot move a cursor (`TERM=dumb`)."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from graphcli.engine.model import UNSET
from graphcli.engine.question import Kind
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.reading import read
from graphcli.prompts.vault import keep
from graphcli.prompts.widgets.base import Ask, as_text, hint, reason
from graphcli.prompts.widgets.secret import judge
from graphcli.text import safe_line


def plain(ask: Ask) -> Any:
    """Ask for one field in a line and return its value, again until it fits.

    Raises:
        EOFError: the person leaves with ^D.
    """
    for number, option in enumerate(ask.field.options, 1):
        _write(f"  {number}. {safe_line(option.label, 200)}\n")
    while True:
        try:
            return _value(ask)
        except InvalidAnswerError as error:
            _write(f"  {reason(error)}\n")


def _value(ask: Ask) -> Any:
    if ask.field.kind is Kind.SECRET:
        return _secret(ask)
    typed = _line(_prompt(ask))
    if not typed and ask.default is not UNSET:
        return ask.check(ask.default)
    if not typed and ask.optional:
        return None
    if not typed.strip():
        raise InvalidAnswerError("an answer is needed", field=ask.field.name)
    return ask.check(_read(ask, typed))


def _read(ask: Ask, typed: str) -> Any:
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
    options = ask.field.options
    if ask.field.kind is Kind.CHOICE and 1 <= number <= len(options):
        return options[number - 1].value
    return read(ask.field, typed)


def _secret(ask: Ask) -> Any:
    typed = getpass.getpass(_prompt(ask), stream=sys.stderr)
    verdict = judge(ask, typed)
    if verdict is not True:
        raise InvalidAnswerError(str(verdict), field=ask.field.name)
    return keep(typed) if typed else None


def _prompt(ask: Ask) -> str:
    shapes = {Kind.CONFIRM: "y/n", Kind.CHOICES: "several with commas", Kind.DATE: "YYYY-MM-DD"}
    known = "" if ask.default is UNSET else f"default {safe_line(as_text(ask.default), 40)}"
    optional = "optional" if ask.optional else ""
    said = hint(ask.field.help, shapes.get(ask.field.kind, ""), known, optional)
    return f"{ask.label}{' ' if said else ''}{said}: "


def _line(prompt: str) -> str:
    """Return the next line typed after `prompt`; EOFError at the end."""
    _write(prompt)
    typed = sys.stdin.readline()
    if not typed:
        _write("\n")
        raise EOFError
    return typed.rstrip("\n")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()

"""A well-formed command line, understood without Typer: to import that costs more than a `list`.

What is not certain here is left to Typer, which prints help and says what is wrong: an unknown
flag, a value that does not fit, a flag given twice. So no message is written a second time. What
commands take is in `table.py`, which is made from Typer's application.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple

from graphcli.cli.table import COMMANDS, Parameter

_NUMBERS: Final = {"int": int, "float": float}


class Call(NamedTuple):
    """A command's function, as `module:name`, and the arguments that a command line gives it."""

    place: str
    given: dict[str, Any]


def understood(argv: Sequence[str]) -> Call | None:
    """Return what the command line means, or None where only Typer can tell."""
    if not argv or argv[0] not in COMMANDS:
        return None
    place, least, arguments, flags = COMMANDS[argv[0]]
    try:
        given, words = _read_flags(argv[1:], flags)
        _place_words(given, words, arguments, least)
    except (LookupError, ValueError):  # no such flag, no value, or one that does not fit
        return None
    return Call(place, given)


def load(place: str) -> Any:
    """Return what is called `name` in the module, for `module:name`."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _read_flags(
    argv: Sequence[str], flags: Mapping[str, Parameter]
) -> tuple[dict[str, Any], list[str]]:
    """Return what the flags say, by parameter, and the words that belong to none."""
    given: dict[str, Any] = {}
    words: list[str] = []
    rest = list(reversed(argv))
    while rest:
        word = rest.pop()
        if word == "--":
            return given, [*words, *reversed(rest)]
        if word == "-" or not word.startswith("-"):
            words.append(word)
        else:
            _read_flag(given, word, rest, flags)
    return given, words


def _read_flag(
    given: dict[str, Any], word: str, rest: list[str], flags: Mapping[str, Parameter]
) -> None:
    """Keep what a flag says: its value is attached to it, or the next word."""
    if word.startswith("--"):
        name, attached, value = word.partition("=")
    else:
        name, attached, value = word[:2], word[2:], word[2:]
    parameter, kind, more, many = flags[name]
    if kind != "switch":
        said = _value(value if attached else rest.pop(), kind, more)
    elif attached:
        raise ValueError
    else:
        said = True
    if many:
        given.setdefault(parameter, []).append(said)
    elif parameter in given:
        raise ValueError  # whether the last one counts is not for us to say
    else:
        given[parameter] = said


def _place_words(
    given: dict[str, Any], words: list[str], arguments: Sequence[Parameter], least: int
) -> None:
    """Keep the words as the arguments that they are, in their order."""
    if len(words) < least:
        raise ValueError
    for parameter, kind, more, many in arguments:
        taken = [_value(word, kind, more) for word in (words if many else words[:1])]
        del words[: len(taken)]
        if taken:
            given[parameter] = taken if many else taken[0]
    if words:
        raise ValueError


def _value(text: str, kind: str, more: Any) -> Any:
    """Return what `text` is to a parameter of this kind; `more` are its choices, or its minimum.

    Raises:
        ValueError: it does not fit.
    """
    if kind == "text":
        return text
    if kind == "choice":
        return more[more.index(text)]
    if kind == "enum":
        return load(more)(text)
    number = _NUMBERS[kind](text)
    if more is not None and number < more:
        raise ValueError
    return number

"""Answers picked from a list: one option, or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphcli.engine.model import UNSET
from graphcli.engine.question import Field, Kind, Option
from graphcli.prompts.habits import same
from graphcli.prompts.ui import POINTER, style
from graphcli.prompts.widgets.base import Ask, hint
from graphcli.prompts.widgets.plain import plain
from graphcli.text import safe_line

#: Beyond this many a list is searched by typing, not read.
READABLE = 10
SKIP = -1


def choice(ask: Ask) -> Any:
    """Let one option be picked and return its value; None for a skipped optional field."""
    options = ask.field.options
    picked = pick(
        ask,
        ask.label,
        [label(option) for option in options],
        helps=[option.help for option in options],
        default=_index(options, ask.default),
        skip="Skip" if ask.optional else "",
        note=ask.field.help,
    )
    return None if picked == SKIP else options[picked].value


def pick(
    ask: Ask,
    title: str,
    labels: Sequence[str],
    *,
    helps: Sequence[str] = (),
    default: int | None = None,
    skip: str = "",
    note: str = "",
    passing: bool = False,
) -> int:
    """Let one of `labels` be picked and return its index, SKIP for the extra entry `skip`.

    A `passing` list is a menu, not an answer: it leaves no line behind.
    """
    if ask.terminal.plain:
        return _pick_plain(ask, title, [*labels, skip] if skip else labels, len(labels))
    import questionary

    # The library takes a value of None for "no value": indexes are never None.
    choices = [
        questionary.Choice(
            safe_line(text, 200) or '""',
            value=index,
            description=safe_line(helps[index], 200) or None if helps else None,
        )
        for index, text in enumerate(labels)
    ]
    if skip:
        choices.append(questionary.Choice(skip, value=SKIP))
    many = len(choices) > READABLE
    prompt = questionary.select(
        title,
        choices,
        default=default,  # type: ignore[arg-type]  # a value is taken too; the stub forgets it
        qmark="?",
        pointer=POINTER,
        style=style(),
        instruction=hint(note, "type to filter" if many else "") or " ",
        use_search_filter=many,
        use_jk_keys=not many,
    )
    prompt.application.erase_when_done = passing
    picked: int = ask.run(prompt)
    return picked


def _pick_plain(ask: Ask, title: str, labels: Sequence[str], skip: int) -> int:
    options = tuple(Option(index, text) for index, text in enumerate(labels))
    field = Field(kind=Kind.CHOICE, label=title, options=options)
    picked: int = plain(replace(ask, field=field, default=UNSET))
    return SKIP if picked == skip else picked


def choices(ask: Ask) -> Any:
    """Let several options be picked and return their values in the order of the options."""
    import questionary

    options = ask.field.options
    preset = ask.default if isinstance(ask.default, list | tuple) else ()
    many = len(options) > READABLE
    picked: list[int] = ask.run(
        questionary.checkbox(
            ask.label,
            [
                questionary.Choice(
                    label(option),
                    value=index,
                    checked=any(same(option.value, item) for item in preset),
                    description=safe_line(option.help, 200) or None,
                )
                for index, option in enumerate(options)
            ],
            validate=lambda chosen: ask.verdict(lambda: _values(ask, chosen)),
            qmark="?",
            pointer=POINTER,
            style=style(),
            instruction=hint(
                ask.field.help, _limits(ask), "Space picks", "type to filter" if many else ""
            ),
            use_search_filter=many,
            use_jk_keys=not many,
        )
    )
    return _values(ask, picked)


def _values(ask: Ask, picked: Sequence[Any]) -> Any:
    if not picked and ask.optional:
        return None
    return [ask.field.options[int(index)].value for index in picked]


def _limits(ask: Ask) -> str:
    low, high = ask.field.min_length, ask.field.max_length
    if low and high:
        return f"{low}" if low == high else f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def label(option: Option) -> str:
    """Return an option's label as one safe line, never empty."""
    return safe_line(option.label, 200) or '""'


def _index(options: Sequence[Option], default: Any) -> int | None:
    if default is UNSET:
        return None
    return next((i for i, option in enumerate(options) if same(option.value, default)), None)

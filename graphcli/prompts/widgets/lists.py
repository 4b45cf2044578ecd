"""Answers picked from a list: yes or no, one option, or several."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.resuming.question import Field, Kind, Option
from graphcli.engine.values.model import UNSET
from graphcli.prompts.habits import same
from graphcli.prompts.labels import SKIP, shown_labels
from graphcli.prompts.widgets.base import Ask, as_text
from graphcli.prompts.widgets.menu import Menu, Row
from graphcli.prompts.widgets.picking import pick_from
from graphcli.prompts.widgets.plain import plain
from graphcli.text import safe_line

SKIPPED = -1
_SKIPS = Row(SKIP, "leave this field empty")


def choice(ask: Ask) -> Any:
    """Let one option be picked and return its value; None for a skipped optional field."""
    options = ask.field.options
    preset = _index(options, ask.default)
    picked = _one(ask, _rows(options), 0 if preset is None and ask.field.required else preset)
    return None if picked == SKIPPED else options[picked].value


def confirm(ask: Ask) -> Any:
    """Let yes or no be picked; without a default neither is highlighted at first."""
    leads = dict(ask.field.leads)
    rows = [
        Row("Yes", leads=leads.get("yes", ""), letter="y"),
        Row("No", leads=leads.get("no", ""), letter="n"),
    ]
    preset = {True: 0, False: 1}.get(ask.default) if isinstance(ask.default, bool) else None
    picked = _one(ask, rows, preset)
    return None if picked == SKIPPED else picked == 0


def _one(ask: Ask, rows: list[Row], at: int | None) -> int:
    """The index of the row that is picked; an optional field without a default is skipped."""
    several = [*rows, _SKIPS] if ask.optional else rows
    menu = Menu(several, len(rows) if at is None and ask.optional else at)
    help_ = safe_line(ask.field.help, 300)
    pick_from(ask, menu, label=ask.label, hint=ask.hint(), note=help_, sends=ask.sends)
    assert menu.at is not None  # noqa: S101 - Enter takes nothing else.
    ask.told(several[menu.at].label)
    return SKIPPED if menu.at == len(rows) else menu.at


def pick(ask: Ask, title: str, labels: Sequence[str]) -> int:
    """Let one of `labels` be picked and return its index. It leaves no line behind."""
    if ask.terminal.plain:
        return _pick_plain(ask, title, labels)
    menu = Menu([Row(label) for label in labels])
    pick_from(ask, menu, label=title, sends=ask.sends)
    return menu.at or 0


def _pick_plain(ask: Ask, title: str, labels: Sequence[str]) -> int:
    # In a list the value is no number that somebody types.
    options = tuple(Option([index], text) for index, text in enumerate(labels))
    field = Field(kind=Kind.CHOICE, label=title, options=options)
    picked: list[int] = plain(replace(ask, field=field, default=UNSET), labels)
    return picked[0]


def choices(ask: Ask) -> Any:
    """Let several options be picked and return their values in the order of the options.

    What was picked is kept in the draft if they leave.
    """
    offered = _those(ask.field.options, ask.default)
    begun = ask.draft.typed.get(ask.field.name)
    picked = offered if begun is None else _those(ask.field.options, _list_in(begun), offered)
    menu = Menu(_rows(ask.field.options), several=True, picked=set(picked))
    try:
        _pick_several(ask, menu)
    except BaseException:
        if menu.picked != offered:
            ask.draft.typed[ask.field.name] = as_text(_chosen(ask, menu.picked))
        raise
    ask.draft.typed.pop(ask.field.name, None)
    ask.told(", ".join(menu.rows[index].label for index in sorted(menu.picked)) or "none")
    return _values(ask, menu.picked)


def _pick_several(ask: Ask, menu: Menu) -> None:
    pick_from(
        ask,
        menu,
        label=ask.label,
        hint=ask.hint(_limits(ask.field)),
        note=safe_line(ask.field.help, 300),
        sends=ask.sends,
        verdict=lambda: ask.verdict(lambda: _values(ask, menu.picked)),
    )


def _list_in(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _those(options: Sequence[Option], values: Any, otherwise: Set[int] = frozenset()) -> Set[int]:
    """The places of the options with these values; `otherwise` if it is no list."""
    if not isinstance(values, list | tuple):
        return otherwise
    return {i for i, o in enumerate(options) if any(same(o.value, item) for item in values)}


def _chosen(ask: Ask, picked: Set[int]) -> list[Any]:
    return [ask.field.options[index].value for index in sorted(picked)]


def _values(ask: Ask, picked: Set[int]) -> Any:
    return None if not picked and ask.optional else _chosen(ask, picked)


def _limits(field: Field) -> str:
    low, high = field.min_length, field.max_length
    if low and high:
        return f"{low}" if low == high else f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _rows(options: Sequence[Option]) -> list[Row]:
    return [
        Row(label, safe_line(option.help), safe_line(option.leads))
        for label, option in zip(shown_labels(options), options, strict=True)
    ]


def _index(options: Sequence[Option], default: Any) -> int | None:
    if default is UNSET:
        return None
    return next((i for i, option in enumerate(options) if same(option.value, default)), None)

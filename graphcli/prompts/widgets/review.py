"""The page before a form is sent: every field with its value, and what an edit has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from os.path import commonprefix
from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.resuming.question import Field, Kind
from graphcli.engine.values.model import UNSET, Secret
from graphcli.prompts.about import about_parts
from graphcli.prompts.habits import same
from graphcli.prompts.keys import TAKE
from graphcli.prompts.labels import shown_labels
from graphcli.prompts.ui import BackError
from graphcli.prompts.widgets.base import Ask, as_text
from graphcli.prompts.widgets.lists import pick
from graphcli.prompts.widgets.menu import Menu, Row
from graphcli.prompts.widgets.picking import pick_from
from graphcli.text import safe_line, safe_text, spelled_out

#: Of a value as many characters are shown where it is highlighted.
_LONGEST = 240
#: From this many on a value that is cut is told to be long.
_LONG = 60
#: Of each side of a change as much is shown, from a little before where they differ.
_LONGEST_CHANGED = 200
_BEFORE = 20
_SEND = Row("Send")


def review(
    ask: Ask, parts: Sequence[Field], values: Mapping[str, Any], error: str = ""
) -> int | None:
    """Show the fields as they would be sent; return which of them to change, None to send.

    `p` parks, with everything that was filled in.
    """
    rows = [_row(part, values.get(part.name)) for part in parts]
    if ask.terminal.plain:
        if error:
            ask.terminal.say(error, "error")
        picked = pick(ask, "Review", ["Send", *(row.label for row in rows)])
        return None if picked == 0 else picked - 1
    menu = Menu([_SEND, *rows], error=error)
    whole = replace(ask, about=lambda field: [*about_parts(field), *ask.about(field)[1:]])
    try:
        pick_from(
            replace(whole, back=True),
            menu,
            label="Review",
            hint="(nothing is sent yet)",
            sends=TAKE,
            edit=lambda: _off_send(menu),
        )
    except BackError:
        return len(parts) - 1
    return menu.at - 1 if menu.at else None


def _off_send(menu: Menu) -> None:
    menu.at = menu.at or 1


def _row(part: Field, value: Any) -> Row:
    label = safe_line(part.label or part.name, 60)
    if part.keeps and part.default is not UNSET and not same(part.default, value):
        return Row(f"{label}: {'; '.join(changes(part.default, value))}")
    shown = spelled(part, value)
    long = f"({len(shown):,} characters)" if len(shown) > _LONG else ""
    return Row(f"{label}: {safe_line(shown, _LONGEST)}", tail=long)


def changes(before: Any, after: Any) -> Iterator[str]:
    """Yield what an edit changed: `before → after`, of an object key by key."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield _change(before, after)
        return
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, UNSET), after.get(key, UNSET)
        if not same(old, new):
            yield f"{safe_line(str(key), 40)} {_change(old, new)}"


def _change(before: Any, after: Any) -> str:
    """Both sides as JSON, which tells `3` from `"3"` and shows every space."""
    old, new = _json(before), _json(after)
    if max(len(old), len(new)) > _LONGEST_CHANGED:  # else what differs may be cut away
        at = max(0, len(commonprefix([old, new])) - _BEFORE)
        old, new = _from(old, at), _from(new, at)
    return f"{old} → {new}"


def _json(value: Any) -> str:
    if value is UNSET:
        return "(not there)"
    if isinstance(value, str):
        return spelled_out(value)
    return safe_text(json.dumps(value, ensure_ascii=False, default=str))


def _from(text: str, at: int) -> str:
    part = text[at : at + _LONGEST_CHANGED]
    return ("…" if at else "") + part + ("…" if at + len(part) < len(text) else "")


def spelled(part: Field, value: Any) -> str:
    """Return a value as the person knows it: the label of an option, yes, no, skipped."""
    if value is None:
        return "(skipped)"
    if isinstance(value, Secret):
        return "(kept in memory)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    chosen = value if part.kind is Kind.CHOICES else [value]
    known = zip(part.options, shown_labels(part.options), strict=True)
    labels = [label for o, label in known if any(same(o.value, item) for item in chosen)]
    return ", ".join(labels) or as_text(value)

"""Several fields in order: conditional ones, the way back, and a review before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphcli.engine.model import UNSET, Secret
from graphcli.engine.question import Field, Kind
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.checking import is_shown
from graphcli.prompts.declared import is_extended
from graphcli.prompts.forms import check_fields
from graphcli.prompts.habits import same
from graphcli.prompts.ui import BackError
from graphcli.prompts.widgets.base import Ask, as_text, reason
from graphcli.prompts.widgets.lists import pick
from graphcli.text import safe_line

AskField = Callable[[Ask], Any]


@dataclass(slots=True)
class Draft:
    """What has been filled in so far, by field name; skipped fields are None."""

    form: Field
    values: dict[str, Any] = field(default_factory=dict)

    def before(self, index: int) -> dict[str, Any]:
        """Return the answers that field `index` can see: those of shown fields before it."""
        names: dict[str, Any] = {}
        for part in self.form.fields[:index]:
            names[part.name] = self.values.get(part.name) if is_shown(part, names) else None
        return names

    def shown(self) -> list[int]:
        """Return the fields that `when` lets be asked, given the answers so far."""
        fields = enumerate(self.form.fields)
        return [i for i, part in fields if part.asked and is_shown(part, self.before(i))]

    def answers(self) -> dict[str, Any]:
        """Return what would be sent: the shown fields, skipped ones only where null fits them."""
        nulls = is_extended(self.form.schema)
        names = [self.form.fields[index].name for index in self.shown()]
        sent = {name: self.values[name] for name in names if name in self.values}
        return {name: value for name, value in sent.items() if nulls or value is not None}


def form(ask: Ask, ask_field: AskField) -> Any:
    """Ask the fields in order, review them, and return the checked value that they become."""
    draft = Draft(ask.field)
    _fill(ask, draft, ask_field)
    while True:
        again = _review(ask, draft)
        if again is not None:
            _ask_one(ask, draft, again, ask_field)
            _fill(ask, draft, ask_field, only_new=True)
            continue
        try:
            return check_fields(ask.field, draft.answers())
        except InvalidAnswerError as error:
            ask.terminal.say(reason(error), "error")


def _fill(ask: Ask, draft: Draft, ask_field: AskField, *, only_new: bool = False) -> None:
    """Ask each shown field; Shift-Tab goes to the one before. `only_new` leaves answered ones."""
    at = 0
    while (place := _next(draft, at, only_new=only_new)) is not None:
        try:
            _ask_one(ask, draft, place, ask_field)
            at = place + 1
        except BackError:
            at = max((index for index in draft.shown() if index < place), default=0)


def _next(draft: Draft, at: int, *, only_new: bool) -> int | None:
    fields = draft.form.fields
    places = (index for index in draft.shown() if index >= at)
    return next((i for i in places if not (only_new and fields[i].name in draft.values)), None)


def _ask_one(ask: Ask, draft: Draft, index: int, ask_field: AskField) -> None:
    part = draft.form.fields[index]
    before = draft.before(index)
    given = draft.values.get(part.name, part.default)
    default = UNSET if isinstance(given, Secret) else given
    back = any(shown < index for shown in draft.shown())
    one = replace(ask, field=part, names=before, default=default, back=back)
    value = ask_field(one)
    if value is None and part.default is not UNSET and not is_extended(draft.form.schema):
        value = part.default  # where null does not fit, what is left out takes its default
    draft.values[part.name] = value


def _review(ask: Ask, draft: Draft) -> int | None:
    """Show what would be sent; return the field to change, or None to send it."""
    shown = draft.shown()
    if len(shown) < 2:  # one field was read while it was answered
        return None
    labels = [_line(draft.form.fields[index], draft.values) for index in shown]
    try:
        picked = pick(ask, "Review", ["Send", *labels], note="Enter changes a line", passing=True)
    except BackError:
        return shown[-1]
    return None if picked == 0 else shown[picked - 1]


def _line(part: Field, values: Mapping[str, Any]) -> str:
    value = values.get(part.name)
    return f"{safe_line(part.label or part.name, 30)}: {safe_line(_value(part, value), 60)}"


def _value(part: Field, value: Any) -> str:
    if value is None:
        return "(skipped)"
    if isinstance(value, Secret):
        return "(kept in memory)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    chosen = value if part.kind is Kind.CHOICES else [value]
    labels = [o.label for o in part.options if any(same(o.value, item) for item in chosen)]
    return ", ".join(labels) or as_text(value)

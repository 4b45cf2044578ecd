"""Several fields in order: conditional ones, the way back, and a review before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphcli.dataclass import dataclass, replace
from graphcli.engine.resuming.question import Field
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.about import opened_by
from graphcli.prompts.checking import check_field, is_shown
from graphcli.prompts.declared import is_extended
from graphcli.prompts.draft import Draft
from graphcli.prompts.forms import check_fields, lead_of
from graphcli.prompts.keys import NEXT
from graphcli.prompts.kinds import needs
from graphcli.prompts.ui import BackError
from graphcli.prompts.widgets.base import Ask, reason
from graphcli.prompts.widgets.review import review, spelled
from graphcli.text import safe_line

AskField = Callable[[Ask], Any]


@dataclass(slots=True)
class Filling:
    """A form being filled in: what the draft has is what has been answered so far."""

    form: Field
    draft: Draft

    @property
    def values(self) -> dict[str, Any]:
        """What has been filled in, by field name; skipped fields are None."""
        return self.draft.values

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

    def keep_fitting(self) -> list[Field]:
        """Forget what an older draft has that does not fit any more; return the fields it fills."""
        known, kept = dict(self.values), []
        self.values.clear()
        for index, part in enumerate(self.form.fields):
            if part.asked and part.name in known:
                if not _fits(part, known[part.name], self.before(index)):
                    break  # those after it were answered on the strength of it
                self.values[part.name] = known[part.name]
                kept.append(part)
        return kept


def form(ask: Ask, ask_field: AskField) -> Any:
    """Ask the fields in order, review them, and return the checked value that they become."""
    filling = Filling(ask.field, ask.draft)
    _tell_kept(ask, filling)
    _tell_ahead(ask, filling)
    _fill(ask, filling, ask_field)
    error = ""
    while True:
        again = _review(ask, filling, error)
        if again is not None:
            _change(ask, filling, again, ask_field)
            _fill(ask, filling, ask_field)
            continue
        try:
            return check_fields(ask.field, filling.answers())
        except InvalidAnswerError as wrong:
            error = reason(wrong)


def _fits(part: Field, value: Any, before: dict[str, Any]) -> bool:
    try:
        check_field(part, value, before)
    except InvalidAnswerError:
        return False
    return True


def _tell_kept(ask: Ask, filling: Filling) -> None:
    if not (kept := filling.keep_fitting()):
        return
    ask.terminal.say("kept from last time; Shift-Tab goes back to it:")
    for part in kept:
        shown = spelled(part, filling.values[part.name])
        ask.terminal.told(safe_line(part.label or part.name, 60), shown)


def _tell_ahead(ask: Ask, filling: Filling) -> None:
    """Show the fields that the default of the first one asks for, before it is decided on."""
    lead = lead_of(ask.field)
    if lead is None or lead.name in filling.values or lead.default is UNSET:
        return
    if parts := opened_by(ask.field, lead, lead.default):
        ask.terminal.say(f"`{safe_line(str(lead.default), 40)}` asks for:")
    for part in parts:
        ask.terminal.say(_brief(part))


def _brief(part: Field) -> str:
    rule = safe_line(needs(part).removeprefix("it takes "), 80)
    optional = "" if part.required else ", optional"
    return f"  {safe_line(part.label or part.name, 60)}: {rule}{optional}"


def _fill(ask: Ask, filling: Filling, ask_field: AskField) -> None:
    """Ask each open field; Shift-Tab goes back to the ones before, which are then asked again."""
    again: set[int] = set()
    while (place := _next(filling, again)) is not None:
        try:
            before = [index for index in filling.shown() if index < place]
            _ask_one(ask, filling, place, ask_field, back=bool(before))
            again.discard(place)
        except BackError:
            again |= {place, before[-1]}


def _next(filling: Filling, again: set[int]) -> int | None:
    fields = filling.form.fields
    shown = filling.shown()
    open_ = (i for i in shown if i in again or fields[i].name not in filling.values)
    return next(open_, None)


def _change(ask: Ask, filling: Filling, index: int, ask_field: AskField) -> None:
    """Ask a field again that stands on the review; Shift-Tab goes back there, nothing changed."""
    try:
        _ask_one(ask, filling, index, ask_field, back=True)
    except BackError:
        filling.draft.typed.pop(ask.field.fields[index].name, None)


def _ask_one(ask: Ask, filling: Filling, index: int, ask_field: AskField, *, back: bool) -> None:
    part = filling.form.fields[index]
    given = filling.values.get(part.name, part.default)
    one = replace(
        ask, field=part, names=filling.before(index), default=given, back=back, sends=NEXT
    )
    value = ask_field(one)
    if value is None and part.default is not UNSET and not is_extended(filling.form.schema):
        value = part.default  # where null does not fit, what is left out takes its default
    filling.values[part.name] = value


def _review(ask: Ask, filling: Filling, error: str) -> int | None:
    """Show what would be sent; return the field to change, or None to send it."""
    shown = filling.shown()
    if len(shown) < 2 and not error:  # one field was read while it was answered
        return None
    parts = [ask.field.fields[index] for index in shown]
    picked = review(ask, parts, filling.values, error)
    return None if picked is None else shown[picked]

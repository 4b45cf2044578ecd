"""A secret: typed unseen, kept in memory, delivered as a reference."""

from __future__ import annotations

from typing import Any

from graphcli.dataclass import replace
from graphcli.engine.resuming.question import Kind
from graphcli.engine.values.model import Secret
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.checking import check_field
from graphcli.prompts.vault import keep
from graphcli.prompts.widgets.base import Ask
from graphcli.prompts.widgets.typed import Line, typed_in
from graphcli.text import safe_text


def secret(ask: Ask) -> Any:
    """Ask for a secret and return the `Secret` that stands for it, None for a skipped one."""
    line = Line(
        label=ask.label,
        hint=ask.hint("kept; Enter keeps it" if kept(ask) else "not shown"),
        judge=lambda text: judge(ask, text),
        help=safe_text(ask.field.help),
        secret=True,
    )
    answer = taken(ask, typed_in(ask, line))
    ask.told("(skipped)" if answer is None else "(kept in memory)")
    return answer


def taken(ask: Ask, typed: str) -> Secret | None:
    """Return what stands for the secret that was typed; nothing typed leaves the one before."""
    return keep(typed) if typed else kept(ask)


def kept(ask: Ask) -> Secret | None:
    """Return the secret that was typed before, by somebody who has come back to the field."""
    return ask.default if isinstance(ask.default, Secret) else None


def judge(ask: Ask, typed: str) -> str:
    """Return why a secret cannot be taken, without repeating it; empty for one that can."""
    if not typed:
        return "" if ask.optional or kept(ask) else "a secret is needed"
    try:
        # Its text keeps the rules of a text; what is delivered is only a reference.
        check_field(replace(ask.field, kind=Kind.TEXT, validate=""), typed)
    except InvalidAnswerError:
        return "it does not keep the rules" + (f": {rules}" if (rules := _rules(ask)) else "")
    return ""


def _rules(ask: Ask) -> str:
    low, high = ask.field.min_length, ask.field.max_length
    said = [f"at least {low} characters" if low else "", f"at most {high}" if high else ""]
    return ", ".join(part for part in said if part)

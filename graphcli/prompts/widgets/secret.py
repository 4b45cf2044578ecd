"""A secret: typed unseen, kept in memory, delivered as a reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphcli.engine.question import Kind
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.checking import check_field
from graphcli.prompts.ui import style
from graphcli.prompts.vault import keep
from graphcli.prompts.widgets.base import Ask, hint


def secret(ask: Ask) -> Any:
    """Ask for a secret and return the `Secret` that stands for it, None for a skipped one."""
    import questionary

    typed: str = ask.run(
        questionary.password(
            ask.label,
            validate=lambda text: judge(ask, text),
            qmark="?",
            style=style(),
            instruction=hint(ask.field.help, "not shown", "optional" if ask.optional else ""),
        )
    )
    return keep(typed) if typed else None


def judge(ask: Ask, typed: str) -> bool | str:
    """Return True for a secret that keeps the rules, else why not without repeating it."""
    if not typed:
        return ask.optional or "a secret is needed"
    try:
        # Its text keeps the rules of a text; what is delivered is only a reference.
        check_field(replace(ask.field, kind=Kind.TEXT, validate=""), typed)
    except InvalidAnswerError:
        return "it does not keep the rules" + (f": {rules}" if (rules := _rules(ask)) else "")
    return True


def _rules(ask: Ask) -> str:
    low, high = ask.field.min_length, ask.field.max_length
    said = [f"at least {low} characters" if low else "", f"at most {high}" if high else ""]
    return ", ".join(part for part in said if part)

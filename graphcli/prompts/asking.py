"""Ask a question on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphcli.engine.resuming.question import Kind, Question
from graphcli.errors import InvalidAnswerError, Parked
from graphcli.prompts.about import about_field
from graphcli.prompts.draft import Draft
from graphcli.prompts.fit import check
from graphcli.prompts.pager import Section
from graphcli.prompts.ui import Terminal
from graphcli.prompts.widgets.base import Ask, reason
from graphcli.prompts.widgets.compose import compose
from graphcli.prompts.widgets.form import form
from graphcli.prompts.widgets.lines import line
from graphcli.prompts.widgets.lists import choice, choices, confirm
from graphcli.prompts.widgets.plain import plain
from graphcli.prompts.widgets.secret import secret

WIDGETS: Mapping[Kind, Callable[[Ask], Any]] = {
    Kind.CONFIRM: confirm,
    Kind.CHOICE: choice,
    Kind.CHOICES: choices,
    Kind.TEXT: line,
    Kind.LONG_TEXT: compose,
    Kind.INTEGER: line,
    Kind.NUMBER: line,
    Kind.DATE: line,
    Kind.PATH: line,
    Kind.SECRET: secret,
    Kind.JSON: compose,
    Kind.ANY: line,
}


def ask(
    question: Question,
    *,
    terminal: Terminal | None = None,
    draft: Draft | None = None,
    about: Callable[[], Sequence[Section]] = tuple,
    above: Callable[[], None] = lambda: None,
) -> Any:
    """Ask `question` and return the checked answer; the message itself has been shown before.

    Runs in the main thread. Nothing is sent before the answer is complete. What was filled in
    and not sent is in `draft`, however the prompt ends; one with contents is gone on with.
    `about` gives more sections of the help that `?` shows; `above` draws the message again.

    Raises:
        Parked: the person left with ^C, ^D or `p` (or the process got SIGINT).
        SystemExit: SIGTERM (143) or SIGHUP (129); the terminal is restored.
    """
    where = terminal or Terminal.here(above)
    field = question.field
    one = Ask(
        where,
        field,
        default=field.default,
        draft=Draft() if draft is None else draft,
        about=lambda part: [*about_field(part), *about()],
    )
    try:
        if where.plain:
            return _until_it_fits(question, one)
        with where.open():
            return _until_it_fits(question, one)
    except (KeyboardInterrupt, EOFError):
        raise Parked(
            f"you left the question at `{question.path}`; nothing was sent",
            "the thread waits, and the answer can be given later",
        ) from None


def _until_it_fits(question: Question, one: Ask) -> Any:
    while True:
        try:
            return check(question, _answer(one))
        except InvalidAnswerError as error:
            one.terminal.say(reason(error), "error")


def _answer(one: Ask) -> Any:
    if one.field.kind is Kind.FORM:
        return form(one, _answer)
    composed = one.field.kind in (Kind.LONG_TEXT, Kind.JSON)
    return plain(one) if one.terminal.plain and not composed else WIDGETS[one.field.kind](one)

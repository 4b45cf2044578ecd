"""Ask a question on the terminal, and know whether there is one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from graphcli.engine.question import Kind, Question
from graphcli.errors import InvalidAnswerError, Parked
from graphcli.prompts.fit import check
from graphcli.prompts.ui import Terminal
from graphcli.prompts.widgets.base import Ask, reason
from graphcli.prompts.widgets.editor import compose
from graphcli.prompts.widgets.form import form
from graphcli.prompts.widgets.lines import line
from graphcli.prompts.widgets.lists import choice, choices
from graphcli.prompts.widgets.plain import plain
from graphcli.prompts.widgets.secret import secret

WIDGETS: Mapping[Kind, Callable[[Ask], Any]] = {
    Kind.CONFIRM: line,
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


def interactive() -> bool:
    """Return whether a person can be asked: stdin and stderr are terminals, and this is no CI."""
    if os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no"):
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask(question: Question, *, terminal: Terminal | None = None) -> Any:
    """Ask `question` and return the checked answer; the message itself has been shown before.

    Runs in the main thread. Nothing is sent before the answer is complete.

    Raises:
        Parked: the person left with ^C or ^D (or the process got SIGINT).
        SystemExit: SIGTERM (143) or SIGHUP (129); the terminal is restored.
    """
    where = terminal or Terminal.here()
    try:
        if where.plain:
            return _until_it_fits(question, where)
        with where.open():
            return _until_it_fits(question, where)
    except (KeyboardInterrupt, EOFError):
        raise Parked(
            f"you left the question at `{question.path}`; nothing was sent",
            "the thread waits, and the answer can be given later",
        ) from None


def _until_it_fits(question: Question, terminal: Terminal) -> Any:
    field = question.field
    while True:
        try:
            return check(question, _answer(Ask(terminal, field, default=field.default)))
        except InvalidAnswerError as error:
            terminal.say(reason(error), "error")


def _answer(one: Ask) -> Any:
    if one.field.kind is Kind.FORM:
        return form(one, _answer)
    composed = one.field.kind in (Kind.LONG_TEXT, Kind.JSON)
    return plain(one) if one.terminal.plain and not composed else WIDGETS[one.field.kind](one)

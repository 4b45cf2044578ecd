"""Long texts and JSON: shown, edited in the editor or typed here, and sent once they fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from graphcli.dataclass import dataclass, replace
from graphcli.engine.resuming.question import Field, Kind
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.keys import TAKE
from graphcli.prompts.pager import Section
from graphcli.prompts.reading import read
from graphcli.prompts.widgets.base import Ask, as_text, reason
from graphcli.prompts.widgets.editor import EditorError, edit, editor_command
from graphcli.prompts.widgets.lists import pick
from graphcli.prompts.widgets.menu import Line as Drawn
from graphcli.prompts.widgets.menu import Menu, Row
from graphcli.prompts.widgets.picking import pick_from
from graphcli.prompts.widgets.plain import plain
from graphcli.prompts.widgets.typed import Line, typed_in
from graphcli.prompts.wrapping import cut
from graphcli.text import safe_line, safe_text

SUFFIXES = {Kind.JSON: ".json"}


class Way(Enum):
    """How to go on with a text."""

    SEND = "send"
    EDIT = "edit"
    TYPE = "type"
    SKIP = "skip"


@dataclass(slots=True)
class _Work:
    """The text as it is now and as it was, and what went wrong last."""

    text: str
    start: str
    error: str = ""

    @property
    def changed(self) -> bool:
        return self.text != self.start


def compose(ask: Ask) -> Any:
    """Let a text be edited until it fits and is sent; None for a skipped optional field.

    Leaving the editor sends nothing yet: the text is shown above the ways to go on.
    """
    start = _start(ask)
    work = _Work(ask.draft.typed.get(ask.field.name, start), start)
    while (way := _way(ask, work)) in _WORKS:
        edited = _WORKS[way](ask, work)
        if edited is not None:
            work.text = ask.draft.typed[ask.field.name] = edited
    ask.draft.typed.pop(ask.field.name, None)
    ask.told(_size(work.text) if way is Way.SEND else "(skipped)")
    return read(ask.field, work.text) if way is Way.SEND else None


def _start(ask: Ask) -> str:
    nested = ask.field.kind is Kind.JSON and isinstance(ask.default, dict | list)
    return json.dumps(ask.default, ensure_ascii=False, indent=2) if nested else as_text(ask.default)


def _way(ask: Ask, work: _Work) -> Way:
    """Show the text and let the person choose how to go on with it."""
    fault = _fault(ask, work)
    ways = _ways(ask, work, fits=not fault)
    error, work.error = work.error or (fault if work.changed else ""), ""
    names = list(ways.values())
    if ask.terminal.plain:
        _show_plain(ask, work, error)
        return list(ways)[pick(ask, ask.label, names)]
    menu = Menu([Row(name) for name in names], error=error)
    pick_from(
        replace(ask, about=lambda field: [_whole(work), *ask.about(field)]),
        menu,
        label=ask.label,
        hint=ask.hint(_size(work.text)),
        note=safe_line(ask.field.help, 300),
        sends=TAKE,
        edit=_to_editor(menu, ways),
        above=lambda width, height: excerpt(work.text, width, height),
    )
    return list(ways)[menu.at or 0]


def _ways(ask: Ask, work: _Work, *, fits: bool) -> dict[Way, str]:
    """What can be done with the text, the likely thing first; what does not fit is not sent."""
    editor = editor_command()
    edit = {Way.EDIT: f"Edit in {safe_line(Path(editor[0]).name, 20)}"} if editor else {}
    edit[Way.TYPE] = "Type it here"
    sent = f"Send it{'' if work.changed else ' unchanged'} ({_size(work.text)})"
    send = {Way.SEND: sent} if fits else {}
    ways = {**send, **edit} if work.changed else {**edit, **send}
    return {**ways, Way.SKIP: "Skip"} if ask.optional else ways


def _to_editor(menu: Menu, ways: dict[Way, str]) -> Callable[[], None] | None:
    if Way.EDIT not in ways:
        return None

    def go() -> None:
        menu.at = list(ways).index(Way.EDIT)

    return go


def _fault(ask: Ask, work: _Work) -> str:
    """Return why the text cannot be sent, empty if it can."""
    if not work.text.strip():
        return "an answer is needed" if not ask.optional or work.text else "nothing is there yet"
    try:
        ask.check(read(ask.field, work.text))
    except InvalidAnswerError as error:
        return reason(error)
    return ""


def _size(text: str) -> str:
    lines = len(text.splitlines())
    return "empty" if not text else "1 line" if lines == 1 else f"{lines} lines"


def excerpt(text: str, width: int, height: int) -> list[Drawn]:
    """Return the beginning of a text, a third of the screen at most, and how much is left."""
    lines = safe_text(text).expandtabs(4).splitlines()
    room = max(2, height // 3)
    shown = lines if len(lines) <= room else lines[: room - 1]
    drawn: list[Drawn] = [[("class:note", "│ "), ("", _as_is(line, width - 2))] for line in shown]
    if more := len(lines) - len(shown):
        drawn.append([("class:note", cut(f"  … {more} more lines (? shows them)", width))])
    return drawn


def _as_is(line: str, width: int) -> str:
    # The indent of JSON says what belongs together.
    indent = line[: len(line) - len(line.lstrip(" "))][: width // 2]
    return indent + cut(line, width - len(indent))


def _show_plain(ask: Ask, work: _Work, error: str) -> None:
    ask.terminal.page([_whole(work)] if work.text else [])
    if error:
        ask.terminal.say(error, "error")


def _whole(work: _Work) -> Section:
    return ("The text as it is now", safe_text(work.text).splitlines())


def _edit(ask: Ask, work: _Work) -> str | None:
    try:
        edited = edit(work.text, SUFFIXES.get(ask.field.kind, ".md"))
    except EditorError as error:
        work.error = str(error)
        return None
    if not edited.strip():
        work.error = "the text was left empty, so nothing was taken over"
        return None
    return edited


def _type(ask: Ask, work: _Work) -> str:
    if ask.terminal.plain:
        return str(plain(replace(ask, field=Field(kind=Kind.TEXT, label=ask.label))))
    line = Line(
        label=ask.label,
        start=work.text,
        judge=lambda typed: "" if typed.strip() else "type a text, or Ctrl-C to leave",
        many=True,
    )
    return typed_in(ask, line)


_WORKS: dict[Way, Callable[[Ask, _Work], str | None]] = {Way.EDIT: _edit, Way.TYPE: _type}

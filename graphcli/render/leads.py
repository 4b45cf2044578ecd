"""Where answers lead, and what runs again then: what a person reads before deciding."""

from __future__ import annotations

from typing import Final

from graphcli.engine.resuming.question import Question
from graphcli.engine.values.model import UNSET
from graphcli.engine.values.ways import Lead
from graphcli.render.canvas import cells, wrapped
from graphcli.render.console import Look
from graphcli.render.inline import inline
from graphcli.text import plain_label, safe_line

_LONGEST_ANSWER: Final = 40
_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}
_BOOLEANS: Final = {True: "yes", False: "no"}


def lead_lines(question: Question, look: Look) -> list[str]:
    """Return a line for each answer that takes a way of its own, else one for all of them."""
    return [line for row in lead_rows(question, look) for line in wrapped(row, look, "dim", hang=2)]


def whatever_lines(question: Question, look: Look) -> list[str]:
    """Return where the graph goes on whatever is answered; nothing where choices differ."""
    return [] if _own(question) else lead_lines(question, look)


def lead_rows(question: Question, look: Look) -> list[str]:
    """Return what `lead_lines` does, aligned and safe, for lines that are not wrapped."""
    own = _own(question) or [lead for lead in question.leads if lead.value is UNSET]
    several = len({lead.field for lead in own}) > 1
    names = [_answer(lead, several=several) for lead in own]
    pad = max(map(cells, names), default=0)
    rows = []
    for lead, name in zip(own, names, strict=True):
        row = f"{name}{' ' * (pad - cells(name))} {safe_line(str(lead.way))}"
        rows.append(row if look.unicode else row.replace("→", "->"))
    return rows


def again_text(times: int) -> str:
    """Return what is said of a node that begins for the time `times`, from 2 on."""
    return f"runs again from its start ({_ordinal(times)} time)"


def _own(question: Question) -> list[Lead]:
    return [lead for lead in question.leads if lead.value is not UNSET]


def _answer(lead: Lead, *, several: bool) -> str:
    if lead.value is UNSET:
        return "then"
    text = _BOOLEANS[lead.value] if isinstance(lead.value, bool) else inline(lead.value)
    label = plain_label(text)
    return safe_line(f"{lead.field} {label}" if several else label, _LONGEST_ANSWER)


def _ordinal(number: int) -> str:
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else _ENDINGS.get(number % 10, 'th')}"

"""What a person reads above a prompt: the payload first, then our own frame and the message.

Everything that comes from a payload stands behind a gutter, so only graphcli itself ever writes at
the left margin or at an indent; and the frame comes last, so no payload can scroll it away.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphcli.engine.resuming.question import Question
from graphcli.render.canvas import cells, guttered, indented, styled, wrapped
from graphcli.render.console import Console, Look
from graphcli.render.leads import whatever_lines
from graphcli.render.prose import UNLIMITED, hidden, prose
from graphcli.render.values import draw_value
from graphcli.text import safe_line

#: About two thirds of a tall terminal: the frame and the prompt must be in sight as well.
MAX_LINES: Final = 40

#: A longer message is drawn with the payload, and only its start stays below the frame.
MESSAGE_LINES: Final = 6

#: As many hexadecimal digits of a digest as a person may compare: 48 bits.
_DIGEST: Final = 12

#: With fewer columns, or rows, each line of the frame costs the prompt one it needs itself.
_ROOMY: Final = 40
_SHORT: Final = 12

#: With fewer lines for the message, they are better used for it than to count what is left out.
_COUNTED: Final = 4


def draw_question(
    question: Question,
    console: Console,
    *,
    thread: str,
    graph: str,
    position: str = "",
    full: bool = False,
    see_all: str = "",
) -> None:
    """Write what a person reads above the prompt for `question`.

    `position` tells where it stands among others, as in `1 of 2`. With `full` nothing is left
    out; else about `MAX_LINES` lines are shown, and `see_all` is the command that shows the
    rest (by default `graphcli inspect THREAD --full`).
    """
    see_all = see_all or f"graphcli inspect {shlex.quote(thread)} --full"
    limit = UNLIMITED if full else MAX_LINES
    look, most, short = console.look, message_limit(console.height), console.height < _SHORT
    named = {"thread": thread, "graph": graph, "position": position}
    lines = payload_lines(question, look, limit=limit, see_all=see_all, most=most)
    lines += frame_lines(question, look, **named, short=short)
    lines += message_lines(question, look, most)
    if not short:
        lines += indented(whatever_lines(question, look.narrowed(2)))
    console.print(lines)


def message_limit(height: int) -> int:
    """Return how many lines of a message leave the frame and the prompt in sight."""
    return min(MESSAGE_LINES, max(1, height // 4))


def payload_lines(
    question: Question, look: Look, *, limit: int, see_all: str, most: int = MESSAGE_LINES
) -> list[str]:
    """Return the context of the payload behind a gutter, with our word where it was cut.

    A message of more than `most` lines, which cannot stand below the frame, is drawn here first.
    """
    inner = look.narrowed(2)
    context, cut = _context(question, inner, limit)
    message, more = (
        ([], False) if _fits(question, look, most) else draw_value(question.message, inner, limit)
    )
    between = [""] if message and context else []
    lines = guttered(message + between + context, look)
    if cut or more:
        lines += [*hidden("cut; `?` shows all of it, and so does", look), f"  {safe_line(see_all)}"]
    return lines


def _context(question: Question, look: Look, limit: int) -> tuple[list[str], bool]:
    """The drawn context, and whether it was cut.

    Of several actions each has the room of a payload: whoever decides on the last one has to see
    what it does, however long the first one is.
    """
    if not question.field.lead or not isinstance(question.context, Mapping):
        return draw_value(question.context, look, limit)
    drawn = [draw_value(action, look, limit) for action in _actions(question.context)]
    lines = [line for number, (some, _) in enumerate(drawn) for line in [""][:number] + some]
    return lines, any(cut for _, cut in drawn)


def _actions(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is told of each action, in their order: they are told apart by numbers, as in `1. x`."""
    found: dict[str, dict[str, Any]] = {}
    for key, item in context.items():
        number, dot, _ = str(key).partition(". ")
        found.setdefault(number if dot and number.isdecimal() else "", {})[key] = item
    return list(found.values())


def frame_lines(
    question: Question,
    look: Look,
    *,
    thread: str,
    graph: str,
    position: str = "",
    short: bool = False,
) -> list[str]:
    """Return the rule that says who asks: graph, thread, node and digest, and nothing else.

    On a `short` terminal there may be no rule: our words alone stand at the margin.
    """
    named = {
        "graph": safe_line(graph),
        "thread": safe_line(thread),
        "node": safe_line(question.path),
        "digest": safe_line(question.digest)[:_DIGEST],
    }
    # What a run asks before it begins belongs to no thread yet, and to no node.
    facts = [(name, value) for name, value in named.items() if value]
    facts += [("", safe_line(position))] if position else []
    # A thread's id mostly begins with its graph's name, so the graph is the first to go.
    for some in (facts, facts[1:]):
        if title := _title(some, look):
            return [title]
    rule = styled(look.glyph("─", "-") * look.width, "bold", look)
    if look.width >= _ROOMY and not short:
        return [rule, *_packed(facts, look), rule]
    less = _packed(facts[1:] if thread else facts, look)
    return less if short else [rule, *less]


def _title(facts: Sequence[tuple[str, str]], look: Look) -> str:
    """Return the facts in a rule of the whole width, or nothing if it is too short for them."""
    dash = look.glyph("─", "-")
    title = f"{dash}{dash} {_dot(look).join(map(_named, facts))} "
    rest = look.width - cells(title)
    return styled(title + dash * rest, "bold", look) if rest > 1 else ""


def _packed(facts: Sequence[tuple[str, str]], look: Look) -> list[str]:
    """Return the facts on as few lines as they fit on; one that is too long loses its name."""
    rows: list[str] = []
    for fact in facts:
        told = _named(fact) if cells(_named(fact)) <= look.width else fact[1]
        joined = f"{rows[-1]}{_dot(look)}{told}" if rows else told
        if rows and cells(joined) <= look.width:
            rows[-1] = joined
        else:
            rows.append(told)
    return [line for row in rows for line in _fact(row, look)]


def _named(fact: tuple[str, str]) -> str:
    return " ".join(part for part in fact if part)


def _fact(row: str, look: Look) -> list[str]:
    fits = cells(row) <= look.width
    return [styled(row, "bold", look)] if fits else wrapped(row, look, "bold", hang=2)


def _dot(look: Look) -> str:
    return look.glyph(" · ", " | ")


def message_lines(question: Question, look: Look, most: int = MESSAGE_LINES) -> list[str]:
    """Return the message, marked as a question; at most `most` lines of it and of our words.

    Its lines after the first have the gutter: at our own indent it could say where answers lead.
    """
    inner = look.narrowed(2)
    lines, whole = prose(question.message, inner, most)
    if not whole:
        lines = prose(question.message, inner, max(1, most - 1))[0]
    above: list[str] = []
    if not whole and most < _COUNTED:
        lines, above = lines[: max(1, most - 1)], hidden("all of it above", inner)
    mark = styled("?", "bold green", look)
    return [f"{mark} {lines[0]}", *guttered(lines[1:], look), *indented(above)]


def _fits(question: Question, look: Look, most: int) -> bool:
    return prose(question.message, look.narrowed(2), most)[1]

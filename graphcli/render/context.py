"""What a person reads above a prompt: the payload first, then our own frame and the message.

Everything that comes from a payload stands behind a gutter or an indent, so only graphcli itself
ever writes at the left margin; and the frame comes last, so no payload can scroll it away.
"""

from __future__ import annotations

import shlex
from typing import Final

from graphcli.engine.question import Question
from graphcli.render.canvas import cells, indented, styled, wrapped
from graphcli.render.console import Console, Look
from graphcli.render.prose import hidden, prose
from graphcli.render.values import UNLIMITED, draw_value
from graphcli.text import safe_line

#: About two thirds of a tall terminal: the frame and the prompt must be in sight as well.
MAX_LINES: Final = 40

#: A longer message is drawn with the payload, and only its start stays below the frame.
MESSAGE_LINES: Final = 6

#: As many hexadecimal digits of a digest as a person may compare: 48 bits.
_DIGEST: Final = 12


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
    lines = payload_lines(question, console.look, limit=limit, see_all=see_all)
    lines += frame_lines(question, console.look, thread=thread, graph=graph, position=position)
    lines += message_lines(question, console.look)
    console.print(lines)


def payload_lines(question: Question, look: Look, *, limit: int, see_all: str) -> list[str]:
    """Return the context of the payload behind a gutter, with our word where it was cut.

    A message that is too long to stand below the frame is drawn here first.
    """
    inner = look.narrowed(2)
    context, cut = draw_value(question.context, inner, limit)
    message, more = (
        ([], False) if _fits(question, look) else draw_value(question.message, inner, limit)
    )
    between = [""] if message and context else []
    gutter = styled(look.glyph("│", "|"), "dim", look)
    lines = [f"{gutter} {line}".rstrip() for line in message + between + context]
    if cut or more:
        lines += [*hidden("cut; all of it is shown by", look), f"  {safe_line(see_all)}"]
    return lines


def frame_lines(
    question: Question, look: Look, *, thread: str, graph: str, position: str = ""
) -> list[str]:
    """Return the rule that says who asks: graph, thread, node and digest, and nothing else."""
    named = {
        "graph": safe_line(graph),
        "thread": safe_line(thread),
        "node": safe_line(question.path),
        "digest": question.digest[:_DIGEST],
    }
    # What a run asks before it begins belongs to no thread yet, and to no node.
    facts = [f"{name} {value}" for name, value in named.items() if value]
    facts += [safe_line(position)] if position else []
    # A thread's id mostly begins with its graph's name, so the graph is the first to go.
    for some in (facts, facts[1:]):
        if title := _title(some, look):
            return [title]
    rule = styled(look.glyph("─", "-") * look.width, "bold", look)
    return [rule, *(line for fact in facts for line in wrapped(fact, look, "bold", hang=2)), rule]


def _title(facts: list[str], look: Look) -> str:
    """Return the facts in a rule of the whole width, or nothing if it is too short for them."""
    dash = look.glyph("─", "-")
    title = f"{dash}{dash} {look.glyph(' · ', ' | ').join(facts)} "
    rest = look.width - cells(title)
    return styled(title + dash * rest, "bold", look) if rest > 1 else ""


def message_lines(question: Question, look: Look) -> list[str]:
    """Return the message, marked as a question; at most `MESSAGE_LINES` lines of it."""
    lines, _ = prose(question.message, look.narrowed(2), MESSAGE_LINES)
    mark = styled("?", "bold green", look)
    return [f"{mark} {lines[0]}", *indented(lines[1:])]


def _fits(question: Question, look: Look) -> bool:
    return prose(question.message, look.narrowed(2), MESSAGE_LINES)[1]

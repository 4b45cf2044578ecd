"""One thread in full: what it is, what it knows, what it asks, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from graphcli.dataclass import dataclass, replace
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.standing import Standing
from graphcli.engine.values.changes import Change
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import NOT_BEGUN, Asked, Result, Status
from graphcli.render.canvas import cells, folded, guttered, indented, styled, wrapped
from graphcli.render.commands import value_hint
from graphcli.render.console import Look
from graphcli.render.drift import drift_lines
from graphcli.render.failures import failure_line
from graphcli.render.journal import JournalEntry, journal_lines
from graphcli.render.leads import again_text, lead_lines
from graphcli.render.prose import UNLIMITED, prose
from graphcli.render.tables import STATUS_STYLES
from graphcli.render.times import age, moment
from graphcli.render.values import draw_value
from graphcli.text import safe_line, safe_text

#: What `inspect` shows of the state unless all is wanted.
_STATE_LINES = 60
_QUESTION_LINES = 20
_HISTORY = 20

#: With fewer cells beside its name than this, a fact goes below it.
_SHORT_WORD = 8


@dataclass(frozen=True, slots=True)
class _Drawer:
    look: Look
    full: bool
    running: bool = False

    def limit(self, lines: int) -> int:
        return UNLIMITED if self.full else lines


def inspect_text(
    stands: Standing,
    look: Look,
    *,
    now: datetime,
    questions: Sequence[Question] = (),
    commands: Mapping[str, str] | None = None,
    journal: Sequence[JournalEntry] = (),
    closed: Sequence[tuple[str, Asked]] = (),
    history: Sequence[Saved] = (),
    full: bool = False,
    drift: Sequence[Change] | None = None,
) -> str:
    """Return everything about a thread where it stands, or stood, without a newline at its end.

    `questions` are the open ones, understood; `commands` has for each id the line that answers
    it. `closed` are those that ended without an answer. `history` has the newest first. With
    `full` nothing is left out. `drift` is how the graph has changed, where it was looked at.
    """
    saved = stands.saved
    drawer = _Drawer(look, full, running=saved.thread.status is Status.RUNNING)
    sections = [
        _header(saved, look, now),
        _titled("State", _state(saved, drawer), look),
        _titled("Next", _next(saved, look), look),
        _titled("Questions", _questions(questions, commands or {}, drawer), look),
        _titled("Tasks", _tasks(stands, drawer), look),
        _titled("Answers", journal_lines(journal, closed, saved.thread.status, look), look),
        _titled("Graph", _graph(saved, drift, look), look),
        _titled("History", _history(history, drawer), look),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _titled(title: str, lines: Sequence[str], look: Look) -> list[str]:
    return [styled(title, "bold", look), *indented(lines)] if lines else []


def _header(saved: Saved, look: Look, now: datetime) -> list[str]:
    thread = saved.thread
    facts = [("graph", thread.graph), ("loaded from", thread.reference)]
    facts += [("superstep", str(saved.checkpoint.step)), ("checkpoint", saved.checkpoint.id)]
    facts += [
        ("started", _when(thread.created_at, now)),
        ("changed", _when(thread.updated_at, now)),
    ]
    title = wrapped(thread.id, look, "bold", hang=2)
    style = STATUS_STYLES[thread.status]
    lines = [*title, *_hanging(f"  {'status':<12}", thread.status.value, look, style)]
    for name, fact in facts:
        if fact:
            lines += _hanging(f"  {name:<12}", fact, look)
    if thread.failure:
        lines += _hanging(f"  {'error':<12}", failure_line(thread.failure), look)
    return lines


def _when(iso: str, now: datetime) -> str:
    return f"{moment(iso)} ({age(iso, now)})" if iso else ""


def _hanging(head: str, text: str, look: Look, style: str = "") -> list[str]:
    """Return `head text`, wrapped so that the text stays right of its head where there is room."""
    if look.width - cells(head) < _SHORT_WORD:
        return [head.rstrip(), *indented(wrapped(safe_line(text), look.narrowed(4), style), 4)]
    rows = wrapped(safe_line(text), look.narrowed(cells(head)), style)
    return [head + rows[0], *indented(rows[1:], cells(head))]


def _state(saved: Saved, drawer: _Drawer) -> list[str]:
    values = dict(saved.checkpoint.values)
    if not values:
        return []
    return draw_value(values, drawer.look.narrowed(2), drawer.limit(_STATE_LINES))[0]


def _graph(saved: Saved, drift: Sequence[Change] | None, look: Look) -> list[str]:
    if drift is None:
        return []
    same = "as it was when the thread last ran"
    unknown = "not known: the thread has not kept what it ran with"
    told = drift_lines(drift) or [same if saved.thread.fingerprint else unknown]
    return [line for each in told for line in wrapped(each, look.narrowed(2), hang=9)]


def _next(saved: Saved, look: Look) -> list[str]:
    names: dict[str, int] = {}
    for task in saved.checkpoint.tasks:
        if _is_ahead(saved.results.get(task.id)):
            names[task.node] = names.get(task.node, 0) + 1
    shown = (name if count == 1 else f"{name} ({count:,} times)" for name, count in names.items())
    return [line for name in shown for line in wrapped(name, look.narrowed(2), hang=2)]


def _questions(
    questions: Sequence[Question], commands: Mapping[str, str], drawer: _Drawer
) -> list[str]:
    inner = drawer.look.narrowed(4)
    lines: list[str] = []
    for number, question in enumerate(questions, 1):
        lines += wrapped(f"{number}. {question.path}", drawer.look.narrowed(2), hang=3)
        most, narrow = drawer.limit(_QUESTION_LINES), inner.narrowed(2)
        payload = prose(question.message, narrow, most)[0]
        payload += draw_value(question.context, narrow, most)[0]
        lines += indented(guttered(payload, drawer.look))
        lines += indented(lead_lines(question, inner))
        if question.id in commands:
            hint = value_hint(question.field, question.example)
            # Never wrapped: it is there to be copied.
            lines.append("  " + safe_text(commands[question.id]).replace("\n", "\\x0a"))
            lines += indented(wrapped(hint, inner, "dim", hang=2))
    return lines


def _tasks(stands: Standing, drawer: _Drawer) -> list[str]:
    """A line a task, with those of the graphs that are under way in it below."""
    look, saved = drawer.look.narrowed(2), stands.saved
    lines: list[str] = []
    for task in saved.checkpoint.tasks:
        result = saved.results.get(task.id)
        if result or task.id in saved.started:
            mark, told = _told(result, saved.started.get(task.id, 0), drawer)
            lines += wrapped(f"{mark} {task.node}: {told}", look, hang=2)
        if drawer.full and result and result.failure:
            lines += _trace(result.failure.trace, look.narrowed(2))
        for inside in stands.below.get(task.id, ()):
            lines += indented(_tasks(inside, replace(drawer, look=look)))
    return lines


def _trace(trace: str, look: Look) -> list[str]:
    rows = trace.rstrip("\n").split("\n") if trace else []
    return indented(line for row in rows for line in folded(row, look))


def _is_ahead(result: Result | None) -> bool:
    """Whether a task has yet to begin, or to end."""
    failure = None if result is None else result.failure
    return result is None or (failure is not None and failure.code == NOT_BEGUN)


def _told(result: Result | None, started: int, drawer: _Drawer) -> tuple[str, str]:
    look = drawer.look
    if result is None and drawer.running:
        return look.glyph("→", ">"), "running"
    if result is None:
        return "!", f"started ({started} time{'s' if started > 1 else ''}), end unknown"
    tries = f" after {result.attempts} attempts" if result.attempts > 1 else ""
    if _is_ahead(result):
        return look.glyph("→", ">"), "not begun"
    if result.outcome == "failed":
        why = failure_line(result.failure) if result.failure else ""
        return look.glyph("✗", "x"), f"failed{tries}: {why}"
    if result.outcome == "asked":
        then = f"; once it is answered, it {again_text(started + 1)}" if started else ""
        return "?", f"asked a question{then}"
    if result.outcome == "paused":
        return look.glyph("…", "~"), "paused"
    return look.glyph("✓", "+"), f"done{tries}"


def _history(history: Sequence[Saved], drawer: _Drawer) -> list[str]:
    look = drawer.look.narrowed(2)
    lines: list[str] = []
    for saved in history[: drawer.limit(_HISTORY)]:
        checkpoint = saved.checkpoint
        nodes = ", ".join(dict.fromkeys(task.node for task in checkpoint.tasks)) or "end"
        leads = look.glyph("→", "->")
        told = f"{checkpoint.step:>4}  {moment(checkpoint.created_at)}  {leads} {nodes}"
        lines += wrapped(told, look, hang=6)
    more = len(history) - len(lines)
    return [*lines, f"{look.glyph('…', '...')} {more:,} more"] if more > 0 else lines

"""What became of each question: who answered it, when and how, or why nobody can any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from graphcli.engine.graph.place import path_of
from graphcli.engine.values.model import Answer, Asked, Secret, Status
from graphcli.render.canvas import indented, wrapped
from graphcli.render.console import Look
from graphcli.render.plain import to_json
from graphcli.render.times import moment
from graphcli.render.values import brief

_WHY: Final = {
    "replaced": "its task failed, and another answer was given",
    "void": "the node asked something else when it ran again",
    "settled": "it may have run",
}
VERDICTS: Final = {"rerun": "run it again", "give_up": "give up", "done": "it is done"}
_TYPED: Final = "it was typed in another process, and asked for again"
_WITHDRAWN: Final = {
    Status.CANCELLED: "the thread was cancelled",
    Status.REJECTED: "the graph said no before it was answered",
}


class JournalEntry(Protocol):
    """An answer as it was given; `status` says what became of it (accepted, void, replaced).

    `settled` is a verdict on an uncertain task, which is its `question`.
    """

    @property
    def node(self) -> str: ...  # noqa: D102 - the names say it.
    @property
    def ns(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def answer(self) -> Answer: ...  # noqa: D102


def why_closed(status: str, thread: Status) -> str:
    """Return why an answer does not count, or a question takes none; empty for one that counts."""
    if status == "withdrawn":
        return _WITHDRAWN.get(thread, "the thread went on without an answer")
    return _WHY.get(status, "")


def journal_json(journal: Sequence[JournalEntry], thread: Status) -> list[dict[str, Any]]:
    """Return every answer, the first first, as JSON data."""
    return [
        {
            "question": entry.answer.question,
            "node": entry.node,
            "ns": entry.ns,
            "value": to_json(entry.answer.value),
            "by": entry.answer.by,
            "how": entry.answer.how,
            "at": entry.answer.at,
            "status": entry.status,
            "why": _why_void(entry) or why_closed(entry.status, thread),
        }
        for entry in journal
        if entry.status != "settled"
    ]


def settled_json(journal: Sequence[JournalEntry]) -> list[dict[str, Any]]:
    """Return every verdict on an uncertain task, the first first, as JSON data."""
    return [
        {
            "task": entry.answer.question,
            "node": entry.node,
            "ns": entry.ns,
            "verdict": entry.answer.value["verdict"],
            "update": to_json(entry.answer.value.get("update")),
            "by": entry.answer.by,
            "how": entry.answer.how,
            "at": entry.answer.at,
        }
        for entry in journal
        if entry.status == "settled"
    ]


def closed_json(closed: Sequence[tuple[str, Asked]], thread: Status) -> list[dict[str, Any]]:
    """Return the questions that ended without an answer, as JSON data."""
    return [
        {
            "question": asked.id,
            "node": asked.node,
            "ns": asked.ns,
            "payload": to_json(asked.payload),
            "asked_at": asked.asked_at,
            "status": status,
            "why": why_closed(status, thread),
        }
        for status, asked in closed
    ]


def journal_lines(
    journal: Sequence[JournalEntry],
    closed: Sequence[tuple[str, Asked]],
    thread: Status,
    look: Look,
) -> list[str]:
    """Return two lines for each answer, and for each question that ended without one."""
    inner = look.narrowed(2)
    lines: list[str] = []
    for entry in journal:
        given = entry.answer
        value = _said(entry, inner.width, look)
        lines += wrapped(f"{path_of(entry.ns, entry.node)}: {value}", inner, hang=2)
        by = f"by {given.by}" if given.by else ""
        fate = _fate(entry.status, _why_void(entry) or why_closed(entry.status, thread))
        lines += _facts(look, moment(given.at), by, given.how, fate)
    for status, asked in closed:
        lines += wrapped(f"{path_of(asked.ns, asked.node)}: not answered", inner, hang=2)
        asked_at = f"asked {moment(asked.asked_at)}" if asked.asked_at else ""
        lines += _facts(look, asked_at, _fate(status, why_closed(status, thread)))
    return lines


def _said(entry: JournalEntry, width: int, look: Look) -> str:
    """The value of an answer, or the verdict on a task in words."""
    if entry.status != "settled":
        return brief(entry.answer.value, width, look)
    value = entry.answer.value
    update = f", with {brief(value['update'], width, look)}" if "update" in value else ""
    return f"{VERDICTS[value['verdict']]}{update}"


def _why_void(entry: JournalEntry) -> str:
    """Why an answer with a typed secret is void; empty for any other."""
    return _TYPED if entry.status == "void" and _is_typed(entry.answer.value) else ""


def _is_typed(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_typed, value.values()))
    return isinstance(value, Secret) and value.typed


def _fate(status: str, why: str) -> str:
    return f"{status}: {why}" if why else status


def _facts(look: Look, *facts: str) -> list[str]:
    told = look.glyph(" · ", " | ").join(fact for fact in facts if fact)
    return indented(wrapped(told, look.narrowed(4), "dim"))

"""Answers that come too late: who was first, and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from graphcli.cli.sheet import Sheet
from graphcli.cli.threads import asked_before
from graphcli.engine.graph.place import path_of
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.checkpointer import ThreadInfo, no_longer_asked
from graphcli.engine.values.model import Answer, Status
from graphcli.errors import AlreadyAnsweredError, ConflictError
from graphcli.storage import JournalEntry, Storage

#: No answer that a new one could come too late for.
_PAST = ("replaced", "settled")


def too_late(
    storage: Storage,
    info: ThreadInfo,
    sheet: Sheet,
    question: str | None,
    sent: Sequence[Answer] = (),
) -> ConflictError | None:
    """Return why what was given serves no question any more, if that is so.

    `question` is the one that was named, `sent` what this command has tried to answer. A task
    that has failed takes another answer in place of its last one.
    """
    if not (sheet.given or question or sent):
        return None
    open_ = [*_replaceable(storage, info), *(asked.id for asked in storage.questions(info.id))]
    if question and any(id_.startswith(question) for id_ in open_):
        return None
    if question or sent:
        return who_was_first(storage, info, sheet, question, sent)
    if open_:
        return None
    if info.status.over or storage.holder(info.id) is not None:
        return who_was_first(storage, info, sheet)
    return who_was_first(storage, info, sheet, among=_not_taken_up(storage, info))


def why_gone(storage: Storage, thread: str, question: str) -> str:
    """Return why a question takes no answer any more, and who was first; empty while it does."""
    info = storage.thread(thread)
    if info is None:
        return "its thread was deleted"
    open_ = {asked.id for asked in storage.questions(thread)} | _replaceable(storage, info)
    if question in open_:
        return ""
    first = who_was_first(storage, info, Sheet([]), question)
    return f"question {question} is no longer asked" if first is None else first.message


def who_was_first(
    storage: Storage,
    info: ThreadInfo,
    sheet: Sheet,
    question: str | None = None,
    sent: Sequence[Answer] = (),
    among: Collection[str] | None = None,
) -> ConflictError | None:
    """Return who has answered what was meant here, None if nobody has.

    With `among` only answers to these questions count.
    """
    asked = asked_before(storage, info.id)
    mine = [(answer.question, answer.by, answer.at) for answer in sent]
    for entry in reversed(storage.journal(info.id)):
        given = entry.answer
        if (given.question, given.by, given.at) in mine or entry.status in _PAST:
            continue
        if among is not None and given.question not in among:
            continue
        if _is_meant(entry, sheet, question, {answer.question for answer in sent}, asked):
            return _told(entry)
    return None


def _not_taken_up(storage: Storage, info: ThreadInfo) -> set[str]:
    """The answered questions of tasks that have not ended: a run died, or has yet to begin."""
    saved = storage.load(info.id)
    every = () if saved is None else standing_of(saved, storage).every()
    return {
        told.question for each in every for answers in each.answers.values() for told in answers
    }


def _replaceable(storage: Storage, info: ThreadInfo) -> set[str]:
    """The answered questions of tasks that have failed."""
    saved = storage.load(info.id) if info.status is Status.FAILED else None
    return set() if saved is None else set(standing_of(saved, storage).replaceable)


def _is_meant(
    entry: JournalEntry,
    sheet: Sheet,
    question: str | None,
    sent: Collection[str],
    asked: Mapping[str, Sequence[str]],
) -> bool:
    id_ = entry.answer.question
    if question:
        return id_.startswith(question)
    if sent:
        return id_ in sent
    path = path_of(entry.ns, entry.node)
    ids = asked.get(path, ())
    return sheet.may_mean(path, ids.index(id_) + 1 if id_ in ids else 0)


def _told(entry: JournalEntry) -> ConflictError:
    given = entry.answer
    if entry.status == "accepted":
        return AlreadyAnsweredError(given.question, given.by, given.how, given.at)
    return no_longer_asked(given.question, entry.status, given.digest, "")

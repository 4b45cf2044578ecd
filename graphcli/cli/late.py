"""Answers that come too late: who was first, and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphcli.cli.sheet import Sheet
from graphcli.engine.checkpointer import ThreadInfo, no_longer_asked
from graphcli.engine.model import Answer, Status
from graphcli.engine.place import path_of
from graphcli.errors import AlreadyAnsweredError, ConflictError
from graphcli.storage import JournalEntry, Storage


def too_late(
    storage: Storage,
    info: ThreadInfo,
    sheet: Sheet,
    question: str | None,
    sent: Sequence[Answer] = (),
) -> ConflictError | None:
    """Return why what was given serves no question any more, if that is so.

    `question` is the one that was named, `sent` what this command has tried to answer. A task
    that has failed takes another answer.
    """
    if info.status is Status.FAILED or not (sheet.given or question):
        return None
    open_ = [asked.id for asked in storage.questions(info.id)]
    if question and any(id_.startswith(question) for id_ in open_):
        return None
    if question is None and not sent and (open_ or not _stays(storage, info)):
        return None
    return who_was_first(storage, info, sheet, question, sent)


def who_was_first(
    storage: Storage,
    info: ThreadInfo,
    sheet: Sheet,
    question: str | None = None,
    sent: Sequence[Answer] = (),
) -> ConflictError | None:
    """Return who has answered what was meant here, None if nobody has."""
    first = next(_meant(storage, info, sheet, question, sent), None)
    return None if first is None else _told(first)


def _stays(storage: Storage, info: ThreadInfo) -> bool:
    """Whether nothing can be asked of whoever comes now: it is over, or another run drives it."""
    return info.status.over or storage.holder(info.id) is not None


def _meant(
    storage: Storage,
    info: ThreadInfo,
    sheet: Sheet,
    question: str | None,
    sent: Sequence[Answer],
) -> Iterator[JournalEntry]:
    """The answers that others gave to what was meant here, the last one first."""
    mine = [(answer.question, answer.by, answer.at) for answer in sent]
    asked = {answer.question for answer in sent}
    for entry in reversed(storage.journal(info.id)):
        given = entry.answer
        if (given.question, given.by, given.at) in mine or entry.status == "replaced":
            continue
        if question:
            meant = given.question.startswith(question)
        elif asked:
            meant = given.question in asked
        else:
            path = path_of(entry.ns, entry.node)
            meant = any(_names(one.node, path) for one in sheet.given)
        if meant:
            yield entry


def _names(node: str | None, path: str) -> bool:
    return node is None or path == node or path.endswith(f"/{node}")


def _told(entry: JournalEntry) -> ConflictError:
    given = entry.answer
    if entry.status == "accepted":
        return AlreadyAnsweredError(given.question, given.by, given.how, given.at)
    return no_longer_asked(given.question, entry.status, given.digest, "")

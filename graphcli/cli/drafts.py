"""Drafts: what a person has filled in of a question outlives the prompt, but not the question."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

from graphcli import prompts
from graphcli.cli.late import why_gone
from graphcli.cli.person import put
from graphcli.dataclass import dataclass
from graphcli.engine.resuming.question import Question
from graphcli.errors import GraphcliError, Parked
from graphcli.render.console import NARROWEST, Look
from graphcli.render.context import payload_lines
from graphcli.render.journal import journal_lines
from graphcli.render.plain import dumps, to_json
from graphcli.render.prose import UNLIMITED
from graphcli.storage import Storage

#: Columns of a page beside its text.
_MARGIN: Final = 3


@dataclass(frozen=True, slots=True)
class Drafts:
    """Where a person's answers to a thread's questions are kept until they are sent."""

    storage: Storage
    thread: str

    def put(self, question: Question, above: Callable[[], None]) -> Any:
        """Ask `question`, going on with what was filled in before; keep that if they leave.

        `above` draws again what was shown of it.

        Raises:
            Parked: the person left.
            Stopped: a signal, or the time was up.
        """
        key = (self.thread, question.id, question.digest)
        before = self.storage.draft(*key)
        draft = prompts.Draft.of(before)
        try:
            return put(question, draft, lambda: self.about(question), above)
        except BaseException as left:
            told = _kept(self.storage, key, before, draft.data())
            if isinstance(left, Parked):
                why = why_gone(self.storage, self.thread, question.id)
                left.message += told + (f"; {why}" if why else "")
            raise

    def about(self, question: Question) -> Sequence[tuple[str, Sequence[str]]]:
        """Return what the help tells of the thread: what was answered so far, and the payload.

        The payload comes twice: to be read, with nothing left out, and as the node sent it.
        """
        look = Look(max(NARROWEST, os.get_terminal_size(2).columns - _MARGIN))
        info = self.storage.thread(self.thread)
        journal = self.storage.journal(self.thread)
        closed = self.storage.closed(self.thread)
        told = journal_lines(journal, closed, info.status, look) if info else []
        return [
            ("The thread so far", told or ["nothing was answered yet"]),
            ("What it shows", payload_lines(question, look, limit=UNLIMITED, see_all="", most=0)),
            ("The payload, as the node sent it", _raw(question.payload)),
        ]


def _kept(storage: Storage, key: tuple[str, str, str], before: Any, draft: Any) -> str:
    """Keep `draft`; return what a person who leaves is to know of it."""
    try:
        if draft != before:
            storage.keep_draft(*key, draft)
        lost = draft is not None and storage.draft(*key) is None  # its question was closed
    except GraphcliError as error:  # leaving goes on, and says what was lost
        return f"; what you have filled in could not be kept: {error.message}"
    if draft is None:
        return ""
    return f"; {'nothing of ' if lost else ''}what you have filled in is kept"


def _raw(payload: Any) -> list[str]:
    return dumps(to_json(payload), terminal=True).splitlines()

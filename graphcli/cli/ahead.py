"""Questions with what lies ahead: where their answers lead, and what runs again then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphcli import prompts
from graphcli.engine.ahead import with_leads
from graphcli.engine.checkpointer import Saved
from graphcli.engine.model import Asked
from graphcli.engine.protocol import LoadedGraph
from graphcli.engine.question import Question
from graphcli.engine.ways import Way
from graphcli.storage import Storage


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a loaded graph and the storage tell of the way ahead of one thread."""

    loaded: LoadedGraph
    storage: Storage
    thread: str

    def recognised(self, asked: Iterable[Asked]) -> list[Question]:
        """Return the questions behind `asked`, with where they lead and how often they ran."""
        heads: dict[str, Saved | None] = {}
        for one in (asked := list(asked)):
            if one.ns not in heads:
                heads[one.ns] = self.storage.load(self.thread, one.ns)
        return [self._recognised(one, heads[one.ns]) for one in asked]

    def _recognised(self, asked: Asked, saved: Saved | None) -> Question:
        question = prompts.recognise(asked)
        values = {} if saved is None else saved.checkpoint.values
        runs = 0 if saved is None else saved.started.get(asked.task, 0)
        foreseen = with_leads(question, lambda answer: self._way(question.path, values, answer))
        return replace(foreseen, runs=runs)

    def _way(self, path: str, values: Mapping[str, Any], answer: Mapping[str, Any]) -> Way | None:
        foresee = self.loaded.foresee
        if foresee is None:
            return self.loaded.graph.way_after(path)
        return foresee(path, values, answer)

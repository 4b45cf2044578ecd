"""Questions with what lies ahead: where their answers lead, and what runs again then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from graphcli import prompts
from graphcli.dataclass import dataclass, replace
from graphcli.engine.resuming.ahead import Foresee, with_leads
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.protocol import LoadedGraph
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import Asked


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a thread, and its graph where that was loaded, tell of the way ahead.

    `head` returns where the thread, or the subgraph of a namespace in it, stands.
    """

    loaded: LoadedGraph | None
    head: Callable[[str], Saved | None]

    def recognised(self, asked: Iterable[Asked]) -> list[Question]:
        """Return the questions behind `asked`, with where they lead and how often they ran."""
        head = cache(self.head)
        return [self._recognised(one, head(one.ns)) for one in asked]

    def _recognised(self, asked: Asked, saved: Saved | None) -> Question:
        question = prompts.recognise(asked)
        if saved is None:
            return question
        question = replace(question, runs=saved.started.get(asked.task, 0))
        foresee = self._foresee(question.path, saved.checkpoint.values)
        return question if foresee is None else with_leads(question, foresee)

    def _foresee(self, path: str, values: Mapping[str, Any]) -> Foresee | None:
        if self.loaded is None:
            return None
        foresee, graph = self.loaded.foresee, self.loaded.graph
        if foresee is None:
            return lambda _answer: graph.way_after(path)
        return lambda answer: foresee(path, values, answer)

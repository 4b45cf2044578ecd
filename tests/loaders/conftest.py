"""Run loaded graphs in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graphcli.engine.face.memory import InMemorySaver
from graphcli.engine.running.events import Event, RunEnded
from graphcli.engine.running.protocol import LoadedGraph, RunOptions
from graphcli.engine.values.model import Answer
from graphcli.loaders import load


class Run:
    """One thread of one graph."""

    def __init__(self, graph: LoadedGraph, inputs: Mapping[str, Any]) -> None:
        self.graph = graph
        self.saver = InMemorySaver()
        self.events: list[Event] = []
        given = graph.initial(inputs)
        self._take(graph.graph.start("t", given, self.saver, RunOptions()))

    def _take(self, events: Any) -> None:
        self.events = list(events)
        end = self.events[-1]
        assert isinstance(end, RunEnded)
        self.end = end

    def answer(self, value: Any) -> "Run":
        asked = self.end.questions[0]
        given = Answer(asked.id, asked.digest, value)
        self._take(self.graph.graph.go_on("t", self.saver, RunOptions(), [given]))
        return self

    @property
    def status(self) -> str:
        return self.end.status.value

    @property
    def failure(self) -> str:
        return self.end.failure.message if self.end.failure else ""

    @property
    def output(self) -> Any:
        return self.graph.output(self.end.values)


class Runner:
    """Writes a YAML graph to a folder and runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, text: str, *, looking: bool = False) -> LoadedGraph:
        (self.folder / "g.yaml").write_text(text, encoding="utf-8")
        return load("g.yaml", cwd=self.folder, looking=looking)

    def __call__(self, text: str, **inputs: Any) -> Run:
        return Run(self.load(text), inputs)


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    return Runner(tmp_path)

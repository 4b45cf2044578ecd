"""Who listens to a run may be stopped as well as its nodes: the thread is parked at once."""

from __future__ import annotations

import threading
from typing import TypedDict

import pytest

from graphcli import START, InMemorySaver, StateGraph
from graphcli.drive import drive
from graphcli.engine.running.events import Event, TaskStarted
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.values.model import Status


class State(TypedDict, total=False):
    x: int


@pytest.mark.parametrize("stop", [KeyboardInterrupt, BrokenPipeError])
def test_a_stop_while_an_event_is_told_parks_the_thread(stop: type[BaseException]) -> None:
    inside, go, saver = threading.Event(), threading.Event(), InMemorySaver()

    def hang(state: State) -> None:
        inside.set()
        assert go.wait(10)

    def emit(event: Event) -> None:
        if isinstance(event, TaskStarted) and event.node == "other":
            assert inside.wait(10)
            if stop is not KeyboardInterrupt:
                go.set()  # only a stop leaves what still runs
            raise stop

    builder = StateGraph(State).add_node("hang", hang).add_node("other", lambda state: None)
    graph = builder.add_edge(START, "hang").add_edge(START, "other").compile()
    events = graph.start("t", {}, saver, RunOptions())

    with pytest.raises(stop):
        drive(graph, events, saver, RunOptions(), emit, desk=None)  # type: ignore[arg-type]

    assert saver.holder("t") is None
    saved = saver.load("t")
    assert saved is not None
    left = Status.UNCERTAIN if stop is KeyboardInterrupt else Status.STOPPED
    assert saved.thread.status is left
    go.set()

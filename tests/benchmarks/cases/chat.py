"""A conversation of 1,000 turns: what it writes, whether it slows down, and what loading costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Engine, Log, timed
from tests.benchmarks.harness import Case, Goal, Side

_TURNS = 1000
_TEXT = "x" * 350


def _graph(engine: Engine, saver: Any) -> Any:
    graph = engine.graph.StateGraph(Log).add_node("reply", lambda _state: {"log": [_TEXT]})
    return graph.add_edge("__start__", "reply").compile(checkpointer=saver)


def _talk(engine: Engine, folder: Path) -> list[float]:
    """Return the seconds of each turn."""
    with engine.saver(folder) as saver:
        graph = _graph(engine, saver)
        turn = {"log": [_TEXT]}
        return [timed(lambda: graph.invoke(turn, CONFIG, durability="sync")) for _ in range(_TURNS)]


def _written(engine: Engine) -> Side:
    def measured(folder: Path) -> float:
        _talk(engine, folder)
        return sum(file.stat().st_size for file in folder.iterdir()) / 1e6

    return measured


def _log(folder: Path) -> float:
    """The same text, appended to a file."""
    file = folder / "log"
    file.write_text(f"{_TEXT}\n" * (2 * _TURNS))
    return file.stat().st_size / 1e6


def _turn(engine: Engine, pick: Callable[[list[float]], list[float]]) -> Side:
    return lambda folder: median(pick(_talk(engine, folder))) * 1e3


def _load(folder: Path, fill: Callable[[Any], object]) -> float:
    with OURS.saver(folder) as saver:
        fill(_graph(OURS, saver))
    with OURS.saver(folder) as saver:
        graph = _graph(OURS, saver)
        return timed(lambda: graph.get_state(CONFIG)) * 1e3


def _after_many(folder: Path) -> float:
    _talk(OURS, folder)
    return _load(folder, lambda _graph: None)


def _after_one(folder: Path) -> float:
    """The same state, written at once."""
    whole = {"log": [_TEXT] * (2 * _TURNS - 1)}
    return _load(folder, lambda graph: graph.invoke(whole, CONFIG))


CASES = [
    Case("chat-bytes", "MB", Goal(at_most=3), _written(OURS), _written(THEIRS), _log, rounds=1),
    Case(
        "chat-turn-1000",
        "ms",
        Goal(of_limit=1.5),
        _turn(OURS, lambda turns: turns[-20:]),
        # The limit is ours at turn 10.
        limit=_turn(OURS, lambda turns: turns[:20]),
        rounds=3,
    ),
    # The limit is the same state without a history.
    Case("chat-load", "ms", Goal(of_limit=1.5), _after_many, limit=_after_one, rounds=3),
]

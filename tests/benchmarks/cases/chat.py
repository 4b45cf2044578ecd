"""A conversation of 1,000 turns: what it writes, whether it slows down, and what loading costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.engines import CONFIG, OURS, THEIRS, Engine, Log, timed
from tests.benchmarks.harness import Case, Goal, Side

_TURNS = 1000
#: LangGraph writes the whole state again and again: 2.7 GB in 1,000 turns. So few are compared.
_FEW = 200
_TEXT = "x" * 350


def _graph(engine: Engine, saver: Any) -> Any:
    graph = engine.graph.StateGraph(Log).add_node("reply", lambda _state: {"log": [_TEXT]})
    return graph.add_edge("__start__", "reply").compile(checkpointer=saver)


def _talk(engine: Engine, folder: Path, turns: int = _TURNS) -> list[float]:
    """Return the seconds of each turn."""
    with engine.saver(folder) as saver:
        graph = _graph(engine, saver)
        turn = {"log": [_TEXT]}
        return [timed(lambda: graph.invoke(turn, CONFIG, durability="sync")) for _ in range(turns)]


def _written(engine: Engine, turns: int) -> Side:
    def measured(folder: Path) -> float:
        _talk(engine, folder, turns)
        return sum(file.stat().st_size for file in folder.iterdir()) / 1e6

    return measured


def _log(turns: int) -> Side:
    """The same text, appended to a file."""

    def measured(folder: Path) -> float:
        file = folder / "log"
        file.write_text(f"{_TEXT}\n" * (2 * turns))
        return file.stat().st_size / 1e6

    return measured


def _turn(turns: int) -> Side:
    """The last twenty of so many turns."""
    return lambda folder: median(_talk(OURS, folder, turns)[-20:]) * 1e3


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
    Case(
        "chat-bytes",
        "a chat of 1,000 turns on the disk; the limit is its text",
        "MB",
        Goal(at_most=3),
        _written(OURS, _TURNS),
        limit=_log(_TURNS),
        rounds=1,
    ),
    Case(
        f"chat-bytes-{_FEW}",
        f"the same after {_FEW} turns, for LangGraph would need gigabytes",
        "MB",
        Goal(),
        _written(OURS, _FEW),
        _written(THEIRS, _FEW),
        _log(_FEW),
        rounds=1,
    ),
    Case(
        "chat-turn-1000",
        "one of its last turns; the limit is one of the first",
        "ms",
        Goal(of_limit=1.5),
        _turn(_TURNS),
        limit=_turn(20),
        rounds=3,
    ),
    Case(
        "chat-load",
        "another process loads it; the limit is the same state without a history",
        "ms",
        Goal(of_limit=1.5),
        _after_many,
        limit=_after_one,
        rounds=3,
    ),
]

"""The two engines behind one face: the same script runs on both."""

from __future__ import annotations

import operator
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, TypedDict

import langgraph.graph as theirs_graph
import langgraph.types as theirs_types
from langgraph.checkpoint.sqlite import SqliteSaver

import graphcli
from graphcli.storage import open_storage

CONFIG: Any = {"configurable": {"thread_id": "one"}, "recursion_limit": 20_000}


@dataclass(frozen=True)
class Engine:
    """What a script needs of an engine; `saver` opens a durable one in a folder."""

    graph: Any
    types: Any
    saver: Callable[[Path], Any]


@contextmanager
def _sqlite_saver(folder: Path) -> Iterator[SqliteSaver]:
    with closing(sqlite3.connect(folder / "theirs.db", check_same_thread=False)) as connection:
        yield SqliteSaver(connection)


OURS = Engine(graphcli, graphcli, lambda folder: open_storage(folder / "ours.db"))
THEIRS = Engine(theirs_graph, theirs_types, _sqlite_saver)


class Count(TypedDict):
    """A number that grows with each superstep up to `to`."""

    n: int
    to: int


class Log(TypedDict):
    """A list that grows."""

    log: Annotated[list[Any], operator.add]


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds `work` takes."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def counting(engine: Engine) -> Any:
    """Return a graph of one node that goes round until `to`."""

    def more(state: Count) -> dict[str, int]:
        return {"n": state["n"] + 1}

    def on(state: Count) -> str:
        return "more" if state["n"] < state["to"] else "__end__"

    graph = engine.graph.StateGraph(Count).add_node("more", more).add_edge("__start__", "more")
    return graph.add_conditional_edges("more", on, ["more", "__end__"])


def asking(engine: Engine) -> Any:
    """Return a graph that asks once."""

    def ask(_state: Log) -> dict[str, list[Any]]:
        return {"log": [engine.types.interrupt("go on?")]}

    return engine.graph.StateGraph(Log).add_node("ask", ask).add_edge("__start__", "ask")


def commits(folder: Path, count: int, *, fsync: bool) -> float:
    """Return the seconds that `count` transactions of one small row take in bare SQLite."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
        connection.execute("CREATE TABLE steps (n INTEGER PRIMARY KEY, body BLOB)")

        def work() -> None:
            for number in range(count):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO steps VALUES (?, ?)", (number, b"x" * 200))
                connection.execute("COMMIT")

        return timed(work)

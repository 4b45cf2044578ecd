"""The newest twenty threads that wait, of 100,000 and (the limit) of 10,000."""

from __future__ import annotations

import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from graphcli.engine.values.model import Status
from graphcli.storage import open_storage
from tests.benchmarks.engines import timed
from tests.benchmarks.harness import Case, Goal, Side
from tests.contract.build import asked, waiting


@cache
def _filled(count: int) -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """A storage with so many threads that wait, made once; the folder lives as long as we do."""
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name, "threads.db")
    with open_storage(path) as storage:
        database: Any = storage._database

        def fill(connection: sqlite3.Connection) -> None:
            database.write = lambda work, *, durable: work(connection)
            for number in range(count):
                waiting(storage, asked(f"q{number}", "t"), id_=f"thread-{number}")

        database.write(fill, durable=False)  # one transaction for all
    return path, folder


def _side(count: int) -> Side:
    def measured(_folder: Path) -> float:
        path, _ = _filled(count)
        with open_storage(path, reading=True) as storage:
            storage.threads(status=Status.WAITING, limit=20)
            return timed(lambda: storage.threads(status=Status.WAITING, limit=20)) * 1e3

    return measured


CASES = [
    Case(
        "list-20-of-100000",
        "list the newest 20 of 100,000 threads that wait; the limit is of 10,000",
        "ms",
        Goal(at_most=2, of_limit=1.3),
        _side(100_000),
        limit=_side(10_000),
    )
]

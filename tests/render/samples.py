"""Values, questions and threads that the tests of render share."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len

from graphcli.engine.resuming.question import Field, Kind, Option, Question
from graphcli.engine.values.checkpointer import Saved, ThreadInfo
from graphcli.engine.values.model import Answer, Checkpoint, Failure, Result, Status, Task
from graphcli.render.console import Console, Look

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
THEN = "2026-11-21T03:04:31+00:00"
GIVEN = Answer("q0", "d0", True, "alice@laptop", "terminal", THEN)
DIGEST = "3fa9c1b2d4e5" + "0" * 52

DIFF = """--- a/app.py
+++ b/app.py
@@ -1,2 +1,2 @@
 import os
-limit = 10
+limit = 20  # as agreed with everybody in the meeting
"""

NOTES = """# Notes

Everything that has changed since the last release, in the words of those who did it.
- a first item, which is long enough to be wrapped over two lines of a terminal
- a second

```sh
make   release
```"""

FILES = [
    {"name": "app.py", "lines": 12, "status": "changed"},
    {"name": "docs/index.md", "lines": 3, "status": "new"},
]


MIXED = {
    "tag": "v1.2",
    "commits": 14,
    "ready": True,
    "files": FILES,
    "config": {"db": {"host": "localhost", "ports": [5432, 5433]}},
}


def field(kind: Kind = Kind.CHOICE, *choices: str) -> Field:
    return Field(kind=kind, options=tuple(Option(value, value) for value in choices))


def question(context: Any = None, message: str = "Release v1.2?", **more: Any) -> Question:
    given: dict[str, Any] = {
        "id": "a1b2c3",
        "node": "approve",
        "field": field(Kind.CHOICE, "deploy", "abort"),
        "digest": DIGEST,
        "asked_at": THEN,
        **more,
    }
    return Question(message=message, context=context, **given)


def console(width: int = 80, *, color: bool = False, unicode: bool = True) -> Console:
    return Console(io.StringIO(), Look(width, color, unicode), terminal=True)


def written(to: Console) -> str:
    assert isinstance(to.stream, io.StringIO)
    return to.stream.getvalue()


def widest(text: str) -> int:
    return max(cell_len(line) for line in text.split("\n"))


@dataclass
class Entry:
    node: str = "confirm"
    status: str = "accepted"
    answer: Answer = GIVEN
    ns: str = ""


def thread(**more: Any) -> ThreadInfo:
    given: dict[str, Any] = {
        "id": "release-7f3a2c",
        "uid": "u1",
        "graph": "release",
        "reference": "./graphs/release.yaml",
        "status": Status.WAITING,
        "created_at": THEN,
        "updated_at": THEN,
        "open": 1,
        **more,
    }
    return ThreadInfo(**given)


def saved(values: Any = None, **more: Any) -> Saved:
    tasks = (
        Task("t1", "approve", ("pull", "approve")),
        Task("t2", "lint", ("pull", "lint")),
        Task("t3", "deploy", ("pull", "deploy")),
    )
    results = {
        "t2": Result("t2", "lint", "done", attempts=2),
        "t3": Result(
            "t3", "deploy", "failed", failure=Failure("KeyError", "'eu'", "Traceback\n  raise x")
        ),
    }
    held = {"tag": "v1.2", "log": ["built", "tested"]} if values is None else values
    checkpoint = Checkpoint("cp3", 3, 1, "loop", held, tasks, created_at=THEN)
    return Saved(thread(**more), "", checkpoint, {"t1": 1, "t2": 2, "t3": 1}, results)

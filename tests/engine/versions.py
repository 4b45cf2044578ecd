"""Graphs as files that change while a thread is parked: what the tests of drift share."""

from __future__ import annotations

import linecache
from itertools import count
from pathlib import Path
from typing import Any

from graphcli.engine.face.compiled import CompiledGraph

#: What every file begins with.
HEAD = """
import functools, operator
from typing import Annotated, TypedDict
from graphcli import END, START, Command, MessagesState, Send, StateGraph, ToolNode, interrupt

class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
    ok: str
    draft: str

def ask(state):
    return {"ok": interrupt("Deploy?")}

"""


class Files:
    """Loads texts as Python files, each time under another name, as new processes would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def load(self, text: str, *edits: tuple[str, str]) -> dict[str, Any]:
        """Return what the file defines; each of `edits` is an old text and a new one."""
        text = HEAD + text
        for old, new in edits:
            assert old in text, f"{old!r} is not in the file"
            text = text.replace(old, new)
        path = self._folder / f"version{next(self._numbers)}.py"
        path.write_text(text, encoding="utf-8")
        linecache.checkcache(str(path))
        names: dict[str, Any] = {"__name__": path.stem}
        exec(compile(text, str(path), "exec", dont_inherit=True), names)
        return names

    def graph(self, text: str, *edits: tuple[str, str]) -> CompiledGraph:
        """Return the `graph` of the file."""
        made: CompiledGraph = self.load(text, *edits)["graph"]
        return made

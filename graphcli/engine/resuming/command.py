"""What a Command given as input writes and plans, checked before anything moves."""

from __future__ import annotations

from typing import Any

from graphcli.engine.graph.structure import Graph
from graphcli.engine.graph.update import interpret
from graphcli.engine.running.superstep import amend
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import Checkpoint, Command, Result
from graphcli.errors import InvalidUpdateError

#: Who wrote, in messages: the one who gave the input.
INPUT = "__input__"


def amended(graph: Graph, saved: Saved, command: Command[Any]) -> Checkpoint | None:
    """Return the checkpoint of `saved` as `command` changes it; None where it only answers.

    Raises:
        InvalidUpdateError: its update is none, or it addresses a parent.
        InvalidGraphError: it leads to something that is not a node.
        Exception: whatever a reducer raises.
    """
    if command.graph is not None:
        raise InvalidUpdateError(
            "There is no parent graph: the Command is the input of the outermost one",
            "leave `graph` out of it",
        )
    writes, goto = interpret(graph, INPUT, Command(update=command.update, goto=command.goto))
    if not writes and not goto:
        return None
    return amend(graph, saved.ns, saved.checkpoint, Result("", INPUT, "done", writes, goto))

"""Run graphs that stop to ask a person. Names and meaning are LangGraph's."""

from graphcli.engine.compiled import CompiledGraph
from graphcli.engine.graph import StateGraph
from graphcli.engine.interrupt import interrupt
from graphcli.engine.memory import InMemorySaver
from graphcli.engine.messages import (
    REMOVE_ALL_MESSAGES,
    MessagesState,
    RemoveMessage,
    add_messages,
)
from graphcli.engine.model import (
    END,
    START,
    Command,
    Interrupt,
    Overwrite,
    PregelTask,
    RetryPolicy,
    Secret,
    Send,
    StateSnapshot,
    StateUpdate,
)
from graphcli.errors import Rejected

__all__ = [
    "END",
    "REMOVE_ALL_MESSAGES",
    "START",
    "Command",
    "CompiledGraph",
    "InMemorySaver",
    "Interrupt",
    "MessagesState",
    "Overwrite",
    "PregelTask",
    "Rejected",
    "RemoveMessage",
    "RetryPolicy",
    "Secret",
    "Send",
    "StateGraph",
    "StateSnapshot",
    "StateUpdate",
    "add_messages",
    "interrupt",
]

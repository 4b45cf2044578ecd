"""Run graphs that stop to ask a person. Names and meaning are LangGraph's."""

from graphcli.engine.compiled import CompiledGraph
from graphcli.engine.graph import StateGraph
from graphcli.engine.interrupt import interrupt
from graphcli.engine.managed import IsLastStep, RemainingSteps
from graphcli.engine.memo import task
from graphcli.engine.memory import InMemorySaver, MemorySaver
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
from graphcli.engine.output import GraphOutput
from graphcli.engine.runtime import (
    Runtime,
    StreamWriter,
    get_config,
    get_runtime,
    get_stream_writer,
)
from graphcli.engine.tool import InjectedState, InjectedToolCallId
from graphcli.engine.toolnode import ToolNode, tools_condition
from graphcli.errors import Rejected

__all__ = [
    "END",
    "REMOVE_ALL_MESSAGES",
    "START",
    "Command",
    "CompiledGraph",
    "GraphOutput",
    "InMemorySaver",
    "InjectedState",
    "InjectedToolCallId",
    "Interrupt",
    "IsLastStep",
    "MemorySaver",
    "MessagesState",
    "Overwrite",
    "PregelTask",
    "Rejected",
    "RemainingSteps",
    "RemoveMessage",
    "RetryPolicy",
    "Runtime",
    "Secret",
    "Send",
    "StateGraph",
    "StateSnapshot",
    "StateUpdate",
    "StreamWriter",
    "ToolNode",
    "add_messages",
    "get_config",
    "get_runtime",
    "get_stream_writer",
    "interrupt",
    "task",
    "tools_condition",
]

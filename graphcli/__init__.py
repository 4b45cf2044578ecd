"""Run graphs that stop to ask a person. Names and meaning are LangGraph's.

A name's module is loaded when the name is first used, for this file is what every command loads
first: `graphcli list` needs no engine, and `--version` nothing at all.
"""

from graphcli.deferred import names_of

__version__ = "0.1.0"

TYPE_CHECKING = False  # typing has it as well, for half the cost of starting Python.
if TYPE_CHECKING:
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

#: The modules of the names above; tests/test_names.py compares the two.
_HOMES = {
    "graphcli.engine.compiled": "CompiledGraph",
    "graphcli.engine.graph": "StateGraph",
    "graphcli.engine.interrupt": "interrupt",
    "graphcli.engine.managed": "IsLastStep RemainingSteps",
    "graphcli.engine.memo": "task",
    "graphcli.engine.memory": "InMemorySaver MemorySaver",
    "graphcli.engine.messages": "REMOVE_ALL_MESSAGES MessagesState RemoveMessage add_messages",
    "graphcli.engine.model": (
        "END START Command Interrupt Overwrite PregelTask RetryPolicy Secret Send "
        "StateSnapshot StateUpdate"
    ),
    "graphcli.engine.output": "GraphOutput",
    "graphcli.engine.runtime": "Runtime StreamWriter get_config get_runtime get_stream_writer",
    "graphcli.engine.tool": "InjectedState InjectedToolCallId",
    "graphcli.engine.toolnode": "ToolNode tools_condition",
    "graphcli.errors": "Rejected",
}

if not TYPE_CHECKING:  # else a misspelt name would be no error
    __getattr__ = names_of(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)

"""Run graphs that stop to ask a person. Names and meaning are LangGraph's.

A name's module is loaded when the name is first used, for this file is what every command loads
first: `graphcli list` needs no engine, and `--version` nothing at all.
"""

from graphcli.deferred import names_of

__version__ = "0.1.0"

TYPE_CHECKING = False  # typing has it as well, for half the cost of starting Python.
if TYPE_CHECKING:
    from graphcli.engine.face.compiled import CompiledGraph
    from graphcli.engine.face.graph import StateGraph
    from graphcli.engine.face.memory import InMemorySaver, MemorySaver
    from graphcli.engine.graph.injection import StreamWriter
    from graphcli.engine.graph.managed import IsLastStep, RemainingSteps
    from graphcli.engine.graph.messages import (
        REMOVE_ALL_MESSAGES,
        MessagesState,
        RemoveMessage,
        add_messages,
    )
    from graphcli.engine.running.interrupt import interrupt
    from graphcli.engine.running.memo import task
    from graphcli.engine.running.output import GraphOutput
    from graphcli.engine.running.runtime import (
        Runtime,
        get_config,
        get_runtime,
        get_stream_writer,
    )
    from graphcli.engine.tools.node import ToolNode, tools_condition
    from graphcli.engine.tools.tool import InjectedState, InjectedToolCallId
    from graphcli.engine.values.model import (
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
    "graphcli.engine.face.compiled": "CompiledGraph",
    "graphcli.engine.face.graph": "StateGraph",
    "graphcli.engine.running.interrupt": "interrupt",
    "graphcli.engine.graph.injection": "StreamWriter",
    "graphcli.engine.graph.managed": "IsLastStep RemainingSteps",
    "graphcli.engine.running.memo": "task",
    "graphcli.engine.face.memory": "InMemorySaver MemorySaver",
    "graphcli.engine.graph.messages": (
        "REMOVE_ALL_MESSAGES MessagesState RemoveMessage add_messages"
    ),
    "graphcli.engine.values.model": (
        "END START Command Interrupt Overwrite PregelTask RetryPolicy Secret Send "
        "StateSnapshot StateUpdate"
    ),
    "graphcli.engine.running.output": "GraphOutput",
    "graphcli.engine.running.runtime": ("Runtime get_config get_runtime get_stream_writer"),
    "graphcli.engine.tools.tool": "InjectedState InjectedToolCallId",
    "graphcli.engine.tools.node": "ToolNode tools_condition",
    "graphcli.errors": "Rejected",
}

if not TYPE_CHECKING:  # else a misspelt name would be no error
    __getattr__ = names_of(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)

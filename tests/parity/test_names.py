"""LangGraph's public names, parameters and defaults beside ours; a difference has a reason."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import graphcli
import graphcli.errors
from graphcli.engine.face import keywords

lg_graph = pytest.importorskip("langgraph.graph")
lg_memory = pytest.importorskip("langgraph.checkpoint.memory")
lg_types = pytest.importorskip("langgraph.types")
lg_errors = pytest.importorskip("langgraph.errors")
lg_state = pytest.importorskip("langgraph.graph.state")
lg_pregel = pytest.importorskip("langgraph.pregel")
lg_config = pytest.importorskip("langgraph.config")
lg_runtime = pytest.importorskip("langgraph.runtime")
lg_managed = pytest.importorskip("langgraph.managed")
lg_func = pytest.importorskip("langgraph.func")
lg_prebuilt = pytest.importorskip("langgraph.prebuilt")
lg_tools = pytest.importorskip("langchain_core.tools")

#: What LangGraph has and we do not: why.
NOT_THERE = {
    "All": "a type alias: str",
    "Checkpointer": "a type alias; ours is the protocol in graphcli.engine.values.checkpointer",
    "Durability": "a type alias, in graphcli.engine.face.keywords",
    "StreamMode": "a type alias, in graphcli.engine.face.keywords",
    "StreamPart": "chunks are plain dicts",
    "ValuesStreamPart": "chunks are plain dicts",
    "UpdatesStreamPart": "chunks are plain dicts",
    "MessagesStreamPart": "chunks are plain dicts",
    "CustomStreamPart": "chunks are plain dicts",
    "CheckpointStreamPart": "chunks are plain dicts",
    "TasksStreamPart": "chunks are plain dicts",
    "DebugStreamPart": "chunks are plain dicts",
    "TaskPayload": "chunks are plain dicts",
    "TaskResultPayload": "chunks are plain dicts",
    "CheckpointTask": "chunks are plain dicts",
    "CheckpointPayload": "chunks are plain dicts",
    "DebugPayload": "chunks are plain dicts",
    "TimeoutPolicy": "a timeout is seconds",
    "CachePolicy": "no cache of node results: `task` and the checkpoints keep work",
    "TracePolicy": "no tracing",
    "omit_payload": "no tracing",
    "PregelExecutableTask": "the engine's own, not a user's",
    "ensure_valid_checkpointer": "compile() checks it",
    "MessageGraph": "deprecated there: StateGraph(MessagesState)",
    "EmptyChannelError": "the engine's own, not a user's",
    "ErrorCode": "our errors have `code`",
    "GraphDrained": "no draining: leaving a stream parks the thread",
    "NodeCancelledError": "a cancelled run raises asyncio's CancelledError",
    "NodeError": "no error handlers of nodes",
    "NodeInterrupt": "deprecated there: interrupt()",
    "TaskNotFound": "the engine's own, not a user's",
    "UnknownInterruptError": "NotFoundError and its kin, which name the thing and the remedy",
}

#: Methods of a compiled graph that LangGraph has and we do not: why.
NO_METHOD = {
    "aclear_cache": "no cache of node results",
    "astream_events": "events are graphcli.engine.running.events, behind start() and go_on()",
    "attach_branch": "how LangGraph builds a graph, not for users",
    "attach_edge": "how LangGraph builds a graph, not for users",
    "attach_node": "how LangGraph builds a graph, not for users",
    "clear_cache": "no cache of node results",
    "config_schema": "LangChain's Runnable",
    "copy": "a compiled graph never changes",
    "get_config_jsonschema": "LangChain's Runnable",
    "get_input_schema": "pydantic is no dependency: `input_schema` is the type itself",
    "get_output_schema": "pydantic is no dependency: `output_schema` is the type itself",
    "stream_events": "events are graphcli.engine.running.events, behind start() and go_on()",
    "validate": "compile() checks the graph",
}

#: Names of ours that LangGraph's modules do not have.
OURS = {
    "REMOVE_ALL_MESSAGES": "in langgraph.graph.message there",
    "CompiledGraph": "CompiledStateGraph there",
    "Rejected": "the graph's own no",
    "RemoveMessage": "in langchain_core there",
    "Secret": "a secret answer is a reference",
}

_NO_PRINT = "printing is the caller's"
_NO_CONTROL = "no draining: leaving a stream parks the thread"
_RUNS = ("invoke", "ainvoke", "stream", "astream")

#: Parameters that are there, here, or have another default: why.
PARAMETERS = {
    **{f"CompiledGraph.{run}: print_mode": _NO_PRINT for run in _RUNS},
    **{f"CompiledGraph.{run}: control": _NO_CONTROL for run in _RUNS},
    "CompiledGraph.invoke: debug": "stream takes it, so invoke may",
    "CompiledGraph.ainvoke: debug": "stream takes it, so ainvoke may",
    "StateGraph.add_node: cache_policy": "no cache of node results",
    "StateGraph.add_node: error_handler": "no error handlers of nodes",
    "StateGraph.add_node: trace_policy": "no tracing",
    "StateGraph.add_node: on_crash": "whether running it again after a crash is harmless",
    "StateGraph.add_node: fingerprint": "tells a node whose function changed",
    "StateGraph.compile: cache": "no cache of node results",
    "StateGraph.compile: store": "no store: state is what a thread keeps",
    "StateGraph.compile: transformers": "events are derived in one place",
    "StateGraph.compile: classes": "only declared classes are stored",
    "Command: resume": "None is an answer like any other",
    "Interrupt: id": "a question that was not asked has no id",
    "InMemorySaver: serde": "values are kept as they are",
    "InMemorySaver: factory": "values are kept as they are",
    "MemorySaver: serde": "values are kept as they are",
    "MemorySaver: factory": "values are kept as they are",
    "RetryPolicy: retry_on": "a function of ours, with LangGraph's meaning",
    "Send: timeout": "a timeout is the node's",
    "interrupt: match": "an answer is bound to its question; `position` is LangGraph's rule",
    "add_messages: left": "called with both, as a reducer is",
    "add_messages: right": "called with both, as a reducer is",
    "add_messages: format": "messages stay as they are; a model's client formats them",
    "Runtime: stream_writer": "a function of ours, with LangGraph's meaning",
    "Runtime: heartbeat": "a timeout is seconds: there is none for being idle",
    "Runtime: server_info": "no server",
    "Runtime: control": _NO_CONTROL,
    "ToolNode: handle_tool_errors": "a function of ours, with LangGraph's meaning",
    "ToolNode: tags": "no tracing",
    "ToolNode: wrap_tool_call": "wrap the tool",
    "ToolNode: awrap_tool_call": "wrap the tool",
    "task: function": "positional there too, under another name",
    "task: __func_or_none__": "positional here too, under another name",
    "task: cache_policy": "a memo is the cache of its thread",
    "task: timeout": "a timeout is the node's",
}


def theirs(name: str) -> Any:
    """Return what LangGraph has under a name, from the module where its users find it."""
    first = (lg_graph, lg_types, lg_memory, lg_errors)
    homes = (*first, lg_config, lg_runtime, lg_managed, lg_func, lg_prebuilt, lg_tools)
    return next((getattr(home, name) for home in homes if hasattr(home, name)), None)


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the parameters of a function with their defaults; keywords of a TypedDict included."""
    told: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            positional = parameter.kind is not parameter.KEYWORD_ONLY
            told[name] = (positional, parameter.default)
        elif unpacked := re.fullmatch(r"Unpack\[(\w+Keywords)\]", str(parameter.annotation)):
            told |= dict.fromkeys(getattr(keywords, unpacked[1]).__annotations__, UNSAID)
    return told


#: The default of a keyword in a TypedDict: whoever reads it knows, and has its own test.
UNSAID = "unsaid"


def compared() -> Iterator[tuple[str, Any, Any]]:
    """Each callable that both have, under our name."""
    for name in graphcli.__all__:
        ours = getattr(graphcli, name)
        # Type aliases have no signature, nor has a class of keys.
        compares = inspect.isclass(ours) or inspect.isroutine(ours)
        if compares and callable(theirs(name)) and name != "MessagesState":
            yield name, getattr(graphcli, name), theirs(name)
    pairs = (
        (graphcli.StateGraph, lg_graph.StateGraph),
        (graphcli.CompiledGraph, lg_state.CompiledStateGraph),
    )
    for ours, other in pairs:
        for name, method in inspect.getmembers(ours, inspect.isfunction):
            if not name.startswith("_") and hasattr(other, name):
                yield f"{ours.__name__}.{name}", method, getattr(other, name)


def differing() -> Iterator[str]:
    for name, ours, other in compared():
        mine, its = parameters(ours), parameters(other)
        for parameter in dict.fromkeys((*mine, *its)):
            here, there = mine.get(parameter), its.get(parameter)
            if here != there and not (here == UNSAID and there is not None):
                yield f"{name}: {parameter}"


def test_every_public_name_of_langgraph_is_ours_or_its_absence_has_a_reason() -> None:
    known = {*graphcli.__all__, *vars(graphcli.errors)}
    names = {
        *lg_graph.__all__,
        *lg_types.__all__,
        *lg_errors.__all__,
        "InMemorySaver",
        "MemorySaver",
    }
    assert names - known == set(NOT_THERE)


def test_every_name_of_ours_is_langgraphs_or_has_a_reason() -> None:
    assert {name for name in graphcli.__all__ if theirs(name) is None} == set(OURS)


def test_every_method_of_a_compiled_graph_is_ours_or_its_absence_has_a_reason() -> None:
    classes = (lg_state.CompiledStateGraph, lg_pregel.Pregel)
    names = {name for cls in classes for name, it in vars(cls).items() if inspect.isroutine(it)}
    public = {name for name in names if not name.startswith("_")}
    assert public - set(dir(graphcli.CompiledGraph)) == set(NO_METHOD)


def test_parameters_and_defaults_are_langgraphs_or_the_difference_has_a_reason() -> None:
    assert set(differing()) == set(PARAMETERS)


def test_errors_can_be_caught_as_langgraphs_are() -> None:
    ours = vars(graphcli.errors)
    shared = [name for name in lg_errors.__all__ if inspect.isclass(ours.get(name))]
    assert {"GraphInterrupt", "GraphRecursionError", "InvalidUpdateError"} <= set(shared)
    builtins = {"GraphRecursionError": RecursionError}
    for name in shared:
        wanted = builtins.get(name, Exception)
        # BaseException on purpose: `except Exception` in a node cannot swallow these.
        bubbling = issubclass(theirs(name), lg_errors.GraphBubbleUp)
        assert issubclass(theirs(name), wanted)
        assert issubclass(getattr(graphcli.errors, name), wanted) is not bubbling

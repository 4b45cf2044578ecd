"""What a node learns of its run: `Runtime`, and how to ask for it from anywhere inside a node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from graphcli.dataclass import dataclass, is_dataclass, replace
from graphcli.engine.graph.injection import StreamWriter
from graphcli.engine.running.interrupt import required_scope

C = TypeVar("C")


def _unheard(_value: Any) -> None:
    """What a Runtime made by hand writes to: a node can be tried without a graph."""


@dataclass(frozen=True, slots=True)
class ExecutionInfo:
    """Which task runs, and for the how-manieth time (`node_attempt`, from 1).

    `node_first_attempt_time` is when this run first tried it, in seconds since the epoch.
    """

    checkpoint_id: str
    checkpoint_ns: str
    task_id: str
    thread_id: str | None = None
    run_id: str | None = None
    node_attempt: int = 1
    node_first_attempt_time: float | None = None

    def patch(self, **changes: Any) -> ExecutionInfo:
        """Return a copy with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime(Generic[C]):
    """What a run lends to a node that has a parameter `runtime`, or one annotated `Runtime[…]`.

    `context` is what `invoke(…, context=…)` was given. `store` and `previous` are always None:
    there is no long-term memory, and a node has no earlier return value.
    """

    context: C = None  # type: ignore[assignment]  # a run without a context has None.
    stream_writer: StreamWriter = _unheard
    execution_info: ExecutionInfo | None = None
    store: None = None
    previous: Any = None


def get_runtime(context_schema: type[C] | None = None) -> Runtime[C]:  # noqa: ARG001
    """Return the Runtime of the node that calls; the argument is only for type checkers.

    Raises:
        RuntimeError: called outside of a node.
    """
    runtime: Runtime[C] = required_scope("get_runtime").lend("runtime")
    return runtime


def get_config() -> Mapping[str, Any]:
    """Return the config of the run that runs the node that calls.

    Raises:
        RuntimeError: called outside of a node.
    """
    config: Mapping[str, Any] = required_scope("get_config").lend("config")
    return config


def get_stream_writer() -> StreamWriter:
    """Return what writes to the stream mode `custom`.

    Raises:
        RuntimeError: called outside of a node.
    """
    writer: StreamWriter = required_scope("get_stream_writer").lend("writer")
    return writer


def coerced(schema: Any, context: Any) -> Any:
    """Return a run's context: a dict as the dataclass or pydantic model that the graph declares.

    Raises:
        TypeError: the dataclass does not take these keys.
        ValueError: the pydantic model refuses a value.
    """
    is_class = is_dataclass(schema) or hasattr(schema, "model_fields")
    return schema(**context) if is_class and isinstance(context, dict) else context

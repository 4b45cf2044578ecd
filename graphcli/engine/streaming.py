"""Events → LangGraph's stream modes, and the value that `invoke` returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphcli.engine.channels import ROOT, Schema
from graphcli.engine.events import CheckpointSaved, CustomEvent, Event, RunEnded, TaskEnded
from graphcli.engine.model import START, Asked, Interrupt, Result
from graphcli.engine.structure import Graph

INTERRUPT = "__interrupt__"


def chunks(graph: Graph, event: Event, mode: str) -> Iterator[Any]:
    """Yield what `event` is in a stream mode: values, updates, custom or tasks.

    Raises:
        ValueError: there is no such mode.
    """
    try:
        yield from _MODES[mode](graph, event)
    except KeyError:
        known = ", ".join(f"`{name}`" for name in _MODES)
        raise ValueError(f"there is no stream mode `{mode}`; there are {known}") from None


def shown(schema: Schema, values: Mapping[str, Any]) -> Any:
    """Return the values that a schema names; for a state of one bare type the value itself."""
    if schema.keys == (ROOT,):
        return values.get(ROOT)
    return {key: values[key] for key in schema.keys if key in values}


def returned(graph: Graph, ended: RunEnded) -> Any:
    """Return what `invoke` gives back: the output, with the questions that stopped it."""
    output = shown(graph.output, ended.values)
    if not ended.questions:
        return output
    asked = [interrupt_of(question) for question in ended.questions]
    return {**(output if isinstance(output, dict) else {}), INTERRUPT: asked}


def interrupt_of(asked: Asked) -> Interrupt:
    """Return a question as LangGraph's API shows it."""
    return Interrupt(asked.payload, asked.id, asked.schema)


def _values(_graph: Graph, event: Event) -> Iterator[Any]:
    if isinstance(event, CheckpointSaved) and event.checkpoint.step >= 0:
        if event.checkpoint.source != "input":
            yield _state(event.checkpoint.values)
    elif isinstance(event, RunEnded) and event.questions:
        state = _state(event.values)
        asked = tuple(interrupt_of(question) for question in event.questions)
        yield {**(state if isinstance(state, dict) else {}), INTERRUPT: asked}


def _state(values: Mapping[str, Any]) -> Any:
    return values[ROOT] if ROOT in values else dict(values)


def _updates(graph: Graph, event: Event) -> Iterator[Any]:
    if not isinstance(event, TaskEnded) or event.result.node == START:
        return
    result = event.result
    if result.outcome == "asked" and result.asked is not None and not event.kept:
        yield {INTERRUPT: (interrupt_of(result.asked),)}
    elif result.outcome == "done":
        yield {result.node: _update(graph, result)}


def _update(graph: Graph, result: Result) -> Any:
    if not result.writes:
        return None
    if ROOT in graph.channels:
        return result.writes[-1][1]
    return dict(result.writes)


def _custom(_graph: Graph, event: Event) -> Iterator[Any]:
    if isinstance(event, CustomEvent):
        yield event.value


_MODES: dict[str, Callable[[Graph, Event], Iterator[Any]]] = {
    "values": _values,
    "updates": _updates,
    "custom": _custom,
}

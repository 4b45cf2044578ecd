"""Events → LangGraph's stream modes, and the value that `invoke` returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphcli.engine.channels import ROOT, Schema, isolated
from graphcli.engine.events import CheckpointSaved, CustomEvent, Event, RunEnded, TaskEnded
from graphcli.engine.model import START, Asked, Interrupt, Result
from graphcli.engine.structure import Graph

INTERRUPT = "__interrupt__"


def check_modes(mode: str | Sequence[str]) -> None:
    """Raise ValueError if one of the stream modes does not exist."""
    for each in [mode] if isinstance(mode, str) else mode:
        if each not in _MODES:
            known = ", ".join(f"`{name}`" for name in _MODES)
            raise ValueError(f"there is no stream mode `{each}`; there are {known}")


def chunks(graph: Graph, event: Event, mode: str | Sequence[str]) -> Iterator[Any]:
    """Yield what `event` is in a stream mode, or as (mode, chunk) pairs in several."""
    if isinstance(mode, str):
        yield from _MODES[mode](graph, event)
        return
    for each in mode:
        yield from ((each, chunk) for chunk in _MODES[each](graph, event))


def shown(schema: Schema, values: Mapping[str, Any]) -> Any:
    """Return a copy of the values that a schema names; of a bare type, the value itself."""
    if schema.keys == (ROOT,):
        return isolated(values.get(ROOT))
    return {key: isolated(values[key]) for key in schema.keys if key in values}


def returned(graph: Graph, ended: RunEnded) -> Any:
    """Return what `invoke` gives back: the output, with the questions that stopped it."""
    output = shown(graph.output, ended.values)
    if not ended.questions:
        return output
    asked = [interrupt_of(question) for question in ended.questions]
    return {**(output if isinstance(output, dict) else {}), INTERRUPT: asked}


def interrupt_of(asked: Asked) -> Interrupt:
    """Return a question as LangGraph's API shows it."""
    return Interrupt(isolated(asked.payload), asked.id, isolated(asked.schema))


def _values(_graph: Graph, event: Event) -> Iterator[Any]:
    if isinstance(event, CheckpointSaved) and event.checkpoint.step >= 0:
        if event.checkpoint.source != "input":
            yield _state(event.checkpoint.values)
    elif isinstance(event, RunEnded) and event.questions:
        state = _state(event.values)
        asked = tuple(interrupt_of(question) for question in event.questions)
        yield {**(state if isinstance(state, dict) else {}), INTERRUPT: asked}


def _state(values: Mapping[str, Any]) -> Any:
    return isolated(values[ROOT] if ROOT in values else dict(values))


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
        return isolated(result.writes[-1][1])
    return isolated(dict(result.writes))


def _custom(_graph: Graph, event: Event) -> Iterator[Any]:
    if isinstance(event, CustomEvent):
        yield event.value


_MODES: dict[str, Callable[[Graph, Event], Iterator[Any]]] = {
    "values": _values,
    "updates": _updates,
    "custom": _custom,
}

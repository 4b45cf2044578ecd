"""What a run shows of a state: all of it, the keys that were asked for, or the schema's object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeVar, get_args

from graphcli.dataclass import dataclass
from graphcli.engine.graph.channels import ROOT, Schema, has_instances, isolated
from graphcli.engine.graph.structure import Graph
from graphcli.engine.running.events import RunEnded
from graphcli.engine.values.model import Asked, Interrupt

#: Under this key v1 puts questions among the values of a state.
INTERRUPT = "__interrupt__"

O = TypeVar("O")  # noqa: E741 - an output.

Version = Literal["v1", "v2"]
VERSIONS: Final[tuple[str, ...]] = get_args(Version)

#: The keys of a state that are shown: one alone, several, or None for all.
Keys = str | Sequence[str] | None


@dataclass(frozen=True)
class GraphOutput(Generic[O]):
    """What `invoke(version="v2")` returns: the output, and the questions that wait."""

    value: O
    interrupts: tuple[Interrupt, ...] = ()


def returned(graph: Graph, ended: RunEnded, keys: Keys = None, version: Version = "v1") -> Any:
    """Return what `invoke` gives back: the output, with the questions that stopped it."""
    output = shown(graph.output, ended.values) if keys is None else picked(ended.values, keys)
    asked = interrupts_of(ended.questions)
    if version == "v2":
        return GraphOutput(coerced(graph.output, output) if keys is None else output, asked)
    return with_interrupts(output, list(asked)) if asked else output


def shown(schema: Schema, values: Mapping[str, Any]) -> Any:
    """Return a copy of the values that a schema names; of a bare type, the value itself."""
    if schema.keys == (ROOT,):
        return isolated(values.get(ROOT))
    return {key: isolated(values[key]) for key in schema.keys if key in values}


def picked(values: Mapping[str, Any], keys: Keys) -> Any:
    """Return a copy of all values, of those that `keys` names, or of the one that it is."""
    if ROOT in values:
        return isolated(values[ROOT])
    if isinstance(keys, str):
        return isolated(values.get(keys))
    return {name: isolated(value) for name, value in values.items() if keys is None or name in keys}


def coerced(schema: Schema, values: Any) -> Any:
    """Return `values` as an object of the schema, where that is a dataclass or a pydantic model.

    Values that do not make one yet (a required field is missing, say) stay a dict: a question
    must not be lost over the state that it interrupts.
    """
    makes = schema.build if has_instances(schema.type) else None
    if makes is None or not isinstance(values, dict):
        return values
    try:
        return makes({key: values[key] for key in schema.keys if key in values})
    except Exception:  # noqa: BLE001 - a validator may raise anything.
        return values


def with_interrupts(state: Any, asked: Sequence[Interrupt]) -> dict[str, Any]:
    """Return a state with questions among its values; one that has no keys is left out."""
    return {**(state if isinstance(state, dict) else {}), INTERRUPT: asked}


def interrupts_of(questions: Sequence[Asked]) -> tuple[Interrupt, ...]:
    """Return questions as LangGraph's API shows them."""
    return tuple(interrupt_of(question) for question in questions)


def interrupt_of(asked: Asked) -> Interrupt:
    """Return a question as LangGraph's API shows it."""
    schema = isolated(asked.schema)
    return Interrupt(isolated(asked.payload), asked.id, response_schema=schema)

"""Events → the chunks that `stream` yields, in the modes and the shape that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphcli.dataclass import dataclass
from graphcli.engine.face.modes import (
    Scene,
    checkpoints_of,
    custom_of,
    debug_of,
    tasks_of,
    updates_of,
    values_of,
)
from graphcli.engine.graph.structure import Graph
from graphcli.engine.running.events import Event, RunEnded, RunStarted
from graphcli.engine.running.output import INTERRUPT, VERSIONS, Keys, Version, coerced
from graphcli.errors import did_you_mean

#: In the order in which the chunks of one event follow one another.
_MODES: Mapping[str, Callable[[Scene, Event], Iterator[Any]]] = {
    "values": values_of,
    "updates": updates_of,
    "custom": custom_of,
    "tasks": tasks_of,
    "checkpoints": checkpoints_of,
    "debug": debug_of,
}


@dataclass(frozen=True, slots=True)
class View:
    """What a caller wants to see of a run. `labelled` chunks come with their mode."""

    modes: tuple[str, ...]
    labelled: bool
    subgraphs: bool
    version: Version
    keys: Keys


def view_of(
    graph: Graph,
    stream_mode: str | Sequence[str] | None = None,
    *,
    subgraphs: bool = False,
    version: Version = "v1",
    output_keys: Keys = None,
) -> View:
    """Return the view that a call asks for.

    Raises:
        ValueError: there is no such stream mode, version or state key.
    """
    mode = "updates" if stream_mode is None else stream_mode
    modes = (mode,) if isinstance(mode, str) else tuple(mode)
    for each in modes:
        _check_mode(each)
    if version not in VERSIONS:
        raise ValueError(f"there is no version `{version}`; there are `v1` and `v2`")
    for key in [output_keys] if isinstance(output_keys, str) else output_keys or ():
        if key not in graph.channels:
            raise ValueError(f"the state has no key `{key}`{did_you_mean(key, graph.channels)}")
    return View(modes, not isinstance(mode, str), subgraphs, version, output_keys)


class Stream:
    """Turns the events of one run into chunks."""

    def __init__(self, graph: Graph, view: View, now: Callable[[], str], *, kept: bool) -> None:
        self._view = view
        self._scene = Scene(graph, view.keys, kept, view.version == "v2", now)

    def chunks(self, event: Event) -> Iterator[Any]:
        """Yield what `event` is in each mode of the view."""
        self._scene.follow(event)
        ns = "" if isinstance(event, RunStarted | RunEnded) else event.ns
        if ns and not self._view.subgraphs:
            return
        for mode, payloads in _MODES.items():
            if mode in self._view.modes:
                yield from (self._shaped(ns, mode, p) for p in payloads(self._scene, event))

    def _shaped(self, ns: str, mode: str, payload: Any) -> Any:
        view, place = self._view, tuple(ns.split("|")) if ns else ()
        if view.version == "v2":
            return self._part(ns, {"type": mode, "ns": place, "data": payload})
        label: tuple[Any, ...] = (place,) if view.subgraphs else ()
        label = (*label, mode) if view.labelled else label
        return (*label, payload) if label else payload

    def _part(self, ns: str, part: dict[str, Any]) -> dict[str, Any]:
        """A chunk as v2 has it: questions beside the values, which are the schema's object."""
        if part["type"] != "values":
            return part
        values, asked = part["data"], ()
        if isinstance(values, dict):
            asked = values.pop(INTERRUPT, ())
            if self._view.keys is None:
                values = coerced(self._scene.graph(ns).output, values)
        return {**part, "data": values, "interrupts": asked}


def _check_mode(mode: str) -> None:
    if mode == "messages":
        raise ValueError(
            "stream mode `messages` is not there: graphcli calls no model; "
            "write tokens with a stream writer and use `custom`"
        )
    if mode not in _MODES:
        known = ", ".join(f"`{name}`" for name in _MODES)
        raise ValueError(f"there is no stream mode `{mode}`; there are {known}")

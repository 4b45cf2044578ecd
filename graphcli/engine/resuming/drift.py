"""What has changed in a graph since a thread last ran with it, piece by piece. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sized
from typing import Any, Literal

from graphcli.engine.graph.place import path_of
from graphcli.engine.resuming.fingerprint import EDGES, NODE, STATE
from graphcli.engine.resuming.prints import same
from graphcli.engine.running.standing import Standing
from graphcli.engine.running.superstep import unfinished
from graphcli.engine.values.changes import Change


def drift(standing: Standing, now: Mapping[str, str]) -> tuple[Change, ...]:
    """Return how the graph with the fingerprint `now` differs from what a thread last ran with.

    Nothing is known, and so nothing returned, of a thread that has no fingerprint.
    """
    before = standing.saved.thread.fingerprint
    if not before or not now or before == now:
        return ()
    found = {
        _parted(key): how
        for key in sorted(before.keys() | now.keys())
        if (how := _how(before.get(key), now.get(key))) is not None
    }
    whole = {path for (part, path), how in found.items() if part == NODE and how != "changed"}
    held = set(_held(standing))
    return tuple(
        Change(how, part, path, concerns=(part, path) in held)
        for (part, path), how in found.items()
        if not _is_in(whole, part, path)
    )


def _how(before: str | None, now: str | None) -> Literal["gone", "new", "changed"] | None:
    if now is None:
        return "gone"
    if before is None:
        return "new"
    return None if same(before, now) else "changed"


def _parted(key: str) -> tuple[str, str]:
    """The part of a piece, and its path."""
    part, _, path = key.partition(":")
    return part, path


def _is_in(whole: Collection[str], part: str, path: str) -> bool:
    """Whether a piece belongs to a node that is gone or new as a whole: that says it all."""
    return (part == EDGES and path in whole) or any(path.startswith(f"{node}/") for node in whole)


def _held(standing: Standing) -> Iterator[tuple[str, str]]:
    """The pieces at which a thread stands, in its subgraphs too: what runs next, what it has."""
    for saved in standing.every():
        for task in unfinished(saved.checkpoint, saved.results):
            yield NODE, path_of(saved.ns, task.node)
            yield EDGES, path_of(saved.ns, task.node)
        for name, value in saved.checkpoint.values.items():
            if not _is_empty(value):
                yield STATE, path_of(saved.ns, name)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, Sized) and len(value) == 0)

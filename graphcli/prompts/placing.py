"""The flat fields of a form and the nested value that they become: where each one goes. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from graphcli.engine.values.model import UNSET

#: Keys and, for lists, indexes that lead to a part of a value.
Place = tuple[str | int, ...]


def dig(value: Any, place: Place) -> Any:
    """Return what `value` has at `place`, UNSET where it has nothing."""
    for key in place:
        if isinstance(key, str):
            value = value.get(key, UNSET) if isinstance(value, Mapping) else UNSET
        else:
            value = value[key] if isinstance(value, list | tuple) and key < len(value) else UNSET
    return value


def pack(parts: Iterable[tuple[Place, Any]], *, whole: Any) -> Any:
    """Return `whole`, an empty dict or list, with each part put into its place, in this order."""
    for place, item in parts:
        inside = whole
        for key, below in pairwise(place):
            inside = _inside(inside, key, [] if isinstance(below, int) else {})
        _put(inside, place[-1], item)
    return whole


def _inside(container: Any, key: str | int, empty: Any) -> Any:
    """Return the container at `key`, after putting an empty one there if need be."""
    if dig(container, (key,)) is UNSET:
        _put(container, key, empty)
    return container[key]


def _put(container: Any, key: str | int, item: Any) -> None:
    if isinstance(key, int) and key == len(container):
        container.append(item)  # the fields of a list stand in its order
    else:
        container[key] = item


def left_over(given: Any, made: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield each part of `given` that has no place in `made`, with its place."""
    if isinstance(given, Mapping) and isinstance(made, Mapping):
        for key, item in given.items():
            if key in made:
                yield from left_over(item, made[key], (*place, key))
            else:
                yield (*place, key), item
    elif isinstance(given, list | tuple) and isinstance(made, list):
        for index, item in enumerate(given):
            if index < len(made):
                yield from left_over(item, made[index], (*place, index))
            else:
                yield (*place, index), item


def spell(place: Place) -> str:
    """Return a place as messages write it: `content.name`, `decisions.0.type`."""
    return ".".join(str(key) for key in place)

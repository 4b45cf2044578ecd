"""A config that a graph is bound to, and the one that a call gives: one config of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(bound: Mapping[str, Any], given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return `bound` with what `given` says in its place; maps are merged, tags are added."""
    if not bound:
        return given or {}
    told = dict(bound)
    for key, value in (given or {}).items():
        before = told.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            told[key] = {**before, **value}
        elif key == "tags" and before:
            told[key] = [*before, *(tag for tag in value or () if tag not in before)]
        elif value is not None:
            told[key] = value
    return told

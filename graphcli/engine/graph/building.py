"""Checked answers → the types that a node asked for."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from graphcli.dataclass import is_dataclass
from graphcli.engine.graph.annotations import is_typed_dict

_PARSERS: Mapping[Any, Callable[[str], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    UUID: UUID,
    Path: Path,
}


def build_answer(declared: Any, value: Any) -> Any:
    """Return a checked answer as the declared type, also inside: models, dataclasses, enums, dates.

    Raises:
        ValueError, TypeError: the value is not of that type.
    """
    if hasattr(declared, "model_validate"):
        return declared.model_validate(value)
    if isinstance(declared, type) and isinstance(value, Mapping):
        return _object(declared, value)
    if isinstance(declared, type) and issubclass(declared, Enum):
        return declared(value)
    if isinstance(declared, type) and declared in _PARSERS and isinstance(value, str):
        return _PARSERS[declared](value)
    return _generic(declared, value)


def _object(declared: type, value: Mapping[str, Any]) -> Any:
    if not is_dataclass(declared) and not is_typed_dict(declared):
        return value
    hints = get_type_hints(declared, include_extras=True)
    built = {key: build_answer(hints.get(key, Any), item) for key, item in value.items()}
    return built if is_typed_dict(declared) else declared(**built)


def _generic(declared: Any, value: Any) -> Any:
    origin, args = get_origin(declared), get_args(declared)
    if origin in (Annotated, Required, NotRequired):
        return build_answer(args[0], value)
    if origin in (Union, types.UnionType):
        inner = [arg for arg in args if arg is not type(None)]
        # Which of several types is meant, nobody can say but the node.
        return build_answer(inner[0], value) if len(inner) == 1 and value is not None else value
    if origin is list and isinstance(value, list):
        return [build_answer(args[0], item) for item in value]
    return value

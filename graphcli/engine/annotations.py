"""Python types → JSON Schema, and answers → the types that a node asked for."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    set: {"type": "array"},
    dict: {"type": "object"},
    type(None): {"type": "null"},
}


def answer_schema(declared: Any) -> Any:
    """Return the JSON Schema of `response_schema`: a mapping as it is, a type translated."""
    if declared is None or isinstance(declared, Mapping):
        return declared
    return json_schema(declared)


def build_answer(declared: Any, value: Any) -> Any:
    """Return a checked answer as the declared type: pydantic models and dataclasses are built."""
    if hasattr(declared, "model_validate"):
        return declared.model_validate(value)
    if dataclasses.is_dataclass(declared) and isinstance(declared, type):
        return declared(**value)
    return value


def json_schema(hint: Any, *, deep: bool = True) -> dict[str, Any]:
    """Return the JSON Schema of a type; {} where nothing can be said of it.

    Not `deep`, nothing is said of what lies inside: neither items nor the fields of classes.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Annotated, Required, NotRequired):
        return json_schema(args[0], deep=deep)
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, types.UnionType):
        schemas = [json_schema(arg, deep=deep) for arg in args]
        return {"anyOf": schemas} if all(schemas) else {}
    return (_inside(hint) if deep else {}) or _simple(origin or hint)


def _inside(hint: Any) -> dict[str, Any]:
    if hasattr(hint, "model_json_schema"):
        return dict(hint.model_json_schema())
    if _is_typed_dict(hint) or dataclasses.is_dataclass(hint):
        return _object(hint)
    if get_origin(hint) in (list, set, tuple) and (item := json_schema(get_args(hint)[0])):
        return {"type": "array", "items": item}
    return {}


def _simple(type_: Any) -> dict[str, Any]:
    return dict(_SCALARS.get(type_, {})) if isinstance(type_, type) else {}


def classes_in(hint: Any) -> Iterator[type]:
    """Yield the classes that a type names, at any depth: its own, and those of its fields."""
    seen: set[Any] = set()
    todo = [hint]
    while todo:
        hint = todo.pop()
        args = get_args(hint)
        todo += args[:1] if get_origin(hint) is Annotated else args
        if not isinstance(hint, type) or hint in seen or hint.__module__ == "builtins":
            continue
        seen.add(hint)
        yield hint
        if hasattr(hint, "__annotations__"):
            todo += get_type_hints(hint, include_extras=True).values()


def _is_typed_dict(hint: Any) -> bool:
    # typing.is_typeddict() does not know those of typing_extensions, which pydantic and LangGraph
    # ask for below Python 3.12: their schema would be {}, and no answer would ever be checked.
    return hasattr(hint, "__required_keys__")


def _object(type_: Any) -> dict[str, Any]:
    properties = {
        name: json_schema(hint) for name, hint in get_type_hints(type_, include_extras=True).items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name in _required(type_)],
    }


def _required(type_: Any) -> frozenset[str]:
    if _is_typed_dict(type_):
        return frozenset(type_.__required_keys__)
    missing = dataclasses.MISSING
    return frozenset(
        f.name
        for f in dataclasses.fields(type_)
        if f.default is missing and f.default_factory is missing
    )

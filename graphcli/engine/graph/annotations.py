"""Python types → JSON Schema."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
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
from uuid import UUID

from graphcli.dataclass import fields, is_dataclass

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


_FORMATS: dict[Any, str] = {
    date: "date",
    datetime: "date-time",
    time: "time",
    UUID: "uuid",
    Path: "path",
}
#: What the objects in an `Annotated` call a rule, and what a schema calls it.
_RULES = {
    "title": "title",
    "description": "description",
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
}


def is_typed_dict(hint: Any) -> bool:
    """Return whether a type is a TypedDict, be it of typing or of typing_extensions."""
    return isinstance(hint, type) and hasattr(hint, "__required_keys__")


def answer_schema(declared: Any) -> Any:
    """Return the JSON Schema of `response_schema`: a mapping as it is, a type translated."""
    if declared is None or isinstance(declared, Mapping):
        return declared
    shared: dict[str, Any] = {}
    schema = without_definitions(json_schema(declared), shared)
    return {**schema, "$defs": shared} if shared else schema


def without_definitions(schema: Any, shared: dict[str, Any]) -> Any:
    """Return `schema` with its `$defs` moved to `shared`: references lead to the whole's root."""
    if isinstance(schema, list):
        return [without_definitions(item, shared) for item in schema]
    if not isinstance(schema, dict):
        return schema
    shared |= schema.get("$defs", {})
    kept = {key: value for key, value in schema.items() if key != "$defs"}
    return {key: without_definitions(value, shared) for key, value in kept.items()}


def json_schema(hint: Any, *, deep: bool = True) -> dict[str, Any]:
    """Return the JSON Schema of a type; {} where nothing can be said of it.

    Not `deep`, nothing is said of what lies inside: neither items nor the fields of classes.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated and deep:
        return {**json_schema(args[0]), **_rules(args[1:], json_schema(args[0]).get("type"))}
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
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if isinstance(hint, type) and hint in _FORMATS:
        return {"type": "string", "format": _FORMATS[hint]}
    if is_typed_dict(hint) or is_dataclass(hint):
        return _object(hint)
    if get_origin(hint) in (list, set, tuple) and (item := json_schema(get_args(hint)[0])):
        return {"type": "array", "items": item}
    return {}


def _rules(notes: tuple[Any, ...], type_: Any) -> dict[str, Any]:
    """Return what the notes of an `Annotated` say: a text describes, objects bound."""
    lengths = "Items" if type_ == "array" else "Length"
    names = {**_RULES, "min_length": f"min{lengths}", "max_length": f"max{lengths}"}
    found: dict[str, Any] = {}
    for note in notes:
        if isinstance(note, str):
            found.setdefault("description", note)
        for one in (note, *(getattr(note, "metadata", None) or ())):
            said = {key: getattr(one, name, None) for name, key in names.items()}
            found |= {key: value for key, value in said.items() if isinstance(value, _PLAIN)}
    return found


#: A note is anybody's object: only what a schema can hold is taken from it.
_PLAIN = (str, int, float)


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


def _object(type_: Any) -> dict[str, Any]:
    properties = {
        name: json_schema(hint) for name, hint in get_type_hints(type_, include_extras=True).items()
    }
    for name, default in _defaults(type_):
        properties[name] = {**properties[name], "default": default}
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name in _required(type_)],
    }


def _defaults(type_: Any) -> Iterator[tuple[str, Any]]:
    """Yield the defaults of a dataclass that a schema can hold."""
    for one in fields(type_) if is_dataclass(type_) else ():
        default = one.default.value if isinstance(one.default, Enum) else one.default
        if default is None or isinstance(default, _PLAIN):
            yield one.name, default


def _required(type_: Any) -> frozenset[str]:
    if is_typed_dict(type_):
        return frozenset(type_.__required_keys__)
    # Deferred: it imports `inspect`, and only a dataclass needs it.
    from dataclasses import MISSING

    return frozenset(
        f.name for f in fields(type_) if f.default is MISSING and f.default_factory is MISSING
    )

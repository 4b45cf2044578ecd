"""A state's input type → the JSON Schema of what `-i` takes."""

from __future__ import annotations

import types
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

_SIMPLE: Final[dict[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list: {"type": "array"},
    dict: {"type": "object"},
    type(None): {"type": "null"},
}


def inputs_of(type_: Any) -> dict[str, Any]:
    """Return the JSON Schema of an input of `type_`: its keys, none of them required.

    What a key holds inside is left open: nodes may take a message as text, dict or object.
    """
    try:
        hints = get_type_hints(type_, include_extras=True)
    # Hints are the user's code: what cannot be read says nothing about the input.
    except Exception:  # noqa: BLE001 - see above.
        hints = {}
    properties = {name: _schema(hint) for name, hint in hints.items()}
    return {"type": "object", "properties": properties}


def _schema(hint: Any) -> dict[str, Any]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Annotated, Required, NotRequired):
        return _schema(args[0])
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, types.UnionType):
        schemas = [_schema(arg) for arg in args]
        return {"anyOf": schemas} if all(schemas) else {}
    known = origin or hint
    return dict(_SIMPLE.get(known, {})) if isinstance(known, type) else {}

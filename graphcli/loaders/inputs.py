"""A state's input type → the JSON Schema of what `-i` takes."""

from __future__ import annotations

from typing import Any, get_type_hints

from graphcli.engine.graph.annotations import json_schema


def inputs_of(type_: Any) -> dict[str, Any]:
    """Return the JSON Schema of an input of `type_`: its keys, none of them required.

    What a key holds inside is left open: nodes may take a message as text, dict or object.
    """
    try:
        hints = get_type_hints(type_, include_extras=True)
    # Hints are the user's code: what cannot be read says nothing about the input.
    except Exception:  # noqa: BLE001 - see above.
        hints = {}
    properties = {name: json_schema(hint, deep=False) for name, hint in hints.items()}
    return {"type": "object", "properties": properties}

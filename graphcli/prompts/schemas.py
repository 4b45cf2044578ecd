"""What a JSON Schema says once its references are followed. PURE; it fetches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphcli.deferred import later

if TYPE_CHECKING:
    from graphcli import schema as json_schema
else:
    json_schema = later("graphcli.schema")


Schema = Mapping[str, Any]

DEFINITIONS = ("$defs", "definitions")
#: What is held against a schema to see whether it can be used: as deep as answers mostly are.
LIKELY = [[[None]]]
#: A `$ref` that leads to a `$ref` is followed this often, so that a circle ends.
MAX_REFS = 20


def usable(schema: Any) -> Schema | None:
    """Return `schema` if it is valid JSON Schema, else None."""
    if not isinstance(schema, Mapping):
        return None
    try:
        json_schema.problems(schema, LIKELY)
    except json_schema.BadSchemaError:
        return None
    return schema


def simplify(schema: Schema, root: Schema) -> tuple[Schema, bool]:
    """Follow local references and unwrap "this or null"; tell whether null fits."""
    nullable = False
    for _ in range(MAX_REFS):
        inner, gives_null = _unwrap(schema, root)
        nullable = nullable or gives_null
        if inner is None:
            return schema, nullable
        # Titles and defaults stand beside the reference, and win over what it leads to.
        schema = {**inner, **{k: v for k, v in schema.items() if k not in WRAPPERS}}
        if gives_null and "type" in inner:
            schema = {**schema, "type": inner["type"]}
    return schema, nullable


WRAPPERS = ("$ref", "anyOf", "oneOf", "allOf")


def _unwrap(schema: Schema, root: Schema) -> tuple[Schema | None, bool]:
    if isinstance(reference := schema.get("$ref"), str):
        return _resolve(reference, root), False
    types = schema.get("type")
    if isinstance(types, list | tuple) and len(types) == 2 and "null" in types:
        return {"type": next((t for t in types if t != "null"), "null")}, True
    for key in ("anyOf", "oneOf"):
        parts = schema.get(key)
        if isinstance(parts, list | tuple) and len(parts) == 2 and {"type": "null"} in parts:
            inner = next((p for p in parts if p != {"type": "null"}), None)
            return (inner if isinstance(inner, Mapping) else None), True
    parts = schema.get("allOf")
    if isinstance(parts, list | tuple) and len(parts) == 1 and isinstance(parts[0], Mapping):
        return parts[0], False
    return None, False


def _resolve(reference: str, root: Schema) -> Schema | None:
    if not reference.startswith("#/"):
        return None
    found: Any = root
    for part in reference[2:].split("/"):
        found = mapping_of(found).get(part.replace("~1", "/").replace("~0", "~"))
    return found if isinstance(found, Mapping) else None


def standalone(schema: Schema, root: Schema) -> Schema:
    """Return `schema` with the definitions its references need, to be checked on its own."""
    return {**{key: root[key] for key in DEFINITIONS if key in root}, **schema}


def text_of(schema: Schema, key: str) -> str:
    """Return the text under `key`, empty where there is none."""
    value = schema.get(key)
    return value if isinstance(value, str) else ""


def mapping_of(value: Any) -> Schema:
    """Return `value` if it is a mapping, else an empty one: a schema may hold anything."""
    return value if isinstance(value, Mapping) else {}

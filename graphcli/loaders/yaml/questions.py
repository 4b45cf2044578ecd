"""The fields of the YAML → the JSON Schema that a question carries, or that inputs keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphcli.engine.resuming.sealed import SECRET
from graphcli.loaders.yaml.words import field_kind

#: What JSON Schema has no word for.
EXTENSION: Final = "x-graphcli"
_TYPES: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "string"},
    "path": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "json": {},
    "secret": SECRET,
}
_KINDS: Final = {"boolean": "confirm"}


def form(fields: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    """Return the schema of an object with `fields`, in their order."""
    return {
        "type": "object",
        "properties": {name: _property(field) for name, field in fields.items()},
        "required": required,
        "additionalProperties": False,
    }


def required_fields(fields: Mapping[str, Any]) -> list[str]:
    """Return the fields that an answer must have; a default is an offer, not an answer."""
    return [name for name, field in fields.items() if field.get("required", True)]


def required_inputs(inputs: Mapping[str, Any]) -> list[str]:
    """Return the inputs that must be given: those without a default, unless the YAML says."""
    return [name for name, field in inputs.items() if field.get("required", "default" not in field)]


def _property(field: Mapping[str, Any]) -> dict[str, Any]:
    kind = field_kind(field)
    schema = _selection(field) if "choices" in field else dict(_TYPES[kind])
    for key, word in (("label", "title"), ("help", "description"), ("default", "default")):
        if key in field:
            schema[word] = field[key]
    schema[EXTENSION] = {"kind": _kind(field, kind), **_extras(field)}
    return schema


def _selection(field: Mapping[str, Any]) -> dict[str, Any]:
    choices = {"enum": list(field["choices"])}
    if field.get("multiselect"):
        return {"type": "array", "items": choices, "uniqueItems": True}
    return choices


def _kind(field: Mapping[str, Any], kind: str) -> str:
    if field.get("multiselect"):
        return "choices"
    return "long_text" if field.get("multiline") else _KINDS.get(kind, kind)


def _extras(field: Mapping[str, Any]) -> dict[str, str]:
    return {key: field[key] for key in ("placeholder", "when", "validate") if key in field}

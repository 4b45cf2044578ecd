"""A JSON Schema becomes a Field. PURE. The schema is known to be valid by then."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

from graphcli.engine.model import UNSET
from graphcli.engine.question import Field, Kind, Option
from graphcli.prompts.habits import distinct, label_of

Schema = Mapping[str, Any]

#: The key that holds what a YAML `ask:` says beyond JSON Schema.
EXTENSION = "x-graphcli"

FORMATS = {"date": Kind.DATE, "password": Kind.SECRET, "path": Kind.PATH}
SCALARS = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.CONFIRM}
DEFINITIONS = ("$defs", "definitions")
PLACEHOLDERS = {
    "date-time": "2026-01-31T12:00:00Z",
    "email": "name@example.org",
    "uri": "https://example.org",
}
#: A `$ref` that leads to a `$ref` is followed this often, so that a circle ends.
MAX_REFS = 20


def field_from_schema(schema: Schema) -> Field:
    """Return the field that asks for a value of `schema`, which is valid JSON Schema."""
    return _field("", schema, schema, required=True, top=True)


def schema_text(schema: Schema) -> str:
    """Return what the schema says about itself: its description, else its title."""
    for key in ("description", "title"):
        if isinstance(text := schema.get(key), str) and text.strip():
            return text.strip()
    return ""


def is_extended(schema: Schema | None) -> bool:
    """Return whether a form was written in YAML, where unanswered fields are null."""
    if schema is None:
        return False
    inner = schema.get("properties", {})
    return EXTENSION in schema or any(
        EXTENSION in part for part in inner.values() if isinstance(part, Mapping)
    )


def _field(name: str, raw: Schema, root: Schema, *, required: bool, top: bool = False) -> Field:
    schema, nullable = _simplify(raw, root)
    extra = _mapping(schema.get(EXTENSION))
    kind, options = _kind(schema, root, extra, top=top)
    low, high = _bounds(schema, kind)
    lengths = ("minItems", "maxItems") if kind is Kind.CHOICES else ("minLength", "maxLength")
    return Field(
        name=name,
        kind=kind,
        label=_text(schema, "title") or _human(name),
        help=_text(schema, "description"),
        default=schema.get("default", UNSET),
        required=required and not nullable,
        options=options,
        minimum=low,
        maximum=high,
        min_length=_whole(schema, lengths[0]),
        max_length=_whole(schema, lengths[1]),
        pattern=_text(schema, "pattern"),
        placeholder=_text(extra, "placeholder") or PLACEHOLDERS.get(_text(schema, "format"), ""),
        when=_text(extra, "when"),
        validate=_text(extra, "validate"),
        fields=_fields(schema, root) if kind is Kind.FORM else (),
        schema=_standalone(raw, root),
    )


def _fields(schema: Schema, root: Schema) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        _field(name, part if isinstance(part, Mapping) else {}, root, required=name in required)
        for name, part in schema["properties"].items()
    )


def _kind(
    schema: Schema, root: Schema, extra: Schema, *, top: bool
) -> tuple[Kind, tuple[Option, ...]]:
    options = _options(schema)
    items = _simplify(_mapping(schema.get("items")), root)[0]
    several = _options(items) if schema.get("type") == "array" else ()
    said = _said(extra)
    if said is not None and _possible(said, options, several, schema, top=top):
        return said, options or several
    if several:
        return Kind.CHOICES, several
    if options:
        two = {type(option.value) for option in options} == {bool} and len(options) == 2
        return (Kind.CONFIRM, ()) if two else (Kind.CHOICE, options)
    return _plain_kind(schema, top=top), ()


def _said(extra: Schema) -> Kind | None:
    name = extra.get("kind")
    return Kind(name) if isinstance(name, str) and name in set(Kind) else None


def _possible(
    kind: Kind,
    options: tuple[Option, ...],
    several: tuple[Option, ...],
    schema: Schema,
    *,
    top: bool,
) -> bool:
    if kind is Kind.FORM:
        return top and bool(_mapping(schema.get("properties")))
    needs = {Kind.CHOICE: options, Kind.CHOICES: several}
    return bool(needs.get(kind, True))


def _plain_kind(schema: Schema, *, top: bool) -> Kind:
    kind = schema.get("type")
    if kind == "string":
        if schema.get("writeOnly") is True:
            return Kind.SECRET
        return FORMATS.get(_text(schema, "format"), Kind.TEXT)
    if isinstance(kind, str) and kind in SCALARS:
        return SCALARS[kind]
    if top and kind in ("object", None) and _mapping(schema.get("properties")):
        return Kind.FORM
    says_nothing = not set(schema) - {"title", "description", "default", EXTENSION, *DEFINITIONS}
    return Kind.ANY if says_nothing else Kind.JSON


def _options(schema: Schema) -> tuple[Option, ...]:
    if isinstance(values := schema.get("enum"), list | tuple):
        names = schema.get("enumNames")
        labels = names if isinstance(names, list | tuple) and len(names) == len(values) else values
        pairs = zip(values, labels, strict=True)
        return distinct(Option(value, label_of(label)) for value, label in pairs)
    if "const" in schema:
        return (Option(schema["const"], label_of(schema.get("title", schema["const"]))),)
    for key in ("oneOf", "anyOf"):
        parts = schema.get(key)
        if (
            isinstance(parts, list | tuple)
            and parts
            and all(isinstance(part, Mapping) and "const" in part for part in parts)
        ):
            return distinct(
                Option(
                    part["const"],
                    label_of(part.get("title", part["const"])),
                    _text(part, "description"),
                )
                for part in parts
            )
    return ()


def _simplify(schema: Schema, root: Schema) -> tuple[Schema, bool]:
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
        found = _mapping(found).get(part.replace("~1", "/").replace("~0", "~"))
    return found if isinstance(found, Mapping) else None


def _standalone(schema: Schema, root: Schema) -> Schema:
    """Return `schema` with the definitions its references need, to be checked on its own."""
    return {**{key: root[key] for key in DEFINITIONS if key in root}, **schema}


def _bounds(schema: Schema, kind: Kind) -> tuple[float | None, float | None]:
    if kind not in (Kind.INTEGER, Kind.NUMBER):
        return None, None
    low, high = _number(schema, "minimum"), _number(schema, "maximum")
    if kind is Kind.INTEGER:
        above, below = _number(schema, "exclusiveMinimum"), _number(schema, "exclusiveMaximum")
        lows = [low, None if above is None else floor(above) + 1]
        highs = [high, None if below is None else ceil(below) - 1]
        low = max((n for n in lows if n is not None), default=None)
        high = min((n for n in highs if n is not None), default=None)
    return low, high


def _number(schema: Schema, key: str) -> float | None:
    value = schema.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(schema: Schema, key: str) -> int | None:
    value = _number(schema, key)
    return None if value is None else int(value)


def _text(schema: Schema, key: str) -> str:
    value = schema.get(key)
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {}


def _human(name: str) -> str:
    words = " ".join(name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]

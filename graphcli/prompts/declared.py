"""A JSON Schema becomes a Field. PURE. The schema is known to be valid by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, floor

from graphcli.dataclass import replace
from graphcli.engine.resuming.question import Field, Kind, Option
from graphcli.engine.values.model import UNSET
from graphcli.prompts.habits import distinct, label_of
from graphcli.prompts.kinds import FORMATTED
from graphcli.prompts.placing import Place
from graphcli.prompts.schemas import DEFINITIONS, Schema, mapping_of, simplify, standalone, text_of

#: The key that holds what a YAML `ask:` says beyond JSON Schema.
EXTENSION = "x-graphcli"

FORMATS = {"date": Kind.DATE, "password": Kind.SECRET, "path": Kind.PATH}
FORMATS |= dict.fromkeys(("file-path", "directory-path"), Kind.PATH)
SCALARS = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.CONFIRM}
#: Objects inside of objects are opened so deep; what lies deeper is written as JSON.
MAX_DEPTH = 3


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
    schema, nullable = simplify(raw, root)
    extra = mapping_of(schema.get(EXTENSION))
    kind, options = _kind(schema, root, extra, top=top)
    low, high = _bounds(schema, kind)
    lengths = ("minItems", "maxItems") if kind is Kind.CHOICES else ("minLength", "maxLength")
    return Field(
        name=name,
        kind=kind,
        label=text_of(schema, "title") or _human(name),
        help=text_of(schema, "description"),
        default=schema.get("default", UNSET),
        required=required and not nullable,
        options=options,
        minimum=low,
        maximum=high,
        min_length=_whole(schema, lengths[0]),
        max_length=_whole(schema, lengths[1]),
        pattern=text_of(schema, "pattern"),
        placeholder=text_of(extra, "placeholder")
        or FORMATTED.get(text_of(schema, "format"), ("", ""))[1],
        when=text_of(extra, "when"),
        validate=text_of(extra, "validate"),
        fields=_fields(schema, root) if kind is Kind.FORM else (),
        schema=standalone(raw, root),
    )


def _fields(schema: Schema, root: Schema) -> tuple[Field, ...]:
    flat = tuple(fields_of(schema, root))
    if len({field.name for field in flat}) == len(flat):
        return flat
    return tuple(fields_of(schema, root, depth=MAX_DEPTH))  # a name with a dot is taken twice


def fields_of(
    schema: Schema, root: Schema, *, place: Place = (), prefix: str = "", depth: int = 0
) -> Iterator[Field]:
    """Yield the fields of an object's properties, those of required objects inside among them.

    `place` is where the object stands in the answer, `prefix` what its fields' names begin with.
    """
    required = schema.get("required", ())
    for key, raw in mapping_of(schema.get("properties")).items():
        part = mapping_of(raw)
        where, name = (*place, key), prefix + key
        inner, nullable = simplify(part, root)
        if key in required and not nullable and depth < MAX_DEPTH and _opens(inner, root):
            yield object_at(where, name, standalone(part, root))
            below = fields_of(inner, root, place=where, prefix=f"{name}.", depth=depth + 1)
            outer = text_of(inner, "title") or _human(key)
            yield from (replace(field, label=f"{outer} / {field.label}") for field in below)
        else:
            field = _field(name, part, root, required=key in required)
            label = text_of(inner, "title") or _human(key)
            yield replace(field, label=label, place=where)


def object_at(place: Place, name: str, schema: Schema, *, required: bool = True) -> Field:
    """Return the object at `place` that the fields after it fill, and its schema."""
    return Field(
        name=name,
        kind=Kind.FORM,
        place=place,
        schema=schema,
        default={},
        required=required,
        asked=False,
        keeps=True,
    )


def _opens(schema: Schema, root: Schema) -> bool:
    """Return whether an object's fields can be asked for one by one."""
    properties = mapping_of(schema.get("properties"))
    if schema.get("type", "object") != "object" or not properties or EXTENSION in schema:
        return False
    parts = [simplify(mapping_of(part), root)[0] for part in properties.values()]
    return not any(part.get("writeOnly") is True or EXTENSION in part for part in parts)


def _kind(
    schema: Schema, root: Schema, extra: Schema, *, top: bool
) -> tuple[Kind, tuple[Option, ...]]:
    options = _options(schema)
    items = simplify(mapping_of(schema.get("items")), root)[0]
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
        return top and bool(mapping_of(schema.get("properties")))
    needs = {Kind.CHOICE: options, Kind.CHOICES: several}
    return bool(needs.get(kind, True))


def _plain_kind(schema: Schema, *, top: bool) -> Kind:
    kind = schema.get("type")
    if kind == "string":
        if schema.get("writeOnly") is True:
            return Kind.SECRET
        return FORMATS.get(text_of(schema, "format"), Kind.TEXT)
    if isinstance(kind, str) and kind in SCALARS:
        return SCALARS[kind]
    if top and kind in ("object", None) and mapping_of(schema.get("properties")):
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
                    text_of(part, "description"),
                )
                for part in parts
            )
    return ()


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


def _human(name: str) -> str:
    words = " ".join(name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]

"""How much work a JSON Schema makes: forty lines of `anyOf` and `$ref` can take a century."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphcli.dataclass import dataclass, field

#: How often one value may be looked at, how often all of them together, and how many pairs of
#: a schema and a depth are counted before that is too much itself.
MAX_LOOKS: Final = 2_000
MAX_WORK: Final = 100_000
MAX_COUNTED: Final = 50_000

#: Keywords whose schemas look at the same value, and those that look at all that is inside it.
_HERE: Final = (
    "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies",
)  # fmt: skip
_INSIDE: Final = (
    "items", "prefixItems", "additionalItems", "unevaluatedItems", "contains", "propertyNames",
    "patternProperties", "additionalProperties", "unevaluatedProperties",
)  # fmt: skip
_NAMED: Final = ("properties", "patternProperties", "dependentSchemas", "dependencies")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
#: To know what nobody has looked at yet, all that stands beside these is held against it again.
_AGAIN: Final = ("unevaluatedItems", "unevaluatedProperties")


class _TooMuchError(Exception):
    """The message says what of the schema makes too much work."""


def too_much(schema: Mapping[str, Any], value: Any) -> str:
    """Return why holding `value` against `schema` is not tried, or nothing if it is."""
    depth, size = _measured(value)
    try:
        _refuse_names(schema)
        looks = _Looks(schema).of(schema, depth)
    except _TooMuchError as error:
        return str(error)
    except RecursionError:
        return "it is nested too deeply"
    return "it takes too long" if looks > MAX_LOOKS or looks * size > MAX_WORK else ""


@dataclass(slots=True)
class _Looks:
    """Counts how often `root` looks at one value at most."""

    root: Mapping[str, Any]
    known: dict[tuple[int, int], int] = field(default_factory=dict)

    def of(self, schema: Any, depth: int) -> int:
        """Return the looks of `schema` at a value, or at one of those up to `depth` inside it."""
        key = (id(schema), depth)
        if key not in self.known:
            if len(self.known) > MAX_COUNTED:
                raise _TooMuchError("it is too large")
            self.known[key] = 0  # a schema that leads back to itself here is not followed again
            self.known[key] = 1 + self._below(schema, depth) if isinstance(schema, Mapping) else 1
        return self.known[key]

    def _below(self, schema: Mapping[str, Any], depth: int) -> int:
        here = [self._target(schema[word]) for word in _REFERENCES if word in schema]
        here += _parts(schema, _HERE)
        looks = sum(self.of(part, depth) for part in here)
        looks *= 1 + any(word in schema for word in _AGAIN)
        if not depth:
            return looks
        looks += sum(self.of(part, depth - 1) for part in _parts(schema, _INSIDE))
        # Each named property is a value of its own: the busiest one counts.
        named = (self.of(part, depth - 1) for part in _parts(schema, ("properties",)))
        return looks + max(named, default=0)

    def _target(self, reference: Any) -> Any:
        pointer = reference if isinstance(reference, str) else ""
        first, *names = pointer.split("/")
        found: Any = self.root
        for name in names:
            found = _step(found, name.replace("~1", "/").replace("~0", "~"))
        # In a pointer `%24` is `$` to a validator: what is followed elsewhere is not counted.
        if found is None or first != "#" or "%" in pointer:
            raise _TooMuchError("it may refer only to parts of itself, as in `#/$defs/name`")
        return found


def _step(found: Any, name: str) -> Any:
    if isinstance(found, list | tuple) and name.isdecimal() and int(name[:6]) < len(found):
        return found[int(name)]
    return found.get(name) if isinstance(found, Mapping) else None


def _parts(schema: Mapping[str, Any], words: tuple[str, ...]) -> Iterator[Any]:
    for word in words:
        found = schema.get(word)
        if isinstance(found, list | tuple):
            yield from found
        elif isinstance(found, Mapping):
            yield from found.values() if word in _NAMED else (found,)


def _refuse_names(schema: Mapping[str, Any]) -> None:
    """Refuse a part with a name of its own: in it `#/` leads to other places than we follow."""
    for level in _levels([*schema.values()]):
        if any(isinstance(part, Mapping) and isinstance(part.get("$id"), str) for part in level):
            raise _TooMuchError("a part of it has an `$id`")


def _measured(value: Any) -> tuple[int, int]:
    """Return how many levels are inside `value`, and how many values it is with all of them."""
    sizes = [len(level) for level in _levels([value])]
    return len(sizes) - 1, sum(sizes)


def _levels(level: list[Any]) -> Iterator[list[Any]]:
    while level:
        yield level
        level = [inner for item in level for inner in _inside(item)]


def _inside(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()

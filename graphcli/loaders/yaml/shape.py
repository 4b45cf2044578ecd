"""Does a document have the shape that graph.schema.json defines? Every problem, in our words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any, Final

from graphcli.errors import did_you_mean
from graphcli.loaders.yaml.findings import Finding
from graphcli.loaders.yaml.positions import Document, Path
from graphcli.loaders.yaml.words import VERBS
from graphcli.schema import Problem, problems

#: Keys of the format's future: known, but not to this version.
LATER: Final = ("map", "graph", "needs", "expires", "on_timeout")
_TYPES: Final = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


@cache
def format_schema() -> dict[str, Any]:
    """Return the JSON Schema that defines the YAML format, for checking and for editors."""
    file = FilePath(__file__).parent.parent / "graph.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def check_shape(document: Document) -> Iterator[Finding]:
    """Yield each place of `document` that does not have the shape of a graph."""
    seen: set[tuple[Path, str]] = set()
    for problem in problems(format_schema(), document.data, stranger=False):
        if (problem.path, problem.keyword) not in seen:
            seen.add((problem.path, problem.keyword))
            yield from _explain(document, problem)


def _explain(document: Document, problem: Problem) -> Iterator[Finding]:
    value = document.get(problem.path)
    schema = _schema_at(document.data, problem.path)
    if problem.keyword == "additionalProperties":
        yield from _unknown_keys(problem.path, value, schema)
    elif problem.keyword == "required":
        yield from _missing_keys(problem.path, value, schema)
    else:
        yield Finding(problem.path, _message(problem, value, schema))


def _message(problem: Problem, value: Any, schema: Mapping[str, Any]) -> str:
    if problem.keyword == "type":
        return f"must be {_type_words(schema.get('type', ()))}, not {_kind(value)}"
    if problem.keyword == "enum":
        known = [str(item) for item in schema.get("enum", ())]
        near = did_you_mean(str(value), known)
        if str(value) in known:
            return f"must be {value} without quotes"
        return f"must be {_one_of(known)}, not `{_short(value)}`{near}"
    if rule := schema.get("x-message"):
        return f"must be {rule}" if problem.keyword == "pattern" else str(rule)
    return problem.message


def _unknown_keys(path: Path, value: Any, schema: Mapping[str, Any]) -> Iterator[Finding]:
    known = tuple(schema.get("properties", ()))
    if _is_node(path) and not any(verb in value for verb in VERBS):
        yield from _without_verb(path, value)
        return
    for key in value:
        if key not in known:
            yield Finding((*path, key), _unknown(path, key, value, known), key=True)


def _unknown(path: Path, key: str, value: Any, known: tuple[str, ...]) -> str:
    if key in LATER:
        return f"`{key}` is not supported yet"
    if _is_node(path) and key in VERBS:
        first = next(verb for verb in VERBS if verb in value)
        return f"a node has one verb; here are `{first}` and `{key}`: make them two nodes"
    near = did_you_mean(key, known) or f"; known here: {', '.join(known)}"
    return f"unknown key `{key}`{near}"


def _without_verb(path: Path, value: Any) -> Iterator[Finding]:
    """A node without a verb: a key of it is a verb of the future, or nearly one of ours."""
    for key in value:
        near = did_you_mean(key, VERBS)
        if key in LATER:
            yield Finding((*path, key), f"`{key}` is not supported yet", key=True)
            return
        if near:
            yield Finding((*path, key), f"unknown key `{key}`{near}", key=True)
            return
    yield Finding(path, f"a node needs one of {_one_of(VERBS)}", key=True)


def _missing_keys(path: Path, value: Any, schema: Mapping[str, Any]) -> Iterator[Finding]:
    if _is_node(path):
        # A node with other keys only is told once, by those keys.
        if not value:
            yield from _without_verb(path, value)
        return
    for key in schema.get("required", ()):
        if key not in value:
            yield Finding(path, f"`{key}` is missing", key=True)


def _is_node(path: Path) -> bool:
    return len(path) == 2 and path[0] == "nodes"


def _schema_at(value: Any, path: Path) -> Mapping[str, Any]:
    """Return the part of the format's schema that speaks of the value at `path`."""
    schema = _settled(format_schema(), value)
    for part in path:
        value = value[part]
        inner = schema.get("items") if isinstance(part, int) else _property(schema, part)
        schema = _settled(inner if isinstance(inner, Mapping) else {}, value)
    return schema


def _property(schema: Mapping[str, Any], key: str) -> Any:
    return schema.get("properties", {}).get(key, schema.get("additionalProperties"))


def _settled(schema: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """Follow references and choose between then and else, as `value` decides."""
    while "$ref" in schema or "if" in schema:
        if "$ref" in schema:
            schema = format_schema()["definitions"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = schema["else" if problems(schema["if"], value, stranger=False) else "then"]
    return schema


def _type_words(types: str | list[str]) -> str:
    return " or ".join(_TYPES[name] for name in ([types] if isinstance(types, str) else types))


def _one_of(names: Any) -> str:
    *rest, last = (f"`{name}`" for name in names)
    return f"{', '.join(rest)} or {last}" if rest else last


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else f"`{_short(value)}`"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"

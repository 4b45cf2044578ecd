"""Digests: what binds an answer to the question it was given to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from enum import Enum
from typing import Any

from graphcli.dataclass import fields, is_dataclass
from graphcli.errors import UnsupportedValueError
from graphcli.hashes import blake2b, sha256
from graphcli.text import safe_line

_DEPTH = 200
_EMPTY = blake2b(digest_size=16)

#: As many digits of an id or a digest as leave no doubt: 48 bits.
SHORTEST_DIGEST = 12
_DIGITS = frozenset("0123456789abcdef")


def digest(payload: Any, schema: Any = None) -> str:
    """Return SHA-256 (64 hex digits) of the canonical JSON of `payload` and `schema`.

    Raises:
        UnsupportedValueError: a part of the payload has no stable form.
    """
    both = b"[%b,%b]" % (canonical(payload), canonical(schema, "response_schema"))
    return sha256(both).hexdigest()


def short_hash(*parts: str | int) -> str:
    """Return 32 hex digits that name the sequence `parts`."""
    return _hashed("\x00".join(map(str, parts))).hexdigest()


def numbered(*parts: str) -> Callable[[int], str]:
    """Return what gives `short_hash(*parts, number)` for many numbers, in 0.4 us instead of 1.1."""
    before = _hashed("\x00".join((*parts, "")))

    def hash_of(number: int) -> str:
        state = before.copy()
        state.update(b"%d" % number)
        return state.hexdigest()

    return hash_of


def _hashed(text: str) -> blake2b:
    state = _EMPTY.copy()  # a third cheaper than a new one, of which a superstep needs one
    state.update(text.encode("utf-8", "surrogatepass"))
    return state


def malformed(digest: str) -> str:
    """Return why `digest` can be neither one nor the beginning of one; empty if it can."""
    shown = f"--if-match `{safe_line(digest, 80)}`"
    if not digest or not set(digest) <= _DIGITS:
        return f"{shown} is no digest: it takes {SHORTEST_DIGEST} to 64 digits from 0 to f"
    if len(digest) < SHORTEST_DIGEST:
        return f"{shown} is too short: it takes {SHORTEST_DIGEST} digits"
    return ""


def canonical(value: Any, path: str = "payload") -> bytes:
    """Return `value` as JSON with sorted keys and sets, so that equal values have equal bytes.

    Raises:
        UnsupportedValueError: a part of it has no stable form; `path` names it in the error.
    """
    plain = _plain(value, path, 0)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")


def _plain(value: Any, path: str, depth: int) -> Any:
    """`value` as JSON data, where what is not JSON carries the name of its type."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if depth > _DEPTH:
        raise UnsupportedValueError(path, f"a value nested deeper than {_DEPTH}")
    match value:
        case int() | float():
            # Text, because JSON has no NaN and a reader may round: 1 and 1.0 stay different.
            return {"$number": repr(value)} if value != value or abs(value) > 2**53 else value
        case Mapping():
            return {
                _key(key, path): _plain(item, f"{path}.{key}", depth + 1)
                for key, item in value.items()
            }
        case list() | tuple():
            return [_plain(item, f"{path}[{n}]", depth + 1) for n, item in enumerate(value)]
        case Set():
            items = [_plain(item, path, depth + 1) for item in value]
            return {"$set": sorted(items, key=lambda item: json.dumps(item, sort_keys=True))}
    return _tagged(value, path, depth)


def _key(key: Any, path: str) -> str:
    if isinstance(key, str):
        # Ours begin with one `$`: a payload that says the same must not look the same.
        return f"${key}" if key.startswith("$") else key
    if key is None or isinstance(key, (bool, int, float)):
        return f"${type(key).__name__}:{key}"
    raise UnsupportedValueError(path, f"a key of type {type(key).__name__}")


def _tagged(value: Any, path: str, depth: int) -> Any:
    name = type(value).__name__
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        return {f"${name}": _plain(parts, path, depth + 1)}
    if hasattr(value, "model_dump"):  # pydantic, recognised without importing it
        return {f"${name}": _plain(value.model_dump(), path, depth + 1)}
    if isinstance(value, Enum):
        return {f"${name}": _plain(value.value, path, depth + 1)}
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": bytes(value).hex()}
    if type(value).__module__ in {"datetime", "decimal", "uuid", "pathlib"}:
        return {f"${name}": str(value)}
    raise UnsupportedValueError(path, f"a {name}", "give the question plain data")

"""Bytes from a stranger: reading them runs, imports and opens nothing that they name."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import make_dataclass
from enum import Enum
from typing import Any

import ormsgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcli.errors import StorageDamagedError
from graphcli.storage.classes import Unknown
from graphcli.storage.codec import DATACLASS, ENUM, MESSAGE, MODEL, PAIRS, SET, TUPLE, Codec
from graphcli.storage.tags import BIG_INT, DATETIME, DECIMAL, PATH, TIME, UUID_


def ext(code: int, body: bytes = b"") -> ormsgpack.Ext:
    return ormsgpack.Ext(code, body)


def packed(value: Any) -> bytes:
    return ormsgpack.packb(value)


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "half": packed({"a": "b" * 50})[:20],
    "unknown tag": packed(ext(77, b"x")),
    "LangGraph's own": packed(ext(1 << 5, packed(["os", "system", "echo hacked"]))),
    "mark alone": packed(ext(TUPLE)),
    "mark in second place": packed([1, ext(TUPLE)]),
    "mark as a value": packed({"a": ext(TUPLE)}),
    "tuple of a number": packed([ext(TUPLE), 1]),
    "set of lists": packed([ext(SET), [[1]]]),
    "pairs of three": packed([ext(PAIRS), [[1, 2, 3]]]),
    "class without fields": packed([ext(DATACLASS), "m:Thing"]),
    "class with a list of fields": packed([ext(DATACLASS), "m:Thing", [1]]),
    "class named by a number": packed([ext(DATACLASS), 1, {}]),
    "enum without a name": packed([ext(ENUM), "m:Kind", {}]),
    "date": packed(ext(4, b"2026-99-99")),
    "moment": packed(ext(DATETIME, packed(["never", 0, None]))),
    "zone": packed(ext(TIME, packed(["01:00:00", 0, [10**15, None, None]]))),
    "number": packed(ext(DECIMAL, b"1.x")),
    "short uuid": packed(ext(UUID_, b"1")),
    "path of no kind": packed(ext(PATH, b"Popen:/bin/sh")),
    "deeper": b"\x91" * 100_000 + b"\xc0",
    "deep tuples": b"\x92\xc7\x00\x20" * 900 + b"\xc0",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_value_is_damage(data: bytes) -> None:
    thing = make_dataclass("Thing", ["a"], namespace={"__module__": "m"})
    kind: Any = Enum("kind", ["A"], module="m", qualname="Kind")
    codec = Codec([thing, kind])
    with pytest.raises(StorageDamagedError, match="row 7 holds bytes that are no value"):
        codec.decode(data, "row 7")


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_a_value_or_damage(data: bytes) -> None:
    with suppress(StorageDamagedError):
        Codec().decode(data, "row")


ATTACKS: dict[str, Any] = {
    "dataclass": [ext(DATACLASS), "os:system", {"command": "echo hacked"}],
    "enum": [ext(ENUM), "subprocess:Popen", {"name": "args", "value": "echo"}],
    "model": [ext(MODEL), "antigravity:Model", {"a": 1}, None, [], {}],
    "message": [ext(MESSAGE), "__import__", {"a": 1}, None, [], {}],
    "module": [ext(DATACLASS), "antigravity:x", {}],
    "zone": ext(DATETIME, packed(["2026-01-01T00:00:00", 0, [0, None, "../../../etc/passwd"]])),
    "zone package": ext(DATETIME, packed(["2026-01-01T00:00:00", 0, [0, None, "antigravity"]])),
    "path": ext(PATH, b"PosixPath:/etc/passwd"),
    "number": ext(BIG_INT, b"\x7f" * 100_000),
}

WATCH = """
import sys
from graphcli.storage.codec import Codec
import zoneinfo, pydantic, langchain_core.messages
codec, data = Codec(), bytes.fromhex(sys.stdin.read())
Codec().decode(Codec().encode([(1,)], ""), "")
seen = []
sys.addaudithook(lambda event, args: seen.append((event, str(args)[:80])))
value = codec.decode(data, "row")
seen, found = [], list(seen)
print(type(value).__name__, *(event for event, _ in found if event not in QUIET))
"""

#: What Python itself reports for every object that is made or function that is found.
QUIET = {"object.__getattr__", "builtins.id", "gc.get_objects"}


def watched(data: bytes, tmp_path: Any) -> str:
    """What a process that decodes `data` does, as Python's own audit events."""
    package = tmp_path / "langchain_core"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "messages.py").touch()
    code = WATCH.replace("QUIET", repr(QUIET))
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(tmp_path)!r})\n{code}"],
        input=data.hex(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("value", ATTACKS.values(), ids=ATTACKS)
def test_nothing_runs_is_imported_or_opened(value: Any, tmp_path: Any) -> None:
    kind, *events = watched(packed(value), tmp_path).split()
    assert kind in {"Unknown", "datetime", "PosixPath", "int"}
    assert events == []


def test_the_watch_would_see_it(tmp_path: Any) -> None:
    # The control: a known zone is looked up in the machine's database, which is an `open`.
    zone = ext(DATETIME, packed(["2026-01-01T00:00:00", 0, [0, None, "Europe/Berlin"]]))
    assert "open" in watched(packed(zone), tmp_path).split()


def test_an_unknown_class_stays_data() -> None:
    value = Codec().decode(packed([ext(DATACLASS), "os:system", {"command": "x"}]), "row")
    assert type(value) is Unknown
    assert (value, value.name) == ({"command": "x"}, "os:system")

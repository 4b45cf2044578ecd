"""What is written comes back as it was, whatever is in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from graphcli.errors import InvalidGraphError
from graphcli.loaders.yaml import writing
from graphcli.loaders.yaml.positions import read
from graphcli.loaders.yaml.writing import write

#: What readers of YAML take for something else than text, or do not take at all.
ODD = [
    *("yes", "no", "on", "y", "null", "~", "true", "1", "007", "1e5", "1_000", "0x1f", ".5", ""),
    *("12:30:45", "2026-11-21", "- a", "a: b", "a #b", "#", "<<", "=", "{{ x }}", "{", "[", "!x"),
    *("&a", "*a", "%", "@", "`", "|", ">", "-i", " a", "a ", "a\nb", "a\r\nb", "\t", '"', "\\"),
    *("é", "世", "😀", "\x85", "\u2028", "\ufeff", "\ufffe", "\x1b[2J", "\u202e", "\U000e0041"),
]
TEXT = st.text(max_size=12) | st.sampled_from(ODD)
NUMBERS = st.integers(1 - 10**18, 10**18 - 1) | st.floats(allow_nan=False, allow_infinity=False)
DATA = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def back(data: dict[str, Any]) -> Any:
    return read(write(data), "file").data


@settings(max_examples=150)
@given(st.dictionaries(TEXT, DATA, max_size=4))
def test_what_is_written_comes_back(data: dict[str, Any]) -> None:
    assert repr(back(data)) == repr(data)  # 1 and 1.0 are equal, and not the same


def test_every_odd_text_comes_back_as_key_and_as_value() -> None:
    data = {text: {text: [text, {text: text}]} for text in ODD}
    assert back(data) == data


def test_it_reads_well() -> None:
    data = {
        "review#1": "approve",
        "audit/licence": {
            "decision": "no",
            "why": "a: b",
            "count": 1.5,
            "tags": ["x", 2],
            "none": {},
        },
        "-i": {"tag": "v1"},
    }
    assert write(data) == snapshot("""\
review#1: approve
audit/licence:
  decision: "no"
  why: "a: b"
  count: 1.5
  tags: [x, 2]
  none: {}
"-i":
  tag: v1
""")
    assert write({}) == "{}\n"


def test_nothing_of_it_drives_a_terminal() -> None:
    assert write({"\x1b[2J": "\u202e\x85"}) == snapshot('"\\x1b[2J": "\\u202e\\x85"\n')


@pytest.mark.parametrize(
    ("name", "weak"),
    [("_quoted", lambda text: f'"{text}"'), ("_text", lambda text: text)],
    ids=["no escapes", "no quotes"],
)
def test_the_control_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str, weak: Any) -> None:
    monkeypatch.setattr(writing, name, weak)
    with pytest.raises((AssertionError, InvalidGraphError)):
        test_every_odd_text_comes_back_as_key_and_as_value()

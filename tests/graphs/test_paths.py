"""Inputs of type `path` are seen from the caller's folder: commands run in the graph's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphcli.loaders import load

TEXT = """\
version: 1
name: paths
inputs:
  here: {type: path, default: .}
  left: {type: path, required: false}
  text: {type: text, default: .}
nodes:
  only: {run: "true"}
"""


@pytest.fixture
def caller(tmp_path: Path) -> Path:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "g.yaml").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"here": "{cwd}", "left": None, "text": "."}),
        ({"here": "a/b"}, {"here": "{cwd}/a/b", "left": None, "text": "."}),
        ({"here": "/etc"}, {"here": "/etc", "left": None, "text": "."}),
        ({"here": "~/x"}, {"here": "{cwd}/home/x", "left": None, "text": "."}),
        ({"here": "~nobody-has-this-name/x", "left": ".."},
         {"here": "{cwd}/~nobody-has-this-name/x", "left": "{cwd}/..", "text": "."}),
        ({"text": "a"}, {"here": "{cwd}", "left": None, "text": "a"}),
    ],
)  # fmt: skip
def test_paths_are_absolute_from_the_callers_folder(
    caller: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    monkeypatch.setenv("HOME", str(caller / "home"))
    initial = load("g", cwd=caller).initial(given)
    absolute = {
        name: value.format(cwd=caller) if isinstance(value, str) else value
        for name, value in expected.items()
    }
    assert initial["inputs"] == absolute

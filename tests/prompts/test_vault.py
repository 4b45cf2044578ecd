"""A reference leads to its secret, or nowhere."""

from pathlib import Path

import pytest

from graphcli.prompts import resolve
from graphcli.prompts.vault import MAX_SIZE, keep


def test_references_lead_to_their_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "from env")
    (tmp_path / "token").write_text("from file\n\n")
    assert resolve("env:TOKEN") == "from env"
    assert resolve(f"file:{tmp_path / 'token'}") == "from file\n"
    assert resolve(keep("typed").reference) == "typed"


def test_what_is_out_of_reach_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * (MAX_SIZE + 1))
    for reference in ("env:TOKEN", "file:/no/such", "memory:nobody", "", "plain", "file:\0"):
        assert resolve(reference) is None
    for name in ("binary", "large", "."):
        assert resolve(f"file:{tmp_path / name}") is None


def test_two_typed_secrets_have_two_references() -> None:
    assert keep("one").reference != keep("one").reference

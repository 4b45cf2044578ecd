"""The scripts in completions/, as the application is now."""

from __future__ import annotations

from pathlib import Path

from tests.completions.bash import bash
from tests.completions.fish import fish
from tests.completions.tree import verbs
from tests.completions.zsh import zsh

FOLDER = Path(__file__).parent.parent.parent / "completions"


def scripts() -> dict[str, str]:
    """Return the text of each script by its file's name."""
    found = verbs()
    return {"graphcli.bash": bash(found), "_graphcli": zsh(found), "graphcli.fish": fish(found)}

"""Paths at the prompt: completed as a shell does it; what is sent is what stands there."""

from __future__ import annotations

import os
from pathlib import Path

from graphcli.dataclass import dataclass
from graphcli.dataclass import field as attribute
from graphcli.engine.resuming.question import Field
from graphcli.text import safe_line

#: As many candidates are named; more are counted.
_NAMED = 8


@dataclass(slots=True)
class Completion:
    """What Tab has found for the text `of`: the names that it could go on to."""

    of: str = ""
    names: list[str] = attribute(default_factory=list)

    def complete(self, typed: str) -> str:
        """Return `typed` with what all candidates share; they are offered if they are several.

        `~` is written out: nothing but a shell understands it, and what stands there is sent.
        """
        typed = _written_out(typed)
        folder, _, begun = typed.rpartition("/")
        names = candidates(f"{folder}/" if "/" in typed else "", begun)
        shared = os.path.commonprefix(names)
        whole = f"{folder}/{shared}" if "/" in typed else shared
        self.of, self.names = (whole if names else typed), names if len(names) > 1 else []
        return self.of

    def offered(self, typed: str) -> str:
        """Return the candidates in a line, as long as the text is the one they are for."""
        if typed != self.of:
            return ""
        more = len(self.names) - _NAMED
        named = "  ".join(safe_line(name, 40) for name in self.names[:_NAMED])
        return f"{named}  and {more} more" if more > 0 else named


def candidates(folder: str, begun: str) -> list[str]:
    """Return the names in `folder` that begin so, directories with a slash; hidden if asked."""
    try:
        entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return []
    found = [e for e in entries if e.name.startswith(begun)]
    shown = [e for e in found if begun.startswith(".") or not e.name.startswith(".")]
    return [e.name + ("/" if _is_directory(e) else "") for e in shown]


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _written_out(typed: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111 - Path would drop a slash at the end.
    return f"{home}/{typed[2:]}" if typed == "~" or typed.startswith("~/") else typed


def missing(typed: str) -> str:
    """Say that nothing is there by the name that is typed."""
    if not typed or os.path.lexists(typed):
        return ""
    tilde = "; Tab writes `~` out" if typed.startswith("~") else ""
    return f"nothing is there by this name{tilde}"


#: The formats of JSON Schema, as pydantic writes them, for what must be there, and what it is.
MUST_BE = {"file-path": ("file", Path.is_file), "directory-path": ("directory", Path.is_dir)}


def absent(field: Field, typed: str) -> str:
    """Return why a path cannot be sent that must be there; empty where it is or need not be."""
    what, is_there = MUST_BE.get(str((field.schema or {}).get("format")), ("", Path.exists))
    return "" if not what or is_there(Path(typed)) else f"there is no {what} by this name"

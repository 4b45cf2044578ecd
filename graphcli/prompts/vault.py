"""Secrets that were answered: a reference goes into the thread, the text is fetched at use."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from graphcli.engine.values.model import Secret
from graphcli.hidden import hide

#: What was typed at a prompt, by reference. It lives as long as the process, and nowhere else.
_typed: dict[str, str] = {}

#: A secret is a line or a key, never a disk image that was named by mistake (in bytes).
MAX_SIZE = 64 * 1024


def keep(text: str) -> Secret:
    """Keep a typed secret in memory and return the reference that stands for it."""
    reference = f"memory:{os.urandom(16).hex()}"
    _typed[reference] = text
    return Secret(reference)


def resolve(reference: str) -> str | None:
    """Return the secret behind `env:NAME`, `file:PATH` or `memory:ID`, None if out of reach.

    A file counts only if it is a regular one, with text of at most 64 KiB. One newline at its end
    is the editor's, not the secret's, and is dropped.
    """
    text = _fetched(reference)
    if text is not None:
        hide(text)
    return text


def _fetched(reference: str) -> str | None:
    scheme, _, place = reference.partition(":")
    if scheme == "env":
        return os.environ.get(place)
    return _from_file(Path(place)) if scheme == "file" else _typed.get(reference)


def _from_file(path: Path) -> str | None:
    try:
        # Not waiting: opening a FIFO would last until somebody writes to it.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            content = file.read(MAX_SIZE + 1)
        if len(content) <= MAX_SIZE:
            return content.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError):  # not there, not ours to read, no text
        return None
    return None

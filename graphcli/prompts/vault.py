"""Secrets that were answered: a reference goes into the thread, the text is fetched at use."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from uuid import uuid4

from graphcli.engine.model import Secret

#: What was typed at a prompt, by reference. It lives as long as the process, and nowhere else.
_typed: dict[str, str] = {}

#: The texts that nodes were given by this process, in each spelling that an error may hold.
_told: set[str] = set()

#: A shorter text is no secret, and stands in words that have nothing to do with it.
SHORTEST = 6

#: A secret is a line or a key, never a disk image that was named by mistake (in bytes).
MAX_SIZE = 64 * 1024


def keep(text: str) -> Secret:
    """Keep a typed secret in memory and return the reference that stands for it."""
    reference = f"memory:{uuid4().hex}"
    _typed[reference] = text
    return Secret(reference)


def resolve(reference: str) -> str | None:
    """Return the secret behind `env:NAME`, `file:PATH` or `memory:ID`, None if out of reach.

    A file counts only if it is a regular one, with text of at most 64 KiB. One newline at its end
    is the editor's, not the secret's, and is dropped.
    """
    text = _fetched(reference)
    if text is not None:
        _told.update(_spellings(text))
    return text


def redact(text: str) -> str:
    """Return `text` with `***` for each secret of 6 characters or more that was fetched."""
    for secret in sorted(_told, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _spellings(secret: str) -> set[str]:
    """How a secret stands in a message: as it is, as Python or JSON write it, in a URL, by line."""
    # Deferred: only a secret needs it.
    from urllib.parse import quote, quote_plus

    lines = [line.strip() for line in secret.splitlines()]
    texts = {secret, secret.strip(), *(line for line in lines if len(line) > 2 * SHORTEST)}
    written = {repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")}
    written |= {quote(secret), quote_plus(secret)}
    return {text for text in texts | written if len(text) >= SHORTEST}


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

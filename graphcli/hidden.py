"""Secrets: how they are referred to, and those that this process has fetched, to be told nobody."""

from __future__ import annotations

import json
from typing import Any, Final

#: How a secret is given where it would be stored or seen.
REFERENCES: Final = "`env:NAME` or `file:/whole/path`"
_REFERENCE: Final = r"env:[A-Za-z_][A-Za-z0-9_]*|file:/.+"

#: Their texts, in each spelling that an error may hold.
_hidden: set[str] = set()

#: A shorter text is no secret, and stands in words that have nothing to do with it.
SHORTEST = 6


def is_reference(value: Any) -> bool:
    """Return whether `value` names a place that holds a secret."""
    # Deferred: commands that only look know no secret.
    import re

    return isinstance(value, str) and re.fullmatch(_REFERENCE, value, re.ASCII) is not None


def hide(secret: str) -> None:
    """Let `redact` hide a secret from now on, in each spelling of it."""
    _hidden.update(_spellings(secret))


def redact(text: str) -> str:
    """Return `text` with `***` for each secret of 6 characters or more that was hidden."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def redact_data(data: Any) -> Any:
    """Return JSON data with each text in it redacted."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, dict):
        return {redact(key): redact_data(value) for key, value in data.items()}
    return [redact_data(item) for item in data] if isinstance(data, list) else data


def _spellings(secret: str) -> set[str]:
    """How a secret stands in a message: as it is, as Python or JSON write it, in a URL, by line."""
    # Deferred: only a secret needs it.
    from urllib.parse import quote, quote_plus

    lines = [line.strip() for line in secret.splitlines()]
    texts = {secret, secret.strip(), *(line for line in lines if len(line) > 2 * SHORTEST)}
    written = {repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")}
    written |= {quote(secret), quote_plus(secret)}
    return {text for text in texts | written if len(text) >= SHORTEST}

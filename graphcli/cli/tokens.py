"""Does a text on the command line look like a secret? PURE; it is a warning, never a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from graphcli.hidden import is_reference

#: How the tokens of well-known services begin, and what people call them.
_KNOWN: Final = {
    r"gh[pousr]_[A-Za-z0-9]{20,}": "a GitHub token",
    r"github_pat_[A-Za-z0-9_]{20,}": "a GitHub token",
    r"glpat-[A-Za-z0-9_-]{16,}": "a GitLab token",
    r"sk-[A-Za-z0-9_-]{20,}": "an API key",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}": "a Slack token",
    r"(AKIA|ASIA)[A-Z0-9]{16}": "an AWS key",
    r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*": "a JSON web token",
    r"-----BEGIN [A-Z ]*PRIVATE KEY": "a private key",
    r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@": "a URL with a password",
}

#: No token is shorter; to compile the patterns takes 1 ms of a start.
_SHORTEST: Final = 15
#: One word of at least 32 characters, as generated secrets are; a URL has a shape of its own.
_WORD: Final = r"[A-Za-z0-9+/=_-]{32,}"
_HARMLESS: Final = r"(?i:[0-9a-f-]+|[0-9A-F-]+|(sha[0-9]+|md5)[-:].*|[./~].*)"
#: Of so many characters a generated secret has at least this share of different ones.
_VARIED: Final = 0.4


#: How an input is called that holds a secret: `token` and `db_password`, but not `max_tokens`.
_NAMES: Final = (
    r"(?i:(?:^|[ ._-])(?:pass(?:word|wd|phrase)|secret|token|credentials?|(?:api|private)[_-]?key)"
    r"$)"
)


def looks_secret(text: str) -> str:
    """Return what kind of secret `text` looks like, empty for none."""
    if len(text) < _SHORTEST and "://" not in text:
        return ""
    for known, name in _KNOWN.items():
        if re.search(rf"(?<![A-Za-z0-9_]){known}", text):
            return name
    return "a generated secret" if _is_generated(text.strip()) else ""


def called_secret(name: str, text: str) -> str:
    """Return the same for the input `name`, which may say itself that its text is a secret."""
    if kind := looks_secret(text):
        return kind
    return "a secret by its name" if text and re.search(_NAMES, name) and _is_written(text) else ""


def _is_written(text: str) -> bool:
    """Whether a secret is written out, not referred to; a number or a truth is a setting."""
    return not is_reference(text) and not re.fullmatch(r"[0-9]{1,5}|true|false|null", text)


def secret_warnings(given: Iterable[tuple[str, str]]) -> list[str]:
    """Return a warning for each (flag, text) that looks like a secret, which it never repeats."""
    return [
        f"warning: {flag} looks like {kind}: others can read it in the process list and in the "
        "shell's history; next time give --value-file - or, to a secret question, env:NAME"
        for flag, text in given
        if (kind := called_secret(flag, text))
    ]


def _is_generated(text: str) -> bool:
    """Whether one word mixes small and capital letters with digits, as no word or name does."""
    if not re.fullmatch(_WORD, text) or re.fullmatch(_HARMLESS, text):
        return False
    classes = (str.islower, str.isupper, str.isdigit)
    mixed = all(any(map(is_one, text)) for is_one in classes)
    parts = re.split(r"[/_-]", text)
    words = sum(len(part) for part in parts if part.isdigit() or part[1:].islower())
    return mixed and len(set(text)) >= _VARIED * 32 and words < len(text) / 2

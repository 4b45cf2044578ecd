"""Text in the cells of a terminal: wrapped between words, or cut on one line."""

from __future__ import annotations

from graphcli.text import safe_text

#: Begins each line of a payload that does not begin with a word of ours.
GUTTER = "│ "


def cells(text: str) -> int:
    """Return how many cells `text` takes."""
    if text.isascii():
        return len(text)
    from prompt_toolkit.utils import get_cwidth

    return get_cwidth(text)


def wrapped(text: str, width: int) -> list[str]:
    """Return safe `text` in lines of at most `width` cells; its own line breaks stay."""
    return [line for part in text.split("\n") for line in _wrapped_line(part, max(4, width))]


def guttered(text: str, width: int) -> list[str]:
    """Return safe `text` of a payload in lines behind its gutter: nothing of ours has it."""
    return [GUTTER + line for line in wrapped(text, width - len(GUTTER))] if text else []


def continued(text: str, width: int) -> list[str]:
    """Return safe `text` in lines, those after the first behind the gutter."""
    if len(lines := wrapped(text, width)) == 1:
        return lines
    first, *rest = wrapped(text, width - len(GUTTER))
    return [first, *(GUTTER + line for line in rest)]


def _wrapped_line(text: str, width: int) -> list[str]:
    bare = text.strip(" ")
    indent = " " * min(len(text) - len(text.lstrip(" ")), width // 2)
    lines = [""]
    for word in bare.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(joined) <= width - len(indent):
            lines[-1] = joined
            continue
        parts = _chopped(word, width - len(indent))
        lines = [*lines, *parts] if lines[-1] else [*lines[:-1], *parts]
    return [indent + line for line in lines]


def _chopped(word: str, width: int) -> list[str]:
    parts = [""]
    for character in word:
        if cells(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts


def cut(text: str, width: int) -> str:
    """Return safe `text` on one line; beyond `width` cells it is cut with `…`."""
    line = " ".join(safe_text(text).split())
    if cells(line) <= width:
        return line
    kept = ""
    for character in line:
        if cells(kept + character) > width - 1:
            break
        kept += character
    return kept.rstrip() + "…"

"""Payloads that try to drive, deceive or exhaust a terminal, and what must never come out."""

from typing import Any

ESC = "\x1b"

HOSTILE_TEXTS = {
    "escape": f"{ESC}[2J{ESC}[H{ESC}[31mred",
    "title": f"{ESC}]0;owned\x07",
    "link": f"{ESC}]8;;https://example.org\x07click{ESC}]8;;\x07",
    "c1": "\x9b2J\x9d0;x\x9c\x85",
    "c0": "".join(map(chr, [*range(9), *range(11, 32), 127])),
    "bidi": "\u202etxet\u202c \u2066x\u2069 \u200f",
    "zero width": "a\u200bb\u2060c\ufeffd\u00ade",
    "tags": "".join(chr(0xE0000 + ord(c)) for c in "hidden"),
    "surrogate": "a\ud800b\udfff",
    "separators": "a\u2028b\u2029c",
    "carriage": "harmless\rhidden\r\nnext",
    "markup": "[bold]b[/bold] [link=https://example.org]x[/link] [/] [red",
    "emoji code": ":warning: :skull:",
    "diff": f"--- a\n+++ b\n@@ -1 +1 @@\n-{ESC}[0m\n+{ESC}[1m",
    "markdown": f"# {ESC}[1m\n```{ESC}\n{ESC}\n```\n> {ESC}\n- {ESC}",
    "wide": "日本語" * 200,
    "combining": "e" + "\u0301" * 500,
    "long word": "x" * 5_000,
    "many lines": "line\n" * 5_000,
}


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for level in range(levels):
        value = {"k": value} if level % 2 else [value]
    return value


def hostile_values() -> dict[str, Any]:
    """Each text alone and in every place of a structure, and structures that are too much."""
    cyclic: list[Any] = []
    cyclic.append({"me": cyclic})
    everywhere = {
        f"{name} inside": {text: text, "list": [text, [text]], "rows": [{text: text, "n": 1}] * 2}
        for name, text in HOSTILE_TEXTS.items()
        if len(text) < 1_000
    }
    return {
        **HOSTILE_TEXTS,
        **everywhere,
        "deep": deep(500),
        "cycle": cyclic,
        "wide": {f"key\n{n}": n for n in range(3_000)},
        "many columns": [{f"c{n}": n for n in range(200)}] * 3,
        "huge number": 10**5_000,
        "object": object(),
        "nan": [float("nan"), float("inf")],
    }


def unsafe_in(text: str, *, color: bool = False) -> set[str]:
    """The characters of `text` that could drive or deceive a terminal; our colours are none.

    Written out here on purpose: a test that asked the code under test would believe it.
    """
    if color:
        import re

        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return {char for char in text if _drives(ord(char))}


def _drives(code: int) -> bool:
    return (
        (code < 0x20 and code not in (0x09, 0x0A))
        or 0x7F <= code <= 0x9F
        or code in (0xAD, 0x61C, 0xFEFF)
        or 0x200B <= code <= 0x200F
        or 0x2028 <= code <= 0x202E
        or 0x2060 <= code <= 0x206F
        or 0xD800 <= code <= 0xDFFF
        or 0xE0000 <= code <= 0xE0FFF
    )

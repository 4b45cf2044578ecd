"""Text from elsewhere, made safe for a terminal."""

from __future__ import annotations

import json
import re

#: C0 but tab and newline, C1, soft hyphen, Arabic letter mark, zero width, bidi, line and paragraph
#: separators, invisible operators, byte order mark, interlinear marks, tags, lone surrogates,
#: the joiners and layout marks of scripts that hardly any font has.
_UNSAFE = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
#: What asks for the coloured form of the symbol before it: models write it after every second one.
_COLOURED = "(?<=[\u2190-\u2bff\U0001f000-\U0001faff])\ufe0f"

#: Spaces that look like the space they are not.
_ODD_SPACE = r"[^\S ]"
#: What leads are drawn with, and what looks like it: arrows, and `->` where there are none.
_ARROW = "[-=]>|[\u2190-\u21ff\u2794-\u27be\u27f0-\u27ff\u2900-\u297f\u2b00-\u2bff]"


def safe_text(text: str) -> str:
    r"""Return `text` without anything that could drive or deceive a terminal.

    Control characters, escapes, bidi overrides and zero-width characters become a visible
    `\x1b`-like escape: dropping them would let two different payloads look alike. Newlines and
    tabs stay; CR LF becomes a newline, and a symbol is drawn in the form that the font has.
    """
    # Asked of `str`, for a class of the user's own may say anything. So most of what is shown needs
    # none of the patterns, which are compiled when they are first used: 4 % of what a list costs.
    if str.isascii(text) and str.isprintable(str.replace(text, "\n", "")):
        return str.__str__(text)
    return re.sub(_UNSAFE, _visible, re.sub(_COLOURED, "", text.replace("\r\n", "\n")))


def safe_line(text: str, width: int = 0) -> str:
    """Return `text` safe and on one line; beyond `width` characters (if any) cut with `…`."""
    line = " ".join(safe_text(text).split())
    return line if not width or len(line) <= width else line[: max(0, width - 1)] + "…"


def spelled_out(text: str) -> str:
    """Return `text` as JSON on one line, so that its spaces and its end can be seen."""
    spelled = json.dumps(text.replace("\r\n", "\n"), ensure_ascii=False)
    return safe_text(re.sub(_ODD_SPACE, _visible, spelled))


def plain_label(text: str) -> str:
    """Return `text` as `safe_line` does; one with an arrow, or empty, is spelled out.

    Beside a choice `→` says where it leads: only graphcli says that without quotes.
    """
    line = safe_line(text)
    return spelled_out(text) if not line or re.search(_ARROW, line) else line


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""Plain YAML scalars, read by the rules of YAML 1.2: `yes`, dates and `12:30:45` are text."""

from __future__ import annotations

import math
import re
from typing import Any, Final

_CONSTANTS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
#: No leading zero: `0777` and `007` are codes, not numbers.
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
#: With a point or an exponent: digits alone that are too many for a number are text.
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*|(?=[eE])))(?:[eE][-+]?[0-9]+)?"
)
#: What YAML 1.1 and people take for true and false.
_LOOKS_BOOLEAN: Final = {"yes", "no", "on", "off", "y", "n"}


def resolve(text: str) -> Any:
    """Return the value of an unquoted scalar: null, a boolean, a finite number or text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if len(text) < 400 and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def looks_boolean(text: str) -> bool:
    """Return whether `text` is what older YAML reads as a boolean."""
    return text.lower() in _LOOKS_BOOLEAN

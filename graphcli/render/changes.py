"""An old and a new text side by side in a payload become one diff, in which no line is missing."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff
from typing import Any, Final

PAIRS: Final = (
    ("old", "new"),
    ("before", "after"),
    ("original", "revised"),
    ("original", "edited"),
    ("original", "proposed"),
    ("current", "proposed"),
    ("current", "new"),
)

#: Comparing takes the square of this; longer texts are shown one after the other.
_MOST_LINES: Final = 1_000


def with_changes(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `value` with each pair of old and new text replaced by their diff, as `old/new`."""
    for old, new in PAIRS:
        name = f"{old}/{new}"
        diff = "" if name in value else _diff(value.get(old), value.get(new), old, new)
        if diff:
            value = {name if key == old else key: item for key, item in value.items() if key != new}
            value[name] = diff
    return value


def _diff(old: Any, new: Any, old_name: str, new_name: str) -> str:
    if not isinstance(old, str) or not isinstance(new, str):
        return ""
    lines, others = old.split("\n"), new.split("\n")
    if len(lines) == len(others) == 1 or max(len(lines), len(others)) > _MOST_LINES:
        return ""  # two short texts are read faster as they stand
    return "\n".join(unified_diff(lines, others, old_name, new_name, n=_MOST_LINES, lineterm=""))

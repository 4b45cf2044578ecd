"""How the options of a list are called on the screen, so that no two of them look alike. PURE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphcli.engine.resuming.question import Option
from graphcli.prompts.habits import label_of
from graphcli.prompts.reading import spell
from graphcli.text import plain_label, spelled_out

#: What skips an optional field; an option of that name is another thing.
SKIP = "Skip"


def shown_labels(options: Sequence[Option]) -> list[str]:
    """Return a safe line for each option; those that would look the same are spelled out."""
    lines = [plain_label(option.label) for option in options]
    alike = Counter([*lines, SKIP])
    return [
        _spelled(option) if alike[line] > 1 else line
        for option, line in zip(options, lines, strict=True)
    ]


def _spelled(option: Option) -> str:
    label = spelled_out(option.label)
    if spell(option) == option.label:
        return label
    value = option.value
    return f"{label} ({spelled_out(value) if isinstance(value, str) else label_of(value)})"

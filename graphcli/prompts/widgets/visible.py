"""What a line editor draws of its text: nothing that could deceive; the text itself stays."""

from __future__ import annotations

from typing import Any

from graphcli.text import safe_text


def visible() -> Any:
    """Return the processor of prompt_toolkit that draws unsafe characters as escapes.

    It draws C0 and C1 itself, and leaves bidi, zero-width and tag characters as they are.
    """
    from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

    class Visible(Processor):
        def apply_transformation(self, given: TransformationInput) -> Transformation:
            drawn: list[tuple[str, str]] = []
            starts = [0]
            for style, text, *_ in given.fragments:
                for character in text:
                    drawn.append((style, _shown(character)))
                    starts.append(starts[-1] + len(drawn[-1][1]))
            return Transformation(
                list(drawn),
                source_to_display=lambda at: starts[min(at, len(starts) - 1)],
                display_to_source=lambda at: sum(start <= at for start in starts) - 1,
            )

    return Visible()


def unseen() -> Any:
    """Return the processor that draws nothing of a text, not even how long it is."""
    from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

    class Unseen(Processor):
        def apply_transformation(self, given: TransformationInput) -> Transformation:
            typed = any(text for _, text, *_ in given.fragments)
            return Transformation(
                [("class:note", "(typed)")] if typed else [],
                source_to_display=lambda _: 0,
                display_to_source=lambda _: 0,
            )

    return Unseen()


def _shown(character: str) -> str:
    return character if character < " " or character == "\x7f" else safe_text(character)

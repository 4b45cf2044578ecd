"""What stands around every prompt: its line above, and help, error and keys right under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphcli.prompts.keys import Key, key_line
from graphcli.prompts.wrapping import cells, continued, guttered, wrapped

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples as Fragments
    from prompt_toolkit.layout import Container, Layout


def title(label: str, instruction: str = "") -> Fragments:
    """Return the line that a prompt begins with; what does not fit beside the label is below it."""
    beside = cells(label) + cells(instruction) + 3 <= columns()
    said = f" {instruction}" if beside else f"\n  {instruction}"
    # Left to the terminal, a long label would go on at the margin, which is ours.
    lines = "\n".join(continued(label, columns() - 2))
    head: Fragments = [("class:qmark", "?"), ("class:question", f" {lines}")]
    return [*head, ("class:instruction", said)] if instruction else head


def under(parts: Sequence[tuple[str, str]], keys: Sequence[Key], width: int) -> Fragments:
    """Return the lines under a prompt: each part (style, text), the payload's help too; the keys.

    What goes on in a second line hangs in: a part may quote the payload.
    """
    told = [(look, line) for look, text in parts for line in _told(look, text, width)]
    line = key_line(keys, width - 2)
    told += [("class:keys", f"  {line}")] if line else []
    last = len(told)
    return [(look, f"{line}\n" if n < last else line) for n, (look, line) in enumerate(told, 1)]


def _told(look: str, text: str, width: int) -> list[str]:
    if look == "class:help" or not text:
        return guttered(text, width)
    if len(lines := wrapped(text, width - 2)) == 1:
        return [f"  {lines[0]}"]
    first, *rest = wrapped(text, width - 4)
    return [f"  {first}", *(f"    {line}" for line in rest)]


def columns() -> int:
    """Return the width that may be drawn on: the last column stays free, or lines would wrap."""
    from prompt_toolkit.application import get_app_session

    return max(12, get_app_session().output.get_size().columns - 1)


def rows() -> int:
    """Return the height of the terminal."""
    from prompt_toolkit.application import get_app_session

    return get_app_session().output.get_size().rows


def framed(inner: Sequence[Container], below: Callable[[], Fragments], focus: Any) -> Layout:
    """Return the layout of a prompt: what is under it follows it, not the end of the screen."""
    from prompt_toolkit.filters import is_done
    from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, Window
    from prompt_toolkit.layout.controls import FormattedTextControl

    told = Window(FormattedTextControl(below), dont_extend_height=True)
    # The last window takes the rest of the screen, which prompt_toolkit hands to any that may grow.
    parts = [*inner, ConditionalContainer(told, ~is_done), Window()]
    return Layout(HSplit(parts), focused_element=focus)

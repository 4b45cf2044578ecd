"""A page over the prompt, for what does not fit beside it; it leaves the screen as it was."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from graphcli.dataclass import dataclass
from graphcli.prompts.wrapping import cut, wrapped
from graphcli.text import safe_text

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples as Fragments
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.styles import Style

#: An escape sequence arrives at once; waiting longer makes a lone Esc feel dead (seconds).
ESCAPE_WAIT = 0.05
#: A heading and the lines under it.
Section = tuple[str, Sequence[str]]
#: The keys that turn pages, and by how many screens.
TURNS = {"pagedown": 1.0, " ": 1.0, "pageup": -1.0, "b": -1.0, "c-d": 0.5, "c-u": -0.5}
STEPS = {"down": 1, "j": 1, "up": -1, "k": -1}
LEAVE = ("q", "escape", "?", "f1", "enter")


@dataclass(slots=True)
class Page:
    """Sections and how far they have been scrolled, in lines as they are drawn."""

    sections: tuple[Section, ...]
    top: int = 0

    def draw(self, width: int, height: int) -> list[tuple[str, str]]:
        """Return the lines in sight, as styled texts, and the line that says the keys."""
        lines = drawn(self.sections, width)
        room = max(1, height - 1)
        self.top = max(0, min(self.top, len(lines) - room))
        seen = lines[self.top : self.top + room]
        seen += [("", "")] * (room - len(seen))
        last = min(self.top + room, len(lines))
        where = f"{self.top + 1}-{last} of {len(lines)} · ↑↓ Space b · q comes back"
        return [(look, f"{line}\n") for look, line in seen] + [("class:keys", cut(where, width))]


@lru_cache(maxsize=4)
def drawn(sections: tuple[Section, ...], width: int) -> list[tuple[str, str]]:
    """Return all lines of the sections, wrapped, with their style."""
    lines: list[tuple[str, str]] = []
    for heading, texts in sections:
        lines += [("", "")] if lines else []
        lines.append(("class:question", cut(heading, width)))
        for text in texts:
            lines += [("", f"  {line}") for line in wrapped(safe_text(text), width - 2)]
    return lines


def show_page(sections: Sequence[Section], style: Style) -> None:
    """Show the sections on the whole screen until the person comes back."""
    from prompt_toolkit.application import Application, get_app
    from prompt_toolkit.layout import Layout, Window
    from prompt_toolkit.layout.controls import FormattedTextControl

    page = Page(tuple((heading, tuple(lines)) for heading, lines in sections))

    def text() -> Fragments:
        size = get_app().output.get_size()
        return [*page.draw(size.columns - 1, size.rows)]

    app: Application[None] = Application(
        layout=Layout(Window(FormattedTextControl(text, show_cursor=False))),
        key_bindings=_keys(page),
        style=style,
        full_screen=True,
    )
    app.ttimeoutlen = ESCAPE_WAIT
    app.run()


def _keys(page: Page) -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    def turn(event: KeyPressEvent, screens: float) -> None:
        page.top += int(screens * (event.app.output.get_size().rows - 2))

    def step(_: KeyPressEvent, lines: int) -> None:
        page.top += lines

    for key, screens in TURNS.items():
        keys.add(key)(lambda event, by=screens: turn(event, by))
    for key, lines in STEPS.items():
        keys.add(key)(lambda event, by=lines: step(event, by))
    keys.add("g")(lambda event: step(event, -page.top))
    keys.add("home")(lambda event: step(event, -page.top))
    keys.add("G")(lambda event: step(event, 10**9))
    keys.add("end")(lambda event: step(event, 10**9))
    for key in LEAVE:
        keys.add(key)(lambda event: event.app.exit())
    for key in ("c-c", "<sigint>"):  # as everywhere, they park
        keys.add(key)(lambda event: event.app.exit(exception=KeyboardInterrupt))
    return keys

"""The terminal that prompts talk to: on stderr, restored whatever happens, one look."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import wrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from graphcli.dataclass import dataclass
from graphcli.prompts.keys import Wish
from graphcli.prompts.pager import ESCAPE_WAIT, Section, show_page
from graphcli.prompts.tty import drain, echo_again, settings_kept
from graphcli.prompts.wrapping import cells, continued, guttered
from graphcli.text import safe_line, safe_text

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output
    from prompt_toolkit.styles import Style
    from questionary import Question as Prompt

#: One accent; everything else is the terminal's own. NO_COLOR leaves weight and shape.
LOOK = {
    "qmark": "fg:ansicyan bold",
    "question": "bold",
    "answer": "fg:ansicyan",
    "instruction": "fg:ansibrightblack",
    "pointer": "fg:ansicyan bold",
    "highlighted": "fg:ansicyan",
    "selected": "fg:ansicyan",
    "text": "",
    "note": "fg:ansibrightblack",
    "help": "fg:ansibrightblack",
    "error": "fg:ansired",
    "keys": "fg:ansibrightblack",
}
POINTER = "›"  # noqa: RUF001 - a pointer, not a greater-than sign.
#: Of an answer as many characters stay on the screen; the storage has all of it.
LONGEST_TOLD = 300


class BackError(Exception):
    """The person wants to see the field before this one."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where prompts read and write; None is the process's own terminal, with output on stderr.

    `plain` asks line by line, for terminals that cannot move a cursor (`TERM=dumb`). `above` draws
    what stands over the prompts, for somebody who was away and has cleared the screen.
    """

    input: Input | None = None
    output: Output | None = None
    plain: bool = False
    above: Callable[[], None] = lambda: None

    @classmethod
    def here(cls, above: Callable[[], None]) -> Terminal:
        """Return the terminal of this process."""
        return cls(above=above, plain=os.environ.get("TERM", "") in ("", "dumb", "unknown"))

    @contextmanager
    def open(self) -> Iterator[None]:
        """Talk to the terminal; SIGTERM and SIGHUP restore it and end with 128 + the signal."""
        from prompt_toolkit.application import create_app_session
        from prompt_toolkit.output import create_output

        output = self.output or create_output(stdout=sys.stderr)
        with (
            settings_kept(),
            _signals_end(),
            create_app_session(input=self.input, output=output),
        ):
            yield

    def run(
        self,
        prompt: Prompt,
        *,
        back: bool = False,
        excursions: Mapping[Wish, Callable[[], None]] = MappingProxyType({}),
    ) -> Any:
        """Return what `prompt` was answered with; nothing of it stays on the screen.

        An excursion (the help, the editor) leaves the prompt and comes back to it as it was.

        Raises:
            KeyboardInterrupt, EOFError: the person leaves (^C, SIGINT or ^D).
            BackError: the person goes back (Shift-Tab), where `back` allows it.
        """
        from prompt_toolkit.key_binding import merge_key_bindings

        app = prompt.application
        keys = _keys(self.above, back=back, about=Wish.ABOUT in excursions)
        app.key_bindings = merge_key_bindings([app.key_bindings or keys, keys])
        app.ttimeoutlen = ESCAPE_WAIT
        app.erase_when_done = True
        while isinstance(answer := self._shown(prompt), Wish):
            if answer is Wish.BACK:
                raise BackError
            echo_again()
            excursions[answer]()
        return answer

    def _shown(self, prompt: Prompt) -> Any:
        self.forget_typed()
        return prompt.unsafe_ask()

    def forget_typed(self) -> None:
        """Drop what was typed before a prompt is there: it was meant for the one before.

        A second Enter would choose what is offered first, of a question that nobody has seen. The
        library keeps what it read together with the first one, the terminal what came since.
        """
        if self.input is None:  # else a program types, as fast as it likes
            from prompt_toolkit.application import get_app_session
            from prompt_toolkit.input.typeahead import clear_typeahead

            clear_typeahead(get_app_session().input)
            drain(echo=self.plain)

    def page(self, sections: Sequence[Section]) -> None:
        """Show sections on a page of their own, where a line-by-line terminal has them below."""
        if not self.plain:
            show_page(sections, style())
            return
        for heading, lines in sections:
            self.say(heading)
            for line in lines:
                sys.stderr.write(f"    {safe_text(line)}\n")

    def say(self, text: str, look: str = "note") -> None:
        """Print one line, made safe, in the style `look`: note or error."""
        if self.plain:
            sys.stderr.write(f"  {safe_line(text)}\n")
            return
        lines = wrap(safe_line(text), _columns(), initial_indent="  ", subsequent_indent="    ")
        _print([(f"class:{look}", "\n".join(lines))])

    def told(self, label: str, answer: str) -> None:
        """Leave a line that says what was answered."""
        if not self.plain:
            _print([("class:qmark", "?"), *_beside(label, safe_line(answer, LONGEST_TOLD))])


def _beside(label: str, answer: str) -> list[tuple[str, str]]:
    """A label and its answer on one line, else on lines of their own behind the gutter."""
    width = _columns()
    if cells(f"? {label} {answer}") <= width:
        return [("class:question", f" {label} "), ("class:answer", answer)]
    asked, given = "\n".join(continued(label, width - 2)), "\n".join(guttered(answer, width))
    return [("class:question", f" {asked}\n"), ("class:answer", given)]


def _columns() -> int:
    from prompt_toolkit.application import get_app_session

    return max(20, get_app_session().output.get_size().columns) - 1


def _print(fragments: list[tuple[str, str]]) -> None:
    from prompt_toolkit import print_formatted_text
    from prompt_toolkit.application import get_app_session
    from prompt_toolkit.formatted_text import FormattedText

    output = get_app_session().output
    print_formatted_text(FormattedText(fragments), style=style(), output=output)


def style() -> Style:
    """Return the look of every prompt."""
    from prompt_toolkit.styles import Style

    return Style.from_dict(LOOK)


def _keys(above: Callable[[], None], *, back: bool, about: bool) -> KeyBindings:
    """The keys of every prompt: leaving by a signal or for a while, the help, and the way back."""
    from prompt_toolkit.application import run_in_terminal
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.keys import Keys

    keys = KeyBindings()

    @keys.add(Keys.SIGINT)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt, style="class:aborting")

    @keys.add("c-z", eager=True)
    def _(_: KeyPressEvent) -> None:
        run_in_terminal(lambda: _be_away(above))

    if back:
        keys.add("s-tab", eager=True)(wishing(Wish.BACK))
    if about:
        keys.add("f1", eager=True)(wishing(Wish.ABOUT))
    return keys


def _be_away(above: Callable[[], None]) -> None:
    """Stop until the shell goes on with us; the prompt itself is then drawn by its library."""
    os.kill(0, signal.SIGTSTP)
    above()


def wishing(wish: Wish) -> Callable[[KeyPressEvent], None]:
    """Return what a key does that asks for `wish`."""

    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result=wish)

    return leave


@contextmanager
def _signals_end() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers, and only it receives signals
        return

    from prompt_toolkit.application import get_app_or_none

    def end(number: int, _: object) -> None:
        why = SystemExit(128 + number)
        app = get_app_or_none()
        if app is None or not app.is_running or app.loop is None:
            raise why
        # Not raised here: a handler may run inside a weakref's callback, where it would be lost.
        app.loop.call_soon_threadsafe(_leave, app, why)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(app: Application[Any], why: BaseException) -> None:
    if app.future is not None and not app.future.done():
        app.exit(exception=why)

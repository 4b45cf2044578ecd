"""A text typed at the prompt, on one line or several: its keys, and what is told under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphcli.dataclass import dataclass
from graphcli.prompts.keys import ABOUT, ABOUT_ALWAYS, BACK, DONE, PARK_ALWAYS, Key, Wish
from graphcli.prompts.ui import POINTER, style, wishing
from graphcli.prompts.widgets.base import Ask
from graphcli.prompts.widgets.frame import columns, framed, title, under
from graphcli.prompts.widgets.paths import Completion
from graphcli.prompts.widgets.visible import unseen, visible
from graphcli.prompts.wrapping import cells

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.formatted_text import StyleAndTextTuples as Fragments
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from questionary import Question as Prompt

#: So many cells an answer needs beside its label; with fewer it gets a line of its own.
_ROOM = 24


@dataclass(frozen=True, slots=True)
class Line:
    """A text to be typed. `judge` says why it cannot be sent, `told` what to say under it.

    `help` is the payload's own. A `secret` is not drawn at all and never kept. `edit` returns a
    text after the editor.
    """

    label: str
    judge: Callable[[str], str]
    hint: str = ""
    start: str = ""
    placeholder: str = ""
    help: str = ""
    told: Callable[[str], str] = lambda _: ""
    keys: tuple[Key, ...] = ()
    complete: Completion | None = None
    edit: Callable[[str], str] | None = None
    secret: bool = False
    many: bool = False


@dataclass(slots=True)
class _State:
    error: str = ""
    helped: bool = False


def typed_in(ask: Ask, line: Line) -> str:
    """Return what the person types; what was begun is kept in the draft if they leave."""
    from prompt_toolkit.document import Document

    prompt = _prompt(ask, line)
    buffer = prompt.application.current_buffer

    def edited() -> None:
        if line.edit is not None:
            buffer.reset(Document(line.edit(buffer.text)))

    try:
        typed: str = ask.run(prompt, {Wish.EDIT: edited})
    except BaseException:
        if not line.secret:
            ask.draft.typed[ask.field.name] = buffer.text
        raise
    ask.draft.typed.pop(ask.field.name, None)
    return typed


def _prompt(ask: Ask, line: Line) -> Prompt:
    from prompt_toolkit.document import Document
    from prompt_toolkit.shortcuts import PromptSession
    from questionary import Question

    state = _State()
    session: PromptSession[str] = PromptSession(
        _head(line),
        multiline=line.many,
        # Without colour only the words tell an example from what is typed.
        placeholder=[("class:instruction", f"e.g. {line.placeholder}")]
        if line.placeholder
        else None,
        style=style(),
        input_processors=[unseen() if line.secret else visible()],
    )
    prompt, buffer = Question(session.app), session.default_buffer
    buffer.reset(Document(line.start))
    layout, names = prompt.application.layout, _key_names(ask, line)
    window = layout.current_window
    _stay_small(window)

    def below() -> Fragments:
        helped = [("class:help", line.help), ("class:note", line.told(buffer.text))]
        return under([("class:error", state.error), *helped], names, columns())

    prompt.application.layout = framed([layout.container], below, window)
    prompt.application.key_bindings = _keys(prompt, line, state, buffer)
    buffer.on_text_changed += lambda _: _forget(state)
    return prompt


def _head(line: Line) -> Fragments:
    """The label, and the text beside it, or below it where there is no room."""
    beside = not line.many and cells(line.label) + cells(line.hint) + _ROOM <= columns()
    below: Fragments = [("", "\n"), ("class:pointer", f"{POINTER} ")]
    return [*title(line.label, line.hint), *([("", " ")] if beside else below)]


def _stay_small(window: Any) -> None:
    from prompt_toolkit.filters import to_filter

    window.dont_extend_height = to_filter(True)


def _forget(state: _State) -> None:
    state.error = ""


def _key_names(ask: Ask, line: Line) -> list[Key]:
    about = ABOUT_ALWAYS if line.start or line.many else ABOUT
    back = [BACK] if ask.back else []
    return [DONE if line.many else ask.sends, *line.keys, *back, about, PARK_ALWAYS]


def _keys(prompt: Prompt, line: Line, state: _State, buffer: Buffer) -> KeyBindings:
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings

    keys = KeyBindings()

    def send(event: KeyPressEvent) -> None:
        state.error = line.judge(buffer.text)
        if state.error:
            event.app.output.bell()
        else:
            buffer.validate_and_handle()

    def about(event: KeyPressEvent) -> None:
        state.helped = True  # typed once more it is the beginning of a text
        wishing(Wish.ABOUT)(event)

    keys.add(*(("escape", "enter") if line.many else ("enter",)), eager=True)(send)
    keys.add("?", filter=Condition(lambda: not buffer.text and not state.helped))(about)
    if line.edit is not None:
        keys.add("c-e", eager=True)(wishing(Wish.EDIT))
    if (completion := line.complete) is not None:
        keys.add("tab", eager=True)(lambda _: _complete(buffer, completion))
    known = prompt.application.key_bindings
    return merge_key_bindings([known, keys]) if known else keys  # type: ignore[return-value]


def _complete(buffer: Buffer, completion: Completion) -> None:
    """Put what Tab finds in the place of what is typed."""
    from prompt_toolkit.document import Document

    buffer.document = Document(completion.complete(buffer.text))

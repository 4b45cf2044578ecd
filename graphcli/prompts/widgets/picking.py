"""A menu on the terminal: its keys, and what is drawn around its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphcli.prompts.keys import (
    ABOUT,
    ABOUT_ALWAYS,
    BACK,
    EDIT,
    ENTER,
    MOVE,
    PARK,
    PARK_ALWAYS,
    PICK,
    SEARCH,
    YES_NO,
    Key,
    Wish,
)
from graphcli.prompts.ui import style, wishing
from graphcli.prompts.widgets.base import Ask
from graphcli.prompts.widgets.frame import columns, framed, rows, title, under
from graphcli.prompts.widgets.menu import Line, Menu, draw, place
from graphcli.prompts.wrapping import guttered

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples as Fragments
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.layout.controls import FormattedTextControl
    from questionary import Question as Prompt

#: Lines of a small screen that belong to others: the frame and the message above the list.
_ABOVE = 5
#: However small the screen, so many lines of the list are in sight.
_FEWEST = 3
#: Draws what stands over the rows, for a width and a height.
Above = Callable[[int, int], list[Line]]
#: Returns why the menu as it stands cannot be sent, empty if it can.
Verdict = Callable[[], str]


def pick_from(
    ask: Ask,
    menu: Menu,
    *,
    label: str,
    hint: str = "",
    note: str = "",
    sends: Key = ENTER,
    verdict: Verdict = lambda: "",
    edit: Callable[[], None] | None = None,
    above: Above = lambda _width, _height: [],
) -> None:
    """Let the person move in `menu` until Enter; `menu` then holds what was picked.

    `edit` is what `e` moves to and sends, `above` draws what stands over the rows.
    """
    names = key_names(ask, menu, sends, editing=edit is not None)
    control = _control(menu, title(label, hint), note, above)
    ask.run(_prompt(menu, control, names, _keys(menu, verdict, names, edit)))


def key_names(ask: Ask, menu: Menu, sends: Key, *, editing: bool) -> list[Key]:
    """Return the keys that the line under a list names."""
    letters = any(row.letter for row in menu.rows)
    return [
        *([YES_NO] if letters else [MOVE]),
        *([SEARCH] if menu.searched else []),
        *([PICK] if menu.several else []),
        sends,
        *([EDIT] if editing else []),
        *([BACK] if ask.back else []),
        *([ABOUT_ALWAYS, PARK_ALWAYS] if menu.searched else [ABOUT, PARK]),
    ]


def _control(menu: Menu, head: Fragments, note: str, above: Above) -> FormattedTextControl:
    from prompt_toolkit.layout.controls import FormattedTextControl

    def listed() -> Fragments:
        width, height = columns(), rows()
        notes = [[("class:note", line)] for line in guttered(note, width)]
        over = above(width, height)
        left = height - _ABOVE - 2 - len(notes) - len(over) - bool(menu.error) - bool(menu.query)
        drawn: Fragments = [*_head(head, menu)]
        for line in [*notes, *over, *draw(menu, width, max(_FEWEST, left))]:
            drawn += [("", "\n"), *line]
        return drawn

    return FormattedTextControl(listed, focusable=True, show_cursor=False)


def _prompt(
    menu: Menu, control: FormattedTextControl, names: Sequence[Key], keys: KeyBindings
) -> Prompt:
    from prompt_toolkit.application import Application
    from prompt_toolkit.layout import Window
    from questionary import Question

    def below() -> Fragments:
        return under([("class:error", menu.error)], names, columns())

    window = Window(control, dont_extend_height=True, wrap_lines=True)
    layout = framed([window], below, window)
    app: Application[Any] = Application(layout=layout, key_bindings=keys, style=style())
    return Question(app)


def _head(head: Fragments, menu: Menu) -> Fragments:
    """The title; what is searched for has a line of its own, as long as it may become."""
    if not menu.searched:
        return head
    if not menu.query:
        return [*head, ("class:note", f" ({place(menu)})")]
    typed = ("class:answer", menu.query)
    return [*head, ("", "\n  search: "), typed, ("class:note", f" ({place(menu)})")]


def _keys(
    menu: Menu, verdict: Verdict, known: Sequence[Key], edit: Callable[[], None] | None
) -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    for key, by in _steps(menu).items():
        keys.add(key)(lambda _, by=by: menu.move(by))
    for row in menu.rows:
        if row.letter:
            keys.add(row.letter)(lambda _, letter=row.letter: menu.go(letter))
            keys.add(row.letter.upper())(lambda _, letter=row.letter: menu.go(letter))
    if menu.several:
        keys.add(" ")(lambda _: menu.toggle())
    if ABOUT in known:
        keys.add("?")(wishing(Wish.ABOUT))
    if edit is not None:
        keys.add("e")(lambda event: _go_and_send(event, edit))
    if PARK in known:
        keys.add("p")(_park)
    keys.add("c-c")(_park)
    keys.add("c-d")(_park)
    keys.add("enter")(lambda event: _send(event, menu, verdict))
    return _search(keys, menu) if menu.searched else keys


def _steps(menu: Menu) -> dict[str, int]:
    many = len(menu.rows)
    steps = {"down": 1, "up": -1, "c-n": 1, "c-p": -1, "pagedown": 10, "pageup": -10}
    steps |= {"home": -many, "end": many}
    return steps if menu.searched else {**steps, "j": 1, "k": -1}


def _search(keys: KeyBindings, menu: Menu) -> KeyBindings:
    from prompt_toolkit.filters import Condition

    @keys.add("<any>")
    def _(event: KeyPressEvent) -> None:
        if event.data.isprintable():
            menu.search(menu.query + event.data)

    keys.add("backspace")(lambda _: menu.search(menu.query[:-1]))
    keys.add("c-u")(lambda _: menu.search(""))
    keys.add("?", filter=Condition(lambda: not menu.query))(wishing(Wish.ABOUT))
    return keys


def _park(event: KeyPressEvent) -> None:
    event.app.exit(exception=KeyboardInterrupt, style="class:aborting")


def _send(event: KeyPressEvent, menu: Menu, verdict: Verdict) -> None:
    menu.error = _why_not(menu) or verdict()
    if menu.error:
        event.app.output.bell()
    else:
        event.app.exit(result=True)


def _go_and_send(event: KeyPressEvent, go: Callable[[], None]) -> None:
    go()
    event.app.exit(result=True)


def _why_not(menu: Menu) -> str:
    if not menu.found():
        return f"nothing holds `{menu.query}`"
    return "nothing is chosen yet" if menu.at is None and not menu.several else ""

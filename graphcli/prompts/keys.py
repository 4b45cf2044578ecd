"""The keys of a prompt: one table, for the line under each prompt, the help and the README."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum
from typing import Final

from graphcli.dataclass import dataclass


class Wish(Enum):
    """What a key asks for besides an answer."""

    BACK = "back"
    ABOUT = "about"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as people call it, what it does in a word or two, and how much it matters.

    `rank` 0 is the last to go where the line is too short. `where` says in which prompts.
    """

    name: str
    does: str
    rank: int
    where: str = "everywhere"


MOVE: Final = Key("↑↓", "move", 4, "lists")
SEARCH: Final = Key("letters", "search", 3, "long lists")
PICK: Final = Key("Space", "picks", 1, "several choices")
YES_NO: Final = Key("y/n", "choose", 3, "yes or no")
ENTER: Final = Key("Enter", "sends", 0, "in a form: goes on")
NEXT: Final = Key("Enter", "goes on", 0, "")
TAKE: Final = Key("Enter", "takes it", 0, "")
DONE: Final = Key("Esc Enter", "ends it", 0, "long texts")
COMPLETE: Final = Key("Tab", "completes", 3, "paths")
ABOUT: Final = Key("?", "more", 1, "lists and empty fields")
ABOUT_ALWAYS: Final = Key("F1", "more", 1)
EDIT: Final = Key("e", "editor", 3, "long texts, JSON, reviews")
EDIT_LINE: Final = Key("Ctrl-E", "editor", 3, "texts")
BACK: Final = Key("Shift-Tab", "back", 2, "forms")
PARK: Final = Key("p", "parks", 2, "short lists")
PARK_ALWAYS: Final = Key("Ctrl-C", "parks", 2)

#: Every key, as the help lists them.
TABLE: Final = (
    MOVE,
    SEARCH,
    PICK,
    YES_NO,
    COMPLETE,
    ENTER,
    DONE,
    BACK,
    ABOUT,
    ABOUT_ALWAYS,
    EDIT,
    EDIT_LINE,
    PARK,
    PARK_ALWAYS,
)
#: What the words of the line mean, in full.
MEANING: Final = {
    "more": "help, the payload, the thread so far; and back",
    "editor": "opens $VISUAL or $EDITOR",
    "parks": "leaves; the thread waits, your draft is kept",
    "back": "goes back to the field before",
    "search": "finds the options that hold them",
    "sends": "sends the answer",
    "ends it": "ends the text",
}


def key_line(keys: Collection[Key], width: int) -> str:
    """Return the keys on one line of `width` cells; the least important go first."""
    left = list(keys)
    while left and len(line := _line(left)) > width:
        left.remove(max(left, key=lambda key: key.rank))
    return line if left else ""


def _line(keys: Sequence[Key]) -> str:
    return " · ".join(f"{key.name} {key.does}" for key in keys)


def key_table() -> list[str]:
    """Return every key with what it does and where, a line each."""
    return [f"{key.name:<9}  {MEANING.get(key.does, key.does)} ({key.where})" for key in TABLE]

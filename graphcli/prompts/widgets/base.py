"""What every widget shares: the field at hand, its label, its defaults, and how it is checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from graphcli.dataclass import dataclass
from graphcli.dataclass import field as attribute
from graphcli.engine.resuming.question import Field, Kind
from graphcli.engine.values.model import UNSET
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.about import about_field, keys_section
from graphcli.prompts.checking import check_field
from graphcli.prompts.draft import Draft
from graphcli.prompts.keys import ENTER, Key, Wish
from graphcli.prompts.pager import Section
from graphcli.prompts.ui import Terminal
from graphcli.text import safe_line

#: How a question of one value is labelled when its schema says nothing.
LABELS = {
    Kind.CONFIRM: "Yes or no",
    Kind.CHOICE: "Choose one",
    Kind.CHOICES: "Choose any",
    Kind.LONG_TEXT: "Text",
    Kind.INTEGER: "Whole number",
    Kind.NUMBER: "Number",
    Kind.DATE: "Date",
    Kind.PATH: "Path",
    Kind.SECRET: "Secret",
    Kind.JSON: "JSON",
}


NONE: Final[Mapping[Wish, Callable[[], None]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ask:
    """One field to be asked on a terminal.

    `names` are the answers of the fields before it, for its expressions; `back` tells that
    there is a field to go back to. `draft` is where a begun text is kept, `about` has the
    sections of the help, `sends` is what Enter does.
    """

    terminal: Terminal
    field: Field
    names: Mapping[str, Any] = attribute(default_factory=dict)
    default: Any = UNSET
    back: bool = False
    draft: Draft = attribute(default_factory=Draft)
    about: Callable[[Field], Sequence[Section]] = about_field
    sends: Key = ENTER

    @property
    def label(self) -> str:
        """The short line in front of the answer."""
        return safe_line(self.field.label, 120) or LABELS.get(self.field.kind, "Your answer")

    @property
    def optional(self) -> bool:
        """Whether Enter on nothing skips the field."""
        return not self.field.required

    def hint(self, *parts: str) -> str:
        """Return the parts that say something, and whether the field may be skipped."""
        return hint(*parts, "optional" if self.optional else "")

    def run(self, prompt: Any, excursions: Mapping[Wish, Callable[[], None]] = NONE) -> Any:
        """Run a prompt; going back and leaving pass through as exceptions."""
        known = {Wish.ABOUT: self.tell_about, **excursions}
        return self.terminal.run(prompt, back=self.back, excursions=known)

    def tell_about(self) -> None:
        """Show the help of the field, and come back."""
        keys = [] if self.terminal.plain else [keys_section()]
        self.terminal.page([*self.about(self.field), *keys])

    def told(self, answer: str) -> None:
        """Leave a line that says what was answered."""
        self.terminal.told(self.label, answer)

    def check(self, value: Any) -> Any:
        """Return the checked value; raise InvalidAnswerError."""
        return check_field(self.field, value, self.names)

    def verdict(self, make: Callable[[], Any]) -> str:
        """Return why what `make` gives does not fit, on one line; empty where it does."""
        try:
            self.check(make())
        except InvalidAnswerError as error:
            # What was typed stands above: the rule alone is enough.
            rule = safe_line(error.message, 200).rpartition("; ")[2]
            return f"{rule}, {error.remedy}" if error.remedy.startswith("for example") else rule
        return ""


def reason(error: InvalidAnswerError) -> str:
    """Return a refusal as one safe line."""
    return safe_line(error.message + (f" · {error.remedy}" if error.remedy else ""), 300)


def hint(*parts: str) -> str:
    """Return an instruction from the parts that say something, in round brackets."""
    said = [safe_line(part, 60) for part in parts if part]
    return f"({' · '.join(said)})" if said else ""


def as_text(value: Any) -> str:
    """Return how a default is written in a line: text as it is, nothing as nothing, else JSON."""
    if value is UNSET or value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

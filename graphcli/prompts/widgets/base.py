"""What every widget shares: the field at hand, its label, its defaults, and how it is checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from graphcli.engine.model import UNSET
from graphcli.engine.question import Field, Kind
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.checking import check_field
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


@dataclass(frozen=True, slots=True)
class Ask:
    """One field to be asked on a terminal.

    `names` are the answers of the fields before it, for its expressions; `back` tells that
    there is a field to go back to.
    """

    terminal: Terminal
    field: Field
    names: Mapping[str, Any] = attribute(default_factory=dict)
    default: Any = UNSET
    back: bool = False

    @property
    def label(self) -> str:
        """The short line in front of the answer."""
        return safe_line(self.field.label, 60) or LABELS.get(self.field.kind, "Your answer")

    @property
    def optional(self) -> bool:
        """Whether Enter on nothing skips the field."""
        return not self.field.required

    def run(self, prompt: Any) -> Any:
        """Run a prompt of the library; going back and leaving pass through as exceptions."""
        return self.terminal.run(prompt, back=self.back)

    def check(self, value: Any) -> Any:
        """Return the checked value; raise InvalidAnswerError."""
        return check_field(self.field, value, self.names)

    def verdict(self, make: Callable[[], Any]) -> bool | str:
        """Return True when `make` gives a value that fits, else why not, on one line."""
        try:
            self.check(make())
        except InvalidAnswerError as error:
            # What was typed stands above: the rule alone fits a narrow terminal's one line.
            return safe_line(error.message, 200).rpartition("; ")[2]
        return True


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

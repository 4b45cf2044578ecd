"""The commands that graphcli prints for a person to run: literal, and safe to show."""

from __future__ import annotations

from collections.abc import Sequence

from graphcli.dataclass import dataclass
from graphcli.engine.resuming.question import Field, Kind, Question
from graphcli.engine.values.model import UNSET
from graphcli.render.envelope import answer_command, quoted, resume_command
from graphcli.render.plain import dumps, to_json
from graphcli.text import safe_line, safe_text

#: Choices that a hint lists before it only counts them.
_LISTED = 8
_LONGEST_CHOICE = 40
_LONGEST_EXAMPLE = 120


@dataclass(frozen=True, slots=True)
class Commands:
    """Builds the commands for one thread.

    `storage` is given when it is not the default one, `reference` when the graph must be named.
    """

    thread: str
    storage: str | None = None
    program: str = "graphcli"
    reference: str | None = None

    def resume(self, *more: str) -> str:
        """Return the command that goes on with the thread."""
        command = resume_command(self.thread, self.storage, self.program, self.reference)
        return shown([*command, *more])

    def inspect(self, *more: str) -> str:
        """Return the command that shows the thread."""
        return self._line("inspect", *more)

    def cancel(self) -> str:
        """Return the command that ends the thread for good."""
        return self._line("cancel")

    def answer(self, question: Question) -> str:
        """Return the command that answers one question, with a word where the value goes."""
        argv = answer_command(
            self.thread,
            question.id,
            question.digest,
            storage=self.storage,
            program=self.program,
            reference=self.reference,
        )
        if question.field.kind is Kind.SECRET:
            return shown([*argv[:-1], "--value-file", "FILE"])
        return f"{shown(argv)} VALUE"

    def _line(self, verb: str, *more: str) -> str:
        place = ["--storage", self.storage] if self.storage else []
        return shown([self.program, verb, self.thread, *place, *more])


def shown(argv: Sequence[str]) -> str:
    """Return `argv` as one line that a person can copy; unsafe characters become visible."""
    return safe_text(quoted(argv)).replace("\n", "\\x0a")


def value_hint(field: Field, example: object = UNSET) -> str:
    """Return what takes the place of VALUE, in words: `VALUE: yes or no`, `VALUE: a date …`.

    The `example` of a form is shown as a shell takes it, unless it is too long to be read.
    """
    if field.kind is Kind.SECRET:
        return "FILE: a file that holds the secret, or - for stdin; or instead --value env:NAME"
    hint = f"VALUE: {_fitting(field)}"
    if field.kind is not Kind.FORM or not example:
        return hint
    shown_example = shown([dumps(to_json(example), terminal=False)])
    return hint if len(shown_example) > _LONGEST_EXAMPLE else f"{hint}; as in {shown_example}"


def _fitting(field: Field) -> str:
    if field.options:
        return _options_hint(field)
    if field.kind is Kind.FORM:
        return _decision_hint(field) if field.lead else _object_hint(field)
    return _HINTS[field.kind]


def _object_hint(form: Field) -> str:
    keys = dict.fromkeys(str(field.where[0]) for field in form.fields)
    names = ", ".join(safe_line(key, _LONGEST_CHOICE) for key in keys)
    return f"a JSON object with {names}" if names else "a JSON object"


def _decision_hint(form: Field) -> str:
    """Say which words decide; several decisions are one JSON, or one `--answer` each."""
    leads = [field for field in form.fields if field.asked and not field.after]
    if len(leads) == 1:
        return f"{_options_hint(leads[0])}; or JSON"
    return f"JSON for {len(leads)} decisions; or --answer NODE.{leads[0].name}=VALUE for each"


_HINTS = {
    Kind.CONFIRM: "yes or no",
    Kind.CHOICE: "one of the choices",
    Kind.CHOICES: "a JSON list of choices",
    Kind.TEXT: "any text",
    Kind.LONG_TEXT: "any text; or --value-file FILE",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number",
    Kind.DATE: "a date such as 2026-01-31",
    Kind.PATH: "a path",
    Kind.JSON: "any JSON",
    Kind.ANY: "JSON, or else text",
}


def _options_hint(field: Field) -> str:
    values = [_option(option.value) for option in field.options[:_LISTED]]
    more = len(field.options) - len(values)
    if more:
        values.append(f"{more:,} more")
    if field.kind is Kind.CHOICES:
        return f"a JSON list of {', '.join(values)}"
    *first, last = values
    return f"{', '.join(first)} or {last}" if first else last


def _option(value: object) -> str:
    text = value if isinstance(value, str) else dumps(to_json(value), terminal=False)
    return safe_line(text, _LONGEST_CHOICE)

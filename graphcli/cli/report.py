"""How a command tells: results on stdout, notes on stderr, in the form that `-o` asks for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TextIO

from graphcli.cli.signals import StopError
from graphcli.errors import GraphcliError, OutputLostError, Parked
from graphcli.hidden import redact
from graphcli.render.console import Console
from graphcli.render.envelope import envelope
from graphcli.render.failures import error_notes
from graphcli.render.plain import dumps
from graphcli.text import safe_line

#: A command of ours in the text of a remedy, up to its verb.
_COMMAND: Final = r"(?<!/)\bgraphcli (?P<verb>run|resume|list|inspect|inbox|cancel|doctor|delete)\b"


class Reporter(NamedTuple):
    """Tells one command's result, in the form that `-o` asks for.

    `out` is stdout; `notes` is stderr; `storage` is what printed commands must name, if anything.
    `person` says that somebody is at the terminal; `program` is what runs us again. `hearers`
    are given each document, whatever `-o` says. `reference` is the graph that commands must name,
    if any, because `resume` does not take it from the storage.
    """

    command: str
    out: TextIO
    notes: Console
    output: str
    quiet: bool
    terminal: bool
    person: bool
    hearers: list[Callable[[dict[str, Any]], object]]
    storage: str | None = None
    program: str = "graphcli"
    reference: str | None = None

    def failed(self, error: GraphcliError, **left: Any) -> int:
        """Tell an error and return the exit code; `left` is what the envelope says besides."""
        self.tell(error)
        try:
            self.enveloped(**{"status": None, "error": error, **left})
        except OutputLostError as unwritten:
            if not isinstance(error, OutputLostError):
                self.tell(unwritten)
        return error.exit_code

    def tell(self, error: GraphcliError) -> None:
        """Say what went wrong to a person; a stop that was asked for is no error."""
        error.message = redact(error.message)
        error.remedy = self.located(error.remedy)
        asked_for = isinstance(error, Parked | StopError)
        self.notes.print(error_notes(error, "" if asked_for else "error: "))

    def located(self, remedy: str) -> str:
        """Name program and storage in the commands of a remedy, so that they work as they stand."""
        place = "" if self.storage is None else f" --storage {shlex.quote(self.storage)}"
        if "--storage" in remedy:
            return remedy
        program = shlex.quote(self.program)
        named = self.reference is None or "--graph" in remedy
        graph = "" if named else f" --graph {shlex.quote(self.reference or '')}"

        def command(found: re.Match[str]) -> str:
            verb = found["verb"]
            return f"{program} {verb}{place}{graph if verb == 'resume' else ''}"

        return re.sub(_COMMAND, command, remedy)

    def write(self, text: str) -> None:
        """Write to stdout.

        Raises:
            BrokenPipeError: the reader has gone.
            OutputLostError: it cannot take the result, as a full disk.
        """
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise lost(error) from None

    def say(self, line: str) -> None:
        """Write one line for a person."""
        if not self.quiet:
            self.notes.print([safe_line(line)])

    def say_all(self, lines: Iterable[str]) -> None:
        """Write lines for a person."""
        for line in lines:
            self.say(line)

    def document(self, data: dict[str, Any]) -> None:
        """Write a JSON document, if `-o` asks for one; whoever hears gets it in any case."""
        for hear in self.hearers:
            hear(data)
        if self.output == "human":
            return
        self._line(data) if self.output == "jsonl" else self._whole(data)

    def enveloped(self, **fields: Any) -> None:
        """Write the envelope with these fields, if anybody is to have it."""
        if self.output != "human" or self.hearers:
            fields |= {"storage": self.storage, "program": self.program}
            fields["reference"] = self.reference
            self.document(envelope(command=self.command, **fields))

    def _whole(self, data: dict[str, Any]) -> None:
        self.write(dumps(data, terminal=self.terminal, ascii=self.ascii) + "\n")

    def _line(self, data: dict[str, Any]) -> None:
        self.write(dumps(data, terminal=False, ascii=self.ascii) + "\n")

    @property
    def ascii(self) -> bool:
        """Whether stdout may lack a character: then JSON is written with escapes alone."""
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        return bool(encoding.lower().replace("-", "") != "utf8")


def lost(error: OSError) -> OutputLostError:
    """Return what to say when stdout takes no more."""
    return OutputLostError(
        f"the result cannot be written to stdout: {error.strerror}",
        "nothing else is lost",
    )

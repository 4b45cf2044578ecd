"""How a command ends: the result on stdout, the notes on stderr, the exit code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TextIO

from graphcli import prompts
from graphcli.cli.signals import StopError
from graphcli.engine.events import Event, RunEnded
from graphcli.engine.model import Asked, Failure, Status, Task
from graphcli.engine.question import Question
from graphcli.engine.standing import Standing
from graphcli.errors import GraphcliError, Parked, UsageError
from graphcli.render.commands import Commands
from graphcli.render.console import Console
from graphcli.render.envelope import envelope
from graphcli.render.eventlines import event_json
from graphcli.render.notes import ended_notes, error_notes
from graphcli.render.plain import dumps
from graphcli.render.result import result_text
from graphcli.text import safe_text

EXIT = {
    Status.FINISHED: 0,
    Status.CANCELLED: 0,
    Status.FAILED: 1,
    Status.WAITING: 8,
    Status.STOPPED: 8,
    Status.UNCERTAIN: 9,
    Status.REJECTED: 10,
}
VOID = 6

#: A command of ours in the text of a remedy, up to its verb.
_COMMAND = re.compile(r"(?<!/)\bgraphcli (?P<verb>run|resume|list|inspect|cancel|doctor|delete)\b")


@dataclass(frozen=True, slots=True)
class Reporter:
    """Tells one command's result, in the form that `-o` asks for.

    `out` is stdout; `notes` is stderr; `storage` is what printed commands must name, if anything.
    `person` says that somebody is at the terminal; `program` is what runs us again.
    """

    command: str
    out: TextIO
    notes: Console
    output: str
    quiet: bool
    terminal: bool
    person: bool
    storage: str | None = None
    program: str = "graphcli"
    told: list[dict[str, Any]] = field(default_factory=list)

    def commands(self, thread: str) -> Commands:
        """Return the commands for a thread, which work as they stand."""
        return Commands(thread, self.storage, self.program)

    def event(self, event: Event) -> None:
        """Write one event as a line, for `-o jsonl`; RunEnded is told by the envelope."""
        if self.output == "jsonl" and not isinstance(event, RunEnded):
            self._line(event_json(event))

    def ended(self, ended: RunEnded, result: Callable[[Any], Any]) -> int:
        """Tell how a run ended and return the exit code."""
        questions = understood(ended.questions)
        finished = ended.status is Status.FINISHED
        value = result(ended.values) if finished else None
        if self.output == "human" and finished:
            text = result_text(value, terminal=self.terminal, ascii=self._ascii)
            self.write(f"{text}\n" if text else "")
        if not (self.quiet and finished):
            commands = self.commands(ended.thread)
            self.notes.print(ended_notes(ended, commands, questions, stranger=not self.person))
        self._document(
            ended.status,
            ended.thread,
            ended.graph,
            ended.values,
            questions,
            ended.failure,
            value,
            ended.uncertain,
        )
        return VOID if ended.void else EXIT[ended.status]

    def failed(self, error: GraphcliError, standing: Standing | None = None) -> int:
        """Tell an error and return the exit code; `standing` is the thread that it left behind."""
        self.tell(error)
        try:
            self._failure(error, standing)
        except OutputLostError as lost:
            if not isinstance(error, OutputLostError):
                self.tell(lost)
        return error.exit_code

    def tell(self, error: GraphcliError) -> None:
        """Say what went wrong to a person; a stop that was asked for is no error."""
        error.remedy = self.located(error.remedy)
        asked_for = isinstance(error, Parked | StopError)
        self.notes.print(error_notes(error, "" if asked_for else "error: "))

    def located(self, remedy: str) -> str:
        """Name program and storage in the commands of a remedy, so that they work as they stand."""
        place = "" if self.storage is None else f" --storage {shlex.quote(self.storage)}"
        if "--storage" in remedy:
            return remedy
        program = shlex.quote(self.program)
        return _COMMAND.sub(lambda found: f"{program} {found['verb']}{place}", remedy)

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
            raise OutputLostError(
                f"the result cannot be written to stdout: {error.strerror}",
                "nothing else is lost: see it with `graphcli inspect`",
            ) from None

    def _failure(self, error: GraphcliError, standing: Standing | None) -> None:
        if standing is None:
            self._document(None, None, None, None, [], error, None)
            return
        questions = understood(standing.questions)
        thread, values = standing.saved.thread, standing.saved.checkpoint.values
        tasks = standing.uncertain
        self._document(
            thread.status, thread.id, thread.graph, values, questions, error, None, tasks
        )

    def say(self, line: str) -> None:
        """Write one line for a person."""
        if not self.quiet:
            self.notes.print([safe_text(line)])

    def document(self, data: dict[str, Any]) -> None:
        """Write a JSON document, if `-o` asks for one; `told` has it in any case."""
        self.told[:] = [data]
        if self.output == "human":
            return
        self._line(data) if self.output == "jsonl" else self._whole(data)

    def _document(
        self,
        status: Status | None,
        thread: str | None,
        graph: str | None,
        values: Any,
        questions: list[Question],
        error: GraphcliError | Failure | None,
        result: Any,
        uncertain: Sequence[Task] = (),
    ) -> None:
        self.document(
            envelope(
                command=self.command,
                status=None if status is None else status.value,
                thread=thread,
                graph=graph,
                values=values,
                questions=questions,
                error=error,
                storage=self.storage,
                program=self.program,
                output=result,
                uncertain=uncertain,
            )
        )

    def _whole(self, data: dict[str, Any]) -> None:
        self.write(dumps(data, terminal=self.terminal, ascii=self._ascii) + "\n")

    def _line(self, data: dict[str, Any]) -> None:
        self.write(dumps(data, terminal=False, ascii=self._ascii) + "\n")

    @property
    def _ascii(self) -> bool:
        """Whether stdout may lack a character: then JSON is written with escapes alone."""
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        return bool(encoding.lower().replace("-", "") != "utf8")


class OutputLostError(UsageError):
    """What stdout leads to takes no more."""

    code = "output_lost"


def understood(asked: Iterable[Asked]) -> list[Question]:
    """Return questions with the schema that their answers have to keep, and one that does."""
    questions = [prompts.recognise(one) for one in asked]
    return [
        replace(q, schema=prompts.answer_schema(q), example=prompts.example(q)) for q in questions
    ]

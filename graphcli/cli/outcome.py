"""How a command ends: the result on stdout, the notes on stderr, the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TextIO

from graphcli import prompts
from graphcli.engine.checkpointer import Saved
from graphcli.engine.events import Event, RunEnded
from graphcli.engine.model import Asked, Failure, Status
from graphcli.engine.question import Question
from graphcli.errors import GraphcliError
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


@dataclass(frozen=True, slots=True)
class Reporter:
    """Tells one command's result, in the form that `-o` asks for.

    `out` is stdout; `notes` is stderr; `storage` is what printed commands must name, if anything.
    `person` says that somebody is at the terminal.
    """

    command: str
    out: TextIO
    notes: Console
    output: str
    quiet: bool
    terminal: bool
    person: bool
    storage: str | None = None

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
            text = result_text(value, terminal=self.terminal)
            self.out.write(f"{text}\n" if text else "")
        if not (self.quiet and finished):
            commands = Commands(ended.thread, self.storage)
            self.notes.print(ended_notes(ended, commands, questions, stranger=not self.person))
        self._document(
            ended.status, ended.thread, ended.graph, ended.values, questions, ended.failure, value
        )
        return VOID if ended.void else EXIT[ended.status]

    def failed(self, error: GraphcliError, saved: Saved | None = None) -> int:
        """Tell an error and return the exit code; `saved` is the thread that it left behind."""
        self.notes.print(error_notes(error))
        if saved is None:
            self._document(None, None, None, None, [], error, None)
        else:
            questions = understood(saved.questions)
            thread = saved.thread
            values = saved.checkpoint.values
            self._document(thread.status, thread.id, thread.graph, values, questions, error, None)
        return error.exit_code

    def say(self, line: str) -> None:
        """Write one line for a person."""
        if not self.quiet:
            self.notes.print([safe_text(line)])

    def document(self, data: dict[str, Any]) -> None:
        """Write a JSON document of a command that only reads."""
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
                output=result,
            )
        )

    def _whole(self, data: dict[str, Any]) -> None:
        self.out.write(dumps(data, terminal=self.terminal) + "\n")

    def _line(self, data: dict[str, Any]) -> None:
        self.out.write(dumps(data, terminal=False) + "\n")


def understood(asked: Iterable[Asked]) -> list[Question]:
    """Return questions with the schema that their answers have to keep, given or derived."""
    questions = [prompts.recognise(one) for one in asked]
    return [replace(question, schema=prompts.answer_schema(question)) for question in questions]

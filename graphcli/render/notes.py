"""What graphcli says on stderr when a run ends: short lines, and what to type next.

All functions are pure and return lines that are safe to print. Commands are never wrapped: they
are there to be copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphcli.engine.graph.place import path_of
from graphcli.engine.resuming.question import Question
from graphcli.engine.running.events import RunEnded
from graphcli.engine.values.model import Failure, Status, Task
from graphcli.errors import AnswerVoidError
from graphcli.render.commands import Commands, value_hint
from graphcli.render.console import Look
from graphcli.render.envelope import binding
from graphcli.render.failures import error_notes, failed_lines
from graphcli.render.leads import lead_rows
from graphcli.text import safe_line

_LONGEST_MESSAGE = 200

#: A log may be read anywhere: `->` is in every encoding.
_NOTES = Look(unicode=False)

#: Open questions that a note spells out; `inspect` has them all.
_SPELLED_OUT = 5


def ended_notes(
    ended: RunEnded, commands: Commands, questions: Sequence[Question] = (), *, stranger: bool
) -> list[str]:
    """Return what to say when a run let go of its thread.

    `questions` are those of `ended`, understood. `stranger` says that nobody is at a terminal:
    whoever reads the log may never have heard of graphcli.
    """
    lines = void_notes(ended)
    match ended.status:
        case Status.WAITING if stranger and not ended.void:  # else the exit code is another one
            return lines + stranger_notes(questions, commands, graph=ended.graph)
        case Status.WAITING:
            return lines + waiting_notes(questions, commands)
        case Status.RUNNING:
            return lines + _beside_notes(ended, commands)
        case Status.UNCERTAIN:
            return lines + uncertain_notes(ended.uncertain, commands, ended.failure)
        case Status.FAILED if ended.uncertain:
            return lines + given_up_notes(ended.uncertain, commands)
        case Status.FAILED:
            return lines + failed_notes(ended.failure, commands)
        case Status.STOPPED:
            return lines + _stopped_notes(commands)
        case _:
            return lines + _over_notes(ended, commands)


def void_notes(ended: RunEnded) -> list[str]:
    """Return which answers do not count any more, why, and how to keep that from happening."""
    lines = error_notes(AnswerVoidError(ended.void), head="") if ended.void else []
    if ended.forgotten:
        lines += [
            f"asked again: {', '.join(ended.forgotten)}: a secret that is typed, or comes through",
            "  stdin, is kept only in the memory of the process that asked, which has ended;",
            "  answer with env:NAME or file:/PATH, and any process can read it",
        ]
    return lines


def stopping_line(nodes: Sequence[str], *, again: bool) -> str:
    """Return what a command that is to stop waits for; `again`: a second Ctrl-C waits no more."""
    names = [f"`{safe_line(node, 60)}`" for node in nodes[:_SPELLED_OUT]]
    more = len(nodes) - len(names)
    waits = ", ".join(names) + (f" and {more:,} more" if more else "")
    hint = "; Ctrl-C again stops it now" if again else ""
    return f"Stopping: waiting for {waits}{hint}"


def waiting_notes(questions: Sequence[Question], commands: Commands) -> list[str]:
    """Return what is asked, and the literal commands that answer it."""
    lines = [f"waiting for a person: thread {_thread(commands)}"]
    for question in questions[:_SPELLED_OUT]:
        lines += ["", f"  {_asked(question)}", *_answer_lines(question, commands)]
    lines += _unspoken(questions, commands)
    return [*lines, "", "  here, on a terminal:", f"    {commands.resume()}"]


def stranger_notes(questions: Sequence[Question], commands: Commands, *, graph: str) -> list[str]:
    """Return the same for somebody who meets graphcli in a log for the first time."""
    count = len(questions)
    asked = (
        f"{count} questions, and there is no terminal to ask them"
        if count > 1
        else "a question, and there is no terminal to ask it"
    )
    lines = [
        f"waiting for a person (exit 8). This is not an error: the graph `{safe_line(graph)}`",
        f"stopped to ask {asked} on.",
        f"Everything done so far is kept in thread {_thread(commands)}; nothing runs until it is "
        "answered.",
    ]
    for question in questions[:_SPELLED_OUT]:
        lines += ["", f"  {_asked(question)}", *_answer_lines(question, commands)]
    lines += _unspoken(questions, commands)
    lines += ["", "  or, to be asked, on a terminal of a machine that has this storage:"]
    return [*lines, f"    {commands.resume()}"]


def uncertain_notes(
    tasks: Sequence[Task], commands: Commands, why: Failure | None = None
) -> list[str]:
    """Return which tasks may have run, and for each the three commands that settle it.

    `why` is set where no run died: what the task returned could not be kept.
    """
    lines = [
        f"uncertain: thread {_thread(commands)}: a run ended while this was running, and nobody "
        "knows how far it came:",
    ]
    if why is not None:
        lines = [
            *failed_lines("error: ", why),
            f"uncertain: thread {_thread(commands)}: this has run, and its update is lost:",
        ]
    return lines + _ways_out(tasks, commands)


def given_up_notes(tasks: Sequence[Task], commands: Commands) -> list[str]:
    """Return which tasks failed by giving up, and for each how to take that back."""
    why = "has failed: a person gave up on this, and it may have run"
    return [f"uncertain: thread {_thread(commands)} {why}:", *_ways_out(tasks, commands)]


def _ways_out(tasks: Sequence[Task], commands: Commands) -> list[str]:
    lines: list[str] = []
    for task in tasks:
        which = binding(task)
        path = safe_line(path_of(task.ns, task.node), _LONGEST_MESSAGE)
        lines += [
            "",
            f"  {path} (task {safe_line(task.id)})",
            "    it did not happen, or may happen twice: run it again",
            f"      {commands.resume(*which, '--rerun')}",
            "    it happened: go on with what it would have returned, as JSON",
            f"      {commands.resume(*which, '--done')} UPDATE",
            "    neither: let the thread fail",
            f"      {commands.resume(*which, '--give-up')}",
        ]
    return lines


def failed_notes(failure: Failure | None, commands: Commands) -> list[str]:
    """Return why a thread failed, and how to look at it and to try again."""
    return [
        *(failed_lines("error: ", failure) if failure else ["error: the graph failed"]),
        f"  thread {_thread(commands)} has failed; see what happened, then try again:",
        f"    {commands.inspect()}",
        f"    {commands.resume()}",
    ]


def _over_notes(ended: RunEnded, commands: Commands) -> list[str]:
    lines = [f"{ended.status.value}: thread {_thread(commands)}"]
    return lines + failed_lines("  ", ended.failure) if ended.failure else lines


def _stopped_notes(commands: Commands) -> list[str]:
    return [f"stopped: thread {_thread(commands)}; go on with", f"  {commands.resume()}"]


def _beside_notes(ended: RunEnded, commands: Commands) -> list[str]:
    return [
        f"kept: thread {_thread(commands)} is being run by {safe_line(ended.holder)},",
        "  which takes the answer up; see how far it has got:",
        f"    {commands.inspect()}",
    ]


def _thread(commands: Commands) -> str:
    return f"`{safe_line(commands.thread)}`"


def _asked(question: Question) -> str:
    message = safe_line(question.message, _LONGEST_MESSAGE)
    return f"`{safe_line(question.path, _LONGEST_MESSAGE)}` asks: {message}"


def _answer_lines(question: Question, commands: Commands) -> list[str]:
    hint = value_hint(question.field, question.example)
    leads = [f"    {row}" for row in lead_rows(question, _NOTES)]
    return [f"    {commands.answer(question)}", f"    {hint}", *leads]


def _unspoken(questions: Sequence[Question], commands: Commands) -> list[str]:
    more = len(questions) - _SPELLED_OUT
    if more <= 0:
        return []
    return ["", f"  and {more:,} more; all of them:", f"    {commands.inspect()}"]

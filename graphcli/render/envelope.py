"""The JSON contract: one envelope for success, waiting and failure. Keys are only ever added."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from graphcli.engine.graph.place import path_of
from graphcli.engine.values.standins import UNSET
from graphcli.errors import GraphcliError
from graphcli.render.drift import drift_json
from graphcli.render.plain import to_json

if TYPE_CHECKING:
    from graphcli.engine.resuming.question import Question
    from graphcli.engine.values.changes import Change
    from graphcli.engine.values.model import Failure, Task
    from graphcli.engine.values.ways import Lead, Target

SCHEMA_VERSION: Final = 1


def envelope(
    *,
    command: str,
    status: str | None,
    thread: str | None = None,
    graph: str | None = None,
    values: Any = None,
    questions: Sequence[Question] = (),
    error: GraphcliError | Failure | None = None,
    storage: str | None = None,
    output: Any = None,
    uncertain: Sequence[Task] = (),
    drift: Sequence[Change] = (),
    program: str = "graphcli",
    reference: str | None = None,
) -> dict[str, Any]:
    """Return the document that `-o json` prints, as JSON data.

    `status` is the thread's, None where there is no thread. `storage` is given when it is not
    the default one, so that the printed commands find the thread again. `output` is the result
    that a person would get on stdout. `uncertain` are tasks that may have run. `drift` is there
    only where the graph has changed since the thread last ran. `reference` is given when
    commands must name the graph.
    """
    place = (storage, program, reference)
    way_on = _way_on(status, thread or "", *place)
    document = {
        "schema_version": SCHEMA_VERSION,
        "command": command,
        "status": status,
        "thread": thread,
        "graph": graph,
        "values": to_json(values),
        "questions": [question_json(question, thread or "", *place) for question in questions],
        "error": None if error is None else error_json(error, way_on),
        "output": to_json(output),
        "uncertain": [_task_json(task, thread or "", *place) for task in uncertain],
    }
    return document | ({"drift": drift_json(drift)} if drift else {})


def error_json(error: GraphcliError | Failure, way_on: str = "") -> dict[str, Any]:
    """Return code, message and remedy, and what else the error carries, under its own names.

    `way_on` is the remedy for the failure of a thread.
    """
    remedy = (error.remedy or error.advice) if isinstance(error, GraphcliError) else way_on
    document: dict[str, Any] = {"code": error.code, "message": error.message, "remedy": remedy}
    carried = vars(error) if isinstance(error, GraphcliError) else {}
    more = {name: to_json(value) for name, value in carried.items() if name not in document}
    return document | more


def _way_on(
    status: str | None, thread: str, storage: str | None, program: str, reference: str | None
) -> str:
    """What to do about a thread that has failed, or whose graph has said no."""
    look = [program, "inspect", thread, *(["--storage", storage] if storage else [])]
    if status != "failed":
        return f"see what happened\n  {quoted(look)}"
    again = resume_command(thread, storage, program, reference)
    return f"see what happened, then try again\n  {quoted(look)}\n  {quoted(again)}"


def resume_command(
    thread: str, storage: str | None, program: str = "graphcli", reference: str | None = None
) -> list[str]:
    """Return the command that goes on with a thread."""
    place = ["--storage", storage] if storage else []
    graph = ["--graph", reference] if reference else []
    return [program, "resume", thread, *place, *graph]


def answer_command(
    thread: str,
    question: str,
    digest: str,
    *,
    storage: str | None,
    program: str = "graphcli",
    reference: str | None = None,
) -> list[str]:
    """Return the command that answers one question, to which only the value must be added.

    It names question and digest, so that it can never answer another question than this one.
    """
    command = resume_command(thread, storage, program, reference)
    return [*command, "--question", question, "--if-match", digest, "--value"]


def quoted(argv: Sequence[str]) -> str:
    """Return `argv` as a line for a POSIX shell."""
    return shlex.join(argv)


def binding(task: Task) -> tuple[str, ...]:
    """Return the flags by which a command settles this start of an uncertain task alone."""
    return ("--task", task.id, "--if-match", task.doubt)


def _task_json(
    task: Task, thread: str, storage: str | None, program: str, reference: str | None
) -> dict[str, Any]:
    """An uncertain task with the three commands that settle it; `done` lacks only its update."""
    argv = [*resume_command(thread, storage, program, reference), *binding(task)]
    verdicts = {"rerun": "--rerun", "done": "--done", "give_up": "--give-up"}
    return {
        "task": task.id,
        "node": task.node,
        "ns": task.ns,
        "path": path_of(task.ns, task.node),
        "digest": task.doubt,
        "settle_with": {
            name: {"argv": [*argv, flag], "line": quoted([*argv, flag])}
            for name, flag in verdicts.items()
        },
    }


def question_json(
    question: Question,
    thread: str,
    storage: str | None,
    program: str,
    reference: str | None = None,
) -> dict[str, Any]:
    """Return a question with the command that answers it, as JSON data."""
    argv = answer_command(
        thread,
        question.id,
        question.digest,
        storage=storage,
        program=program,
        reference=reference,
    )
    return {
        "id": question.id,
        "node": question.node,
        "ns": question.ns,
        "message": question.message,
        "payload": to_json(question.payload),
        "schema": to_json(question.schema),
        "default": to_json(question.field.offered),
        "digest": question.digest,
        "asked_at": question.asked_at,
        "answer_with": {"argv": argv, "line": quoted(argv)},
        "next": [_lead_json(lead) for lead in question.leads],
        "runs": question.runs,
    }


def _lead_json(lead: Lead) -> dict[str, Any]:
    """Where an answer leads; the one without a `value` holds for whatever is answered."""
    known = {} if lead.value is UNSET else {"field": lead.field, "value": to_json(lead.value)}
    to, either = ([_target_json(each) for each in some] for some in (lead.way.to, lead.way.either))
    return {**known, "to": to, "either": either}


def _target_json(target: Target) -> dict[str, Any]:
    found: dict[str, Any] = {"node": target.node or None}
    found |= {"ends": target.ends} if target.ends else {}
    return found | ({"waits_for": list(target.waits_for)} if target.waits_for else {})

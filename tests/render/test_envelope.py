"""The JSON contract."""

import json
import shlex
from typing import Any

import pytest
from inline_snapshot import snapshot

from graphcli.engine.resuming.question import Field, Kind
from graphcli.engine.running.events import (
    CheckpointSaved,
    CustomEvent,
    Event,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskRetried,
    TaskStarted,
)
from graphcli.engine.values.model import (
    UNSET,
    Asked,
    Checkpoint,
    Failure,
    Result,
    Secret,
    Send,
    Status,
    Task,
)
from graphcli.errors import InvalidAnswerError, InvalidGraphError
from graphcli.render.envelope import answer_command, envelope, quoted
from graphcli.render.eventlines import event_json
from graphcli.render.plain import dumps
from tests.render.samples import THEN, field, question

#: Shorter than a real one, so that the snapshots stay readable.
DIGEST = "3fa9c1b2d4e5"
FAILURE = Failure("KeyError", "'eu'", "Traceback with secrets")
ASKED = Asked("q1", "t1", "approve", 0, {"tag": "v1"}, {"type": "string"}, DIGEST, asked_at=THEN)


def test_waiting() -> None:
    asked = question(payload={"question": "Release?"}, schema={"enum": ["deploy"]}, digest=DIGEST)
    document = envelope(
        command="run",
        status="waiting",
        thread="t-1",
        graph="release",
        values={"tag": "v1.2"},
        questions=[asked],
    )
    line = document["questions"][0]["answer_with"].pop("line")
    assert line == "graphcli resume t-1 --question a1b2c3 --if-match 3fa9c1b2d4e5 --value"
    assert document == snapshot(
        {
            "schema_version": 1,
            "command": "run",
            "status": "waiting",
            "thread": "t-1",
            "graph": "release",
            "values": {"tag": "v1.2"},
            "questions": [
                {
                    "id": "a1b2c3",
                    "node": "approve",
                    "ns": "",
                    "message": "Release v1.2?",
                    "payload": {"question": "Release?"},
                    "schema": {"enum": ["deploy"]},
                    "default": None,
                    "digest": "3fa9c1b2d4e5",
                    "asked_at": "2026-11-21T03:04:31+00:00",
                    "answer_with": {
                        "argv": [
                            "graphcli",
                            "resume",
                            "t-1",
                            "--question",
                            "a1b2c3",
                            "--if-match",
                            "3fa9c1b2d4e5",
                            "--value",
                        ],
                    },
                    "next": [],
                    "runs": None,
                }
            ],
            "error": None,
            "output": None,
            "uncertain": [],
        }
    )


def test_failure_without_a_thread() -> None:
    error = InvalidAnswerError("`banana` is not one of the choices", "choose deploy or abort")
    assert envelope(command="resume", status=None, error=error) == snapshot(
        {
            "schema_version": 1,
            "command": "resume",
            "status": None,
            "thread": None,
            "graph": None,
            "values": None,
            "questions": [],
            "error": {
                "code": "invalid_answer",
                "message": "`banana` is not one of the choices",
                "remedy": "choose deploy or abort",
                "field": "",
            },
            "output": None,
            "uncertain": [],
        }
    )


def test_every_problem_of_a_graph_is_listed() -> None:
    error = InvalidGraphError("`x.yaml` is wrong", "", ("x.yaml:1:2: a", "x.yaml:3:4: b"))
    document = envelope(command="check", status=None, error=error, output={1})
    assert document["output"] == [1]
    assert document["error"]["problems"] == ["x.yaml:1:2: a", "x.yaml:3:4: b"]


def test_a_failed_thread_says_why_without_its_trace() -> None:
    document = envelope(command="run", status="failed", thread="t", graph="g", error=FAILURE)
    remedy = "see what happened, then try again\n  graphcli inspect t\n  graphcli resume t"
    assert document["error"] == {"code": "run_failed", "message": "'eu'", "remedy": remedy}


def test_the_keys_are_the_same_whatever_happened() -> None:
    empty = envelope(command="run", status="finished")
    full = envelope(command="run", status="failed", questions=[question()], error=FAILURE)
    assert list(empty) == list(full) == [
        "schema_version", "command", "status", "thread", "graph", "values", "questions", "error",
        "output",
        "uncertain",
    ]  # fmt: skip


def test_the_command_names_question_and_digest_and_ends_where_the_value_goes() -> None:
    argv = answer_command("t-1", "q1", "d1", storage="/my files/it's.db")
    assert argv == [
        "graphcli", "resume", "t-1", "--storage", "/my files/it's.db",
        "--question", "q1", "--if-match", "d1", "--value",
    ]  # fmt: skip
    assert shlex.split(quoted(argv)) == argv


@pytest.mark.parametrize(
    ("asked", "default"),
    [
        (field(Kind.TEXT), None),
        (Field(kind=Kind.TEXT, default="x"), "x"),
        (Field(kind=Kind.CONFIRM, default=False), False),
        (Field(kind=Kind.SECRET, default="hunter2"), None),
        (
            Field(
                kind=Kind.FORM,
                fields=(
                    Field(name="a", default=1),
                    Field(name="b", default=UNSET),
                    Field(name="c", kind=Kind.SECRET, default="hunter2"),
                ),
            ),
            {"a": 1},
        ),
        (Field(kind=Kind.FORM, fields=(Field(name="a"),)), None),
    ],
)
def test_defaults(asked: Field, default: Any) -> None:
    document = envelope(command="run", status="waiting", questions=[question(field=asked)])
    assert document["questions"][0]["default"] == default


def test_a_default_never_becomes_part_of_the_command() -> None:
    asked = question(field=Field(kind=Kind.TEXT, default="yes please"))
    document = envelope(command="run", status="waiting", thread="t", questions=[asked])
    assert "yes please" not in json.dumps(document["questions"][0]["answer_with"])


EVENTS: list[Event] = [
    RunStarted("t", "g", new=True),
    TaskStarted("", 1, "t1", "build", 2),
    TaskRetried("", 1, "t1", "build", 1, 0.5, FAILURE),
    TaskEnded("", 1, Result("t1", "build", "asked", asked=ASKED), 1.5),
    TaskEnded(
        "sub:1",
        1,
        Result("t1", "build", "done", (("log", ["a"]), ("log", {"b"})), ("next", Send("x", b"y"))),
        1.5,
        kept=True,
    ),
    TaskEnded("", 1, Result("t1", "build", "failed", failure=FAILURE, attempts=3), 1.5),
    CustomEvent("", 1, "build", {"token": Secret("env:TOKEN")}),
    CheckpointSaved(
        "", Checkpoint("c1", 2, 1, "loop", {"a": 1}, (Task("t2", "x", ("pull", "x")),))
    ),
    RunEnded(
        "t",
        "g",
        Status.UNCERTAIN,
        {"a": float("inf")},
        (ASKED,),
        (Task("t2", "x", ("pull", "x")),),
        FAILURE,
        ("q0",),
    ),
]


def test_each_event_is_one_line() -> None:
    lines = [dumps(event_json(event), terminal=False) for event in EVENTS]
    assert all("\n" not in line for line in lines)
    assert [json.loads(line) for line in lines] == snapshot(
        [
            {"schema_version": 1, "event": "run.started", "thread": "t", "graph": "g", "new": True},
            {
                "schema_version": 1,
                "event": "task.started",
                "ns": "",
                "step": 1,
                "task": "t1",
                "node": "build",
                "attempt": 2,
                "settled": False,
            },
            {
                "schema_version": 1,
                "event": "task.retried",
                "ns": "",
                "step": 1,
                "task": "t1",
                "node": "build",
                "attempt": 1,
                "delay": 0.5,
                "error": {"code": "run_failed", "message": "'eu'", "remedy": ""},
            },
            {
                "schema_version": 1,
                "event": "task.ended",
                "ns": "",
                "step": 1,
                "task": "t1",
                "node": "build",
                "outcome": "asked",
                "attempts": 1,
                "writes": [],
                "goto": [],
                "question": {
                    "id": "q1",
                    "node": "approve",
                    "ns": "",
                    "payload": {"tag": "v1"},
                    "schema": {"type": "string"},
                    "digest": "3fa9c1b2d4e5",
                    "asked_at": "2026-11-21T03:04:31+00:00",
                },
                "error": None,
                "seconds": 1.5,
                "kept": False,
                "settled": False,
            },
            {
                "schema_version": 1,
                "event": "task.ended",
                "ns": "sub:1",
                "step": 1,
                "task": "t1",
                "node": "build",
                "outcome": "done",
                "attempts": 1,
                "writes": [{"channel": "log", "value": ["a"]}, {"channel": "log", "value": ["b"]}],
                "goto": [{"node": "next"}, {"node": "x", "arg": "eQ=="}],
                "question": None,
                "error": None,
                "seconds": 1.5,
                "kept": True,
                "settled": False,
            },
            {
                "schema_version": 1,
                "event": "task.ended",
                "ns": "",
                "step": 1,
                "task": "t1",
                "node": "build",
                "outcome": "failed",
                "attempts": 3,
                "writes": [],
                "goto": [],
                "question": None,
                "error": {"code": "run_failed", "message": "'eu'", "remedy": ""},
                "seconds": 1.5,
                "kept": False,
                "settled": False,
            },
            {
                "schema_version": 1,
                "event": "custom",
                "ns": "",
                "step": 1,
                "node": "build",
                "value": {"token": "<secret env:TOKEN>"},
            },
            {
                "schema_version": 1,
                "event": "checkpoint.saved",
                "ns": "",
                "step": 1,
                "checkpoint": "c1",
                "source": "loop",
                "values": {"a": 1},
                "next": ["x"],
                "created_at": "",
            },
            {
                "schema_version": 1,
                "event": "run.ended",
                "thread": "t",
                "graph": "g",
                "status": "uncertain",
                "values": {"a": "Infinity"},
                "questions": [
                    {
                        "id": "q1",
                        "node": "approve",
                        "ns": "",
                        "payload": {"tag": "v1"},
                        "schema": {"type": "string"},
                        "digest": "3fa9c1b2d4e5",
                        "asked_at": "2026-11-21T03:04:31+00:00",
                    }
                ],
                "uncertain": [{"task": "t2", "node": "x", "ns": "", "path": "x"}],
                "void": ["q0"],
                "forgotten": [],
                "error": {"code": "run_failed", "message": "'eu'", "remedy": ""},
            },
        ]
    )


def test_traces_stay_out_of_events() -> None:
    assert "Traceback" not in "".join(dumps(event_json(event), terminal=False) for event in EVENTS)

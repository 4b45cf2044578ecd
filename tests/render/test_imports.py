"""Scripts do not pay for drawings: rich and termaid are loaded only to draw."""

import subprocess
import sys

import pytest

PRELUDE = """
import io, sys
from datetime import UTC, datetime
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.running.events import RunEnded, TaskEnded, TaskStarted
from graphcli.engine.values.model import Result, Status
from graphcli.engine.resuming.question import Field, Question
from graphcli.render import console, context, drawing, envelope, eventlines, inspect, notes
from graphcli.render import plain, progress, result, tables
from graphcli.render.commands import Commands

asked = Question("q1", "approve", "Release?", Field(), digest="d" * 64)
ended = RunEnded("t", "g", Status.WAITING, {})
"""

PATHS = {
    "import": "",
    "envelope": "plain.dumps(envelope.envelope(command='run', status='waiting',"
    " questions=[asked]), terminal=True)",
    "jsonl": "plain.dumps(eventlines.event_json(ended), terminal=False)",
    "result": "result.result_text({'a': 'é'}, terminal=True)",
    "notes": "notes.ended_notes(ended, Commands('t'), [asked], stranger=True)",
    "list": "tables.threads_lines([ThreadInfo('t', 'u', 'g')])",
    "plain table": "tables.threads_table([ThreadInfo('t', 'u', 'g')], datetime.now(UTC),"
    " console.Look())",
    "progress": "p = progress.make_progress(io.StringIO(), terminal=False, quiet=False,"
    " environ={}); p.emit(TaskStarted('', 1, 't', 'build', 1));"
    " p.emit(TaskEnded('', 1, Result('t', 'build', 'done'), 1.0)); p.close()",
}

HEAVY = ("rich", "termaid", "pydantic", "asyncio", "prompt_toolkit", "questionary")


def loaded(code: str) -> set[str]:
    check = f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", f"{PRELUDE}\n{code}\n{check}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize("code", PATHS.values(), ids=PATHS.keys())
def test_nothing_heavy_is_loaded(code: str) -> None:
    assert loaded(code) == set()


def test_a_drawing_loads_rich() -> None:
    code = "context.draw_question(asked, console.Console(io.StringIO(), console.Look(), True),"
    assert loaded(f"{code} thread='t', graph='g')") == {"rich"}

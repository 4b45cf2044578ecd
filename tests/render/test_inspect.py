"""One thread in full."""

from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot

from graphcli.engine.running.standing import Standing
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import NOT_BEGUN, Answer, Checkpoint, Failure, Result, Status
from graphcli.render.console import Look
from graphcli.render.inspect import inspect_text
from tests.render.samples import NOW, THEN, Entry, question, saved, thread, widest

LINE = "graphcli resume release-7f3a2c --question a1b2c3 --if-match 3fa9 --value VALUE"


def shown(width: int, held: Saved | None = None, **more: Any) -> str:
    given: dict[str, Any] = {
        "questions": [question({"tag": "v1.2"})],
        "commands": {"a1b2c3": LINE},
        "journal": [
            Entry(answer=Answer("q0", "d0", {"ok": True}, "alice@laptop", "terminal", THEN))
        ],
        "history": [saved()],
        **more,
    }
    return inspect_text(Standing(held or saved()), Look(width), now=NOW, **given)


def test_at_80_columns() -> None:
    assert shown(80) == snapshot("""\
release-7f3a2c
  status      waiting
  graph       release
  loaded from ./graphs/release.yaml
  superstep   1
  checkpoint  cp3
  started     2026-11-21 03:04:31 UTC (5 min ago)
  changed     2026-11-21 03:04:31 UTC (5 min ago)

State
  tag:  v1.2
  log:
    - built
    - tested

Next
  approve

Questions
  1. approve
    │ Release v1.2?
    │ tag:  v1.2
    graphcli resume release-7f3a2c --question a1b2c3 --if-match 3fa9 --value VALUE
    VALUE: deploy or abort

Tasks
  ! approve: started (1 time), end unknown
  ✓ lint: done after 2 attempts
  ✗ deploy: failed: KeyError: 'eu'

Answers
  confirm: {"ok":true}
    2026-11-21 03:04:31 UTC · by alice@laptop · terminal · accepted

History
     1  2026-11-21 03:04:31 UTC  → approve, lint, deploy\
""")


def test_at_40_columns() -> None:
    assert shown(40) == snapshot("""\
release-7f3a2c
  status      waiting
  graph       release
  loaded from ./graphs/release.yaml
  superstep   1
  checkpoint  cp3
  started     2026-11-21 03:04:31 UTC (5
              min ago)
  changed     2026-11-21 03:04:31 UTC (5
              min ago)

State
  tag:  v1.2
  log:
    - built
    - tested

Next
  approve

Questions
  1. approve
    │ Release v1.2?
    │ tag:  v1.2
    graphcli resume release-7f3a2c --question a1b2c3 --if-match 3fa9 --value VALUE
    VALUE: deploy or abort

Tasks
  ! approve: started (1 time), end
    unknown
  ✓ lint: done after 2 attempts
  ✗ deploy: failed: KeyError: 'eu'

Answers
  confirm: {"ok":true}
    2026-11-21 03:04:31 UTC · by
    alice@laptop · terminal · accepted

History
     1  2026-11-21 03:04:31 UTC  →
        approve, lint, deploy\
""")


@pytest.mark.parametrize("width", [20, 27, 33, 60])
def test_only_commands_are_wider_than_the_terminal(width: int) -> None:
    text = shown(width)
    assert f"  {LINE}\n" in text
    assert widest(text.replace(LINE, "")) <= width


def test_a_finished_thread_without_anything_to_say() -> None:
    held = Saved(
        thread(status=Status.FINISHED, reference="", open=0),
        "",
        Checkpoint("c9", 9, 4, "loop", {}),
    )
    assert shown(80, held, questions=(), journal=(), history=()) == snapshot("""\
release-7f3a2c
  status      finished
  graph       release
  superstep   4
  checkpoint  c9
  started     2026-11-21 03:04:31 UTC (5 min ago)
  changed     2026-11-21 03:04:31 UTC (5 min ago)\
""")


def test_what_a_live_run_does_is_not_unknown() -> None:
    assert "→ approve: running\n" in shown(80, saved(status=Status.RUNNING))
    assert "! approve: started (1 time), end unknown\n" in shown(80)


def test_why_a_thread_failed_is_in_its_header() -> None:
    held = saved(status=Status.FAILED, failure=Failure("KeyError", "'eu'"))
    assert "  error       KeyError: 'eu'\n" in shown(80, held)


def test_traces_are_shown_in_full_only() -> None:
    assert "Traceback" not in shown(80)
    assert "    Traceback\n      raise x\n" in shown(80, full=True)


def test_state_is_cut_unless_all_is_wanted() -> None:
    held = saved(values={"log": [f"line {n}" for n in range(500)]})
    assert "more items" in shown(80, held)
    assert "line 499" in shown(80, held, full=True)


def test_history_is_cut_unless_all_is_wanted() -> None:
    history = [saved()] * 50
    assert "… 30 more" in shown(80, history=history)
    assert "more" not in shown(80, history=history, full=True)


def test_a_task_that_asked() -> None:
    held = saved()
    results = {"t1": Result("t1", "approve", "asked")}
    text = shown(100, Saved(held.thread, "", held.checkpoint, held.started, results))
    again = "once it is answered, it runs again from its start (2nd time)"
    assert f"  ? approve: asked a question; {again}" in text


def test_a_question_of_which_no_command_is_known_has_none() -> None:
    assert "graphcli resume" not in shown(80, commands={})


def test_what_never_began_has_not_failed() -> None:
    left = Failure("NotBegun", "the run was left before this task began", code=NOT_BEGUN)
    held = saved()
    held = replace(
        held, results={**held.results, "t3": Result("t3", "deploy", "failed", failure=left)}
    )
    assert "→ deploy: not begun\n" in shown(80, held)
    assert "Next\n  approve\n  deploy\n" in shown(80, held)

"""No byte of a payload, id, name or message drives the terminal, whichever renderer it meets."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcli.engine.resuming.question import Kind
from graphcli.engine.running.events import RunEnded, TaskEnded, TaskRetried, TaskStarted
from graphcli.engine.running.standing import Standing
from graphcli.engine.values.checkpointer import Saved
from graphcli.engine.values.model import Answer, Failure, Result, Status, Task
from graphcli.errors import GraphcliError, InvalidGraphError
from graphcli.render.commands import Commands
from graphcli.render.console import Look
from graphcli.render.context import draw_question
from graphcli.render.drawing import draw_graph
from graphcli.render.envelope import envelope
from graphcli.render.failures import error_notes
from graphcli.render.inspect import inspect_text
from graphcli.render.notes import ended_notes, stranger_notes
from graphcli.render.plain import dumps
from graphcli.render.progress import make_progress
from graphcli.render.result import result_text
from graphcli.render.tables import threads_lines, threads_table
from graphcli.render.values import brief, draw_value
from tests.render.hostile import HOSTILE_TEXTS, hostile_values, unsafe_in
from tests.render.samples import (
    NOW,
    Entry,
    console,
    field,
    question,
    saved,
    thread,
    widest,
    written,
)

VALUES = hostile_values()
SHORT = {name: text for name, text in HOSTILE_TEXTS.items() if len(text) < 1_000}

each_value = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
each_text = pytest.mark.parametrize("text", SHORT.values(), ids=SHORT.keys())


def progress_says(text: str) -> str:
    stream = io.StringIO()
    progress = make_progress(stream, terminal=False, quiet=False, environ={})
    failure = Failure(text, text)
    progress.emit(TaskStarted(text, 1, "t", text, 1))
    progress.emit(TaskRetried(text, 1, "t", text, 1, 1.0, failure))
    progress.emit(TaskEnded(text, 1, Result("t", text, "failed", failure=failure), 1.0))
    progress.emit(TaskEnded(text, 1, Result("t", text, "done"), 1.0))
    progress.close()
    return stream.getvalue()


def notes_say(text: str) -> str:
    commands = Commands(text, storage=text)
    asked = [question(message=text, node=text, id=text, field=field(Kind.CHOICE, text, "b"))]
    task = Task(text, text, ("pull", text))
    failure = Failure(text, text)
    lines = stranger_notes(asked, commands, graph=text)
    lines += error_notes(GraphcliError(text, text))
    lines += error_notes(InvalidGraphError(text, text, (text,)))
    for status in Status:
        ended = RunEnded(text, text, status, {}, (), (task,), failure, (text,))
        lines += ended_notes(ended, commands, asked, stranger=False)
    return "\n".join(lines)


def inspect_says(text: str) -> str:
    held = saved(values={text: text}, id=text, graph=text, reference=text, updated_at=text)
    entry = Entry(node=text, status=text, answer=Answer(text, text, text, text, text, text))
    return inspect_text(
        Standing(Saved(held.thread, text, held.checkpoint, held.started, held.results)),
        Look(60),
        now=NOW,
        questions=[question(text, message=text, node=text, id=text)],
        commands={text: text},
        journal=[entry],
        history=[held],
        full=True,
    )


def tables_say(text: str) -> str:
    rows = [thread(id=text, graph=text, updated_at=text)]
    return threads_table(rows, NOW, Look(60)) + threads_lines(rows)


def drawing_says(text: str) -> str:
    label = text.replace('"', "").replace("\n", " ")
    mermaid = f'graph TD\n  a["{label}"] -->|"{label}"| b["{label}"]\n'
    return draw_graph(mermaid, 80) + draw_graph(mermaid, 10)


def frame_says(text: str) -> str:
    to = console(60)
    asked = question(node=text, message=text, digest=text)
    draw_question(asked, to, thread=text, graph=text, position=text, see_all=text)
    return written(to)


@each_text
@pytest.mark.parametrize(
    "says", [progress_says, notes_say, inspect_says, tables_say, drawing_says, frame_says]
)
def test_names_and_messages_drive_nothing(says: Callable[[str], str], text: str) -> None:
    assert not unsafe_in(says(text))


@each_value
@pytest.mark.parametrize("width", [20, 80])
def test_payloads_drive_nothing_and_stay_within_the_width(value: Any, width: int) -> None:
    to = console(width)
    draw_question(question(value), to, thread="release-7f3a2c", graph="release", see_all="it")
    assert not unsafe_in(written(to))
    assert widest(written(to)) <= width
    assert written(to).count("\n") < 120


@each_value
def test_payloads_in_colour_drive_nothing(value: Any) -> None:
    to = console(60, color=True)
    draw_question(question(value), to, thread="release-7f3a2c", graph="release")
    assert not unsafe_in(written(to), color=True)


@each_value
def test_full_payloads_drive_nothing_either(value: Any) -> None:
    lines, cut = draw_value(value, Look(60))
    assert not unsafe_in("\n".join(lines))
    assert not cut


@each_value
@pytest.mark.parametrize("terminal", [True, False])
def test_json_drives_nothing_and_stays_json(value: Any, terminal: bool) -> None:
    document = envelope(command="run", status="waiting", values=value, thread="t")
    text = dumps(document, terminal=terminal)
    assert not unsafe_in(text)
    assert json.loads(text)["values"] == json.loads(dumps(document["values"], terminal=False))


@each_value
def test_results_on_a_terminal_drive_nothing(value: Any) -> None:
    assert not unsafe_in(result_text(value, terminal=True))


def test_rich_markup_in_a_payload_is_only_text() -> None:
    to = console(80)
    draw_question(question(HOSTILE_TEXTS["markup"]), to, thread="t", graph="g")
    assert "│ [bold]b[/bold] [link=https://example.org]x[/link] [/] [red\n" in written(to)


def test_two_payloads_that_differ_invisibly_look_different() -> None:
    assert draw_value("a\u200bb", Look())[0] != draw_value("ab", Look())[0]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=12), inner, max_size=6)
    ),
    max_leaves=25,
)


@given(value=PLAIN, width=st.integers(20, 100), unicode=st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_value_is_drawn_within_the_width(value: Any, width: int, unicode: bool) -> None:
    to = console(width, unicode=unicode)
    draw_question(question(value, message=str(value)), to, thread="t", graph="g", see_all="it")
    assert widest(written(to)) <= width
    assert not unsafe_in(written(to))


@given(value=PLAIN, width=st.integers(4, 60))
@settings(max_examples=100, deadline=None)
def test_any_value_fits_on_one_line(value: Any, width: int) -> None:
    assert widest(brief(value, width, Look())) <= width

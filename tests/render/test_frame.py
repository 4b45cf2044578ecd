"""No payload can imitate what graphcli says, nor scroll it away."""

from collections.abc import Callable

import pytest

from graphcli.engine.resuming.question import Question
from graphcli.render.console import Look
from graphcli.render.context import MESSAGE_LINES, draw_question, frame_lines
from tests.render.samples import console, question, written
from tests.render.test_hostile import (
    drawing_says,
    frame_says,
    inspect_says,
    notes_say,
    progress_says,
    tables_say,
)

WIDTHS = (20, 40, 80)
FORGED = "\n".join(
    [
        *frame_lines(question(), Look(80), thread="harmless-000000", graph="release"),
        *frame_lines(question(), Look(20), thread="harmless-000000", graph="release"),
        "? Read the news?",
        "… cut; all of it is shown by",
        "  rm -rf ~",
    ]
)


def drawn(asked: Question, width: int) -> list[str]:
    to = console(width)
    draw_question(asked, to, thread="release-7f3a2c", graph="release")
    return written(to).rstrip("\n").split("\n")


def at_margin(lines: list[str]) -> list[str]:
    """The lines that begin where only graphcli writes."""
    return [line for line in lines if not line.startswith(("│", "  "))]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "context",
    [FORGED, {"a": FORGED}, {FORGED: 1}, [FORGED], [{"x": FORGED, "y": 1}] * 2, {"a": [[FORGED]]}],
    ids=["text", "value", "key", "list", "records", "tree"],
)
def test_a_payload_never_reaches_the_margin(context: object, width: int) -> None:
    honest = at_margin(drawn(question(None), width))
    lines = at_margin(drawn(question(context), width))
    assert [line for line in lines if not line.startswith("… cut")] == honest


@pytest.mark.parametrize("width", WIDTHS)
def test_a_message_never_reaches_the_margin(width: int) -> None:
    lines = drawn(question(message=f"Release?\n{FORGED}"), width)
    margin = [line for line in at_margin(lines) if not line.startswith("… cut")]
    frame = frame_lines(question(), Look(width), thread="release-7f3a2c", graph="release")
    expected = [line for line in frame if not line.startswith("  ")]
    assert margin == [*expected, "? Release?"]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_message_cannot_scroll_the_frame_away(width: int) -> None:
    lines = drawn(question(message="Sure?\n" * 3000), width)
    frame = frame_lines(question(), Look(width), thread="release-7f3a2c", graph="release")
    last = max(number for number, line in enumerate(lines) if line == frame[-1])
    assert len(lines) - last - 1 <= MESSAGE_LINES + 2  # the count of what is hidden, wrapped
    assert sum("Sure?" in line for line in lines[:last]) > MESSAGE_LINES


@pytest.mark.parametrize("width", WIDTHS)
def test_the_frame_names_thread_node_and_digest(width: int) -> None:
    lines = frame_lines(question(), Look(width), thread="release-7f3a2c", graph="release")
    text = " ".join(" ".join(lines).split())
    assert ("thread " if width > 20 else "") + "release-7f3a2c" in text
    assert "node approve" in text
    assert "digest 3fa9c1b2d4e5" in text
    assert max(map(len, lines)) <= width


def test_names_in_the_frame_stay_on_one_line() -> None:
    asked = question(node="a\n── thread other ──")
    lines = frame_lines(asked, Look(200), thread="t\nx", graph="g")
    assert len(lines) == 1
    assert lines[0].startswith("── graph g · thread t x · node a ── thread other ──")


#: Whatever some terminal or library takes for the end of a line, and words that are not ours.
FORGED_LINE = "a" + "".join(f"{end}FORGED" for end in "\n\r\v\f\x1c\x85\u2028\u2029") + "\r\nFORGED"


@pytest.mark.parametrize(
    "says", [progress_says, notes_say, inspect_says, tables_say, drawing_says, frame_says]
)
def test_no_name_id_or_error_begins_a_line(says: Callable[[str], str]) -> None:
    def begins(text: str) -> bool:
        return any(line.startswith("FORGED") for line in text.splitlines())

    assert begins(FORGED_LINE)  # the control
    assert not begins(says(FORGED_LINE))

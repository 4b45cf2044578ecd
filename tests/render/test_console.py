"""What a stream can show, and streams that show nothing."""

import io
import os
from typing import Any

import pytest

from graphcli.render.console import Console, Look, encodable, make_console
from graphcli.render.context import draw_question
from tests.render.samples import MIXED, question


def stream(encoding: str = "utf-8") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")


def shown(to: io.TextIOWrapper) -> str:
    to.flush()
    assert isinstance(to.buffer, io.BytesIO)
    return to.buffer.getvalue().decode(to.encoding)


@pytest.mark.parametrize(
    ("environ", "terminal", "color"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_color(environ: dict[str, str], terminal: bool, color: bool) -> None:
    assert make_console(stream(), environ, terminal=terminal).look.color is color


@pytest.mark.parametrize(
    ("columns", "width"),
    [
        ("100", 100),
        ("5", 20),
        ("0", 80),
        ("-3", 80),
        ("x", 80),
        ("", 80),
        ("٣٣", 80),
        ("9" * 30, 999_999),
    ],
)
def test_width(columns: str, width: int) -> None:
    console = make_console(io.StringIO(), {"COLUMNS": columns}, terminal=True)
    assert console.look.width == width


def test_width_of_a_real_terminal() -> None:
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 57, 0, 0))
    with os.fdopen(theirs, "w") as terminal:
        assert make_console(terminal, {}, terminal=True).look.width == 57
    os.close(ours)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "utf-16"])
@pytest.mark.parametrize("color", ["0", "1"])
def test_no_encoding_is_an_error(encoding: str, color: str) -> None:
    to = stream(encoding)
    console = make_console(to, {"FORCE_COLOR": color}, terminal=False)
    draw_question(question(MIXED), console, thread="t", graph="g")
    assert "approve" in shown(to)
    assert ("─" in shown(to)) is encoding.startswith("utf")


def test_what_cannot_be_encoded_is_a_question_mark() -> None:
    assert encodable("naïve 日", stream("latin-1")) == "naïve ?"
    assert encodable("a\ud800", stream()) == "a?"


class Odd(io.StringIO):
    encoding = "no-such-encoding"  # what a hostile PYTHONIOENCODING says


def test_an_unknown_encoding_is_taken_as_ascii() -> None:
    assert encodable("é", Odd()) == "?"
    assert make_console(Odd(), {}, terminal=False).look.unicode is False


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def closed() -> io.StringIO:
    to = io.StringIO()
    to.close()
    return to


@pytest.mark.parametrize("gone", [Broken(), closed()], ids=["pipe", "closed"])
def test_a_stream_that_nobody_reads_is_no_error(gone: Any) -> None:
    console = Console(gone, Look(), terminal=False)
    assert console.print(["x"]) is False


def test_lines_are_written_as_they_are() -> None:
    to = stream()
    assert make_console(to, {}, terminal=False).print(["a", "b"])
    assert shown(to) == "a\nb\n"

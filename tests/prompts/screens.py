"""What a prompt has drawn when the keys have been typed: on a screen of any size, in process."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from graphcli.engine.resuming.question import Question
from graphcli.errors import Parked
from graphcli.prompts import Draft, Terminal, ask

LEAVE = "\x03"
WIDEST = 80


class Sized(DummyOutput):
    """An output of a certain size that draws nothing."""

    def __init__(self, columns: int, rows: int) -> None:
        self.size = Size(rows, columns)

    def get_size(self) -> Size:
        return self.size


def screen(asked: Question, keys: str = "", columns: int = 80, rows: int = 24, **more: Any) -> str:
    """Return the lines that the prompt shows after `keys`; the person then leaves."""
    seen: list[str] = []
    with create_pipe_input() as pipe, drawing(pipe, seen):
        pipe.send_text(keys)
        terminal = Terminal(input=pipe, output=Sized(columns, rows))
        with pytest.raises(Parked):
            ask(asked, terminal=terminal, **more)
    return seen[-1]


def kept(asked: Question, keys: str) -> Draft:
    """Return the draft that a person leaves behind."""
    draft = Draft()
    screen(asked, keys, draft=draft)
    return draft


@contextmanager
def drawing(pipe: PipeInput, seen: list[str]) -> Iterator[None]:
    """Note each screen that is drawn with no key left to read, and leave."""
    real = Application.run

    def look(app: Any) -> None:
        if not select.select([pipe.fileno()], [], [], 0)[0] and not app.is_done:
            seen.append(lines(app.renderer.last_rendered_screen))
            pipe.send_text(LEAVE)

    def running(self: Any) -> Any:
        self.after_render += look
        return real(self)

    Application.run = running  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        Application.run = real  # type: ignore[method-assign]


def lines(drawn: Any) -> str:
    """Return the text of a screen as prompt_toolkit keeps it."""
    rows = [
        "".join(drawn.data_buffer[y][x].char for x in range(WIDEST)) for y in range(drawn.height)
    ]
    return "\n".join(row.rstrip() for row in rows).rstrip()

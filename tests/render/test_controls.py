"""Broken on purpose: each guard is taken away, and the test that watches it must see it."""

import pytest

from graphcli.render import canvas, context, plain, tables, trees
from graphcli.render.console import Look
from graphcli.render.plain import dumps
from graphcli.render.prose import prose
from tests.render.hostile import HOSTILE_TEXTS, unsafe_in
from tests.render.samples import NOW, console, question, thread, widest, written
from tests.render.test_frame import FORGED, at_margin

ESCAPE = HOSTILE_TEXTS["escape"]


def drawn(value: object, message: str = "Release?") -> str:
    to = console(40)
    context.draw_question(question(value, message=message), to, thread="t", graph="g")
    return written(to)


@pytest.mark.parametrize("char", ["\x1b", "\x9b", "\x7f", "\u202e", "\u200b", "\ud800"])
def test_the_watcher_sees_what_is_unsafe(char: str) -> None:
    assert unsafe_in(f"a{char}b") == {char}


@pytest.mark.parametrize("value", [ESCAPE, {"a": {"b": ESCAPE}}, [ESCAPE]])
def test_without_safe_text(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unsafe_in(drawn(value))
    monkeypatch.setattr(canvas, "safe_text", str)
    monkeypatch.setattr(trees, "safe_text", str)
    assert unsafe_in(drawn(value))


def test_without_safe_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "safe_line", str)
    monkeypatch.setattr(canvas, "safe_line", str)
    assert unsafe_in(tables.threads_table([thread(id=ESCAPE)], NOW, Look(80)))


def test_without_escapes_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = HOSTILE_TEXTS["bidi"]
    assert not unsafe_in(dumps(hostile, terminal=True))
    monkeypatch.setattr(plain, "_ESCAPES", {})
    assert unsafe_in(dumps(hostile, terminal=True))


def test_without_the_gutter() -> None:
    raw, _ = prose(FORGED, Look(80), 100)
    assert at_margin(raw)


def test_without_a_limit_for_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    flood = "Sure?\n" * 300
    assert drawn(None, flood).rsplit("──", 1)[1].count("Sure?") == context.MESSAGE_LINES
    monkeypatch.setattr(context, "message_limit", lambda _height: 10_000)
    assert drawn(None, flood).rsplit("──", 1)[1].count("Sure?") == 300


def test_without_folding(monkeypatch: pytest.MonkeyPatch) -> None:
    assert widest(drawn("x" * 500)) <= 40
    monkeypatch.setattr("graphcli.render.prose.wrapped", lambda text, *_: [text])
    assert widest(drawn("x" * 500)) > 40

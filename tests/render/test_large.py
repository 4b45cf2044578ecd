"""Payloads too large to read: cut with a way to see all, the question in sight, nothing lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphcli.render import values
from graphcli.render.console import Look
from graphcli.render.context import MAX_LINES, draw_question, frame_lines
from graphcli.render.envelope import envelope
from graphcli.render.plain import dumps
from graphcli.render.values import draw_value
from tests.render.hostile import deep
from tests.render.samples import console, question, widest, written

LARGE: dict[str, Any] = {
    "lines": "line\n" * 5_000,
    "line": "x" * 10_000_000,
    "text in a key": {"log": "line\n" * 5_000, "more": 1},
    "keys": {f"key {number}": number for number in range(10_000)},
    "depth": {"deep": deep(500), "more": "line\n" * 90},
    "numbers": {"numbers": list(range(30_000))},
    "records": {"rows": [{"a": n, "b": "x" * 30} for n in range(6_000)]},
    "wide records": {"rows": [{f"c{column}": 1 for column in range(200)}] * 100},
    "a diff": "@@ -1,1 +1,1 @@\n" + "+x\n" * 500_000,
    "headings": "# h\n" * 500_000,
    "escapes": "\x1b" * 1_000_000,
    "marks": "e" + "\u0301" * 1_000_000,
}


def drawn(value: Any, width: int = 80) -> list[str]:
    to = console(width)
    draw_question(question(value), to, thread="release-7f3a2c", graph="release")
    return written(to).rstrip("\n").split("\n")


@pytest.mark.parametrize("value", LARGE.values(), ids=LARGE)
def test_what_is_cut_says_how_to_see_it_and_the_question_stays_last(value: Any) -> None:
    lines = drawn(value)
    assert len(lines) <= MAX_LINES + 20
    cut = next(number for number, line in enumerate(lines) if line.startswith("… cut"))
    assert lines[cut + 1] == "  graphcli inspect release-7f3a2c --full"
    frame = frame_lines(question(), Look(80), thread="release-7f3a2c", graph="release")
    assert lines[cut + 2 :] == [*frame, "? Release v1.2?"]
    assert widest("\n".join(lines)) <= 80


@pytest.mark.parametrize("name", ["lines", "keys", "numbers", "records", "wide records"])
def test_nothing_of_it_is_lost_in_json_nor_in_full(name: str) -> None:
    value = LARGE[name]
    text = dumps(envelope(command="inspect", status="waiting", values=value), terminal=False)
    assert json.loads(text)["values"] == value
    lines, cut = draw_value(value, Look(100))
    assert not cut
    if name in ("lines", "keys"):
        assert len(lines) == len(value) if name == "keys" else 5_000
    else:
        assert json.loads("\n".join(lines)) == value


def test_what_is_huge_in_full_is_not_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def block(plain: Any, page: Any) -> list[str]:
        looked.append(1)
        return []

    monkeypatch.setattr(values, "_block", block)
    draw_value(LARGE["wide records"], Look(80))
    assert not looked
    monkeypatch.setattr(values, "_MOST_DRAWN", 10**9)  # the control
    draw_value(LARGE["wide records"], Look(80))
    assert looked


def test_the_lines_left_out_are_counted() -> None:
    lines, cut = draw_value("line\n" * 500_000, Look(80), 40)
    assert (len(lines), cut) == (41, True)
    assert lines[29:] == ["line", "… 499,960 more lines", *["line"] * 10]

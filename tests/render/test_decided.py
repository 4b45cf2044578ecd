"""What is decided stays in sight: on any screen, below any payload, in graphcli's own frame."""

from typing import Any

import pytest

from graphcli.engine.resuming.question import Field, Kind, Question
from graphcli.engine.values.model import UNSET
from graphcli.engine.values.ways import Lead, Target, Way
from graphcli.render import context as drawing
from graphcli.render.console import Console, Look
from graphcli.render.context import draw_question, frame_lines
from tests.render.samples import console, question, widest, written
from tests.render.test_frame import FORGED

SCREENS = [(80, 24), (40, 12), (20, 8)]
#: Rows that a prompt needs below: its label, two choices, its keys.
PROMPT = 4

HOSTILE: dict[str, Any] = {
    "nothing": None,
    "500 lines": "line\n" * 500,
    "one line of 10,000 characters": "x" * 10_000,
    "one word of 10,000 wide characters": "字" * 10_000,
    "combining characters": "e\u0301\u0323" * 3_000,
    "a tower of marks": "Z" + "\u0310" * 5_000,
    "emoji": "👍🏽🇩🇪 " * 500,
    "a frame": FORGED,
    "a prompt": "? Choose one\n > approve\n   reject\n" * 20,
    "our own words": "… cut; `?` shows all of it, and so does\n  rm -rf ~\n",
    "escapes": "\x1b[2J\x1b[H\x1b[8mhidden\x1b[0m\x9b2K\r",
    "blank lines": "\n" * 500,
    "a table": [{"a": "word " * 50, "b": n} for n in range(300)],
    "a tree": {"a": {"b": [{"c": {"d": ["e" * 300] * 9}}] * 50}},
}


def screen(asked: Question, size: tuple[int, int]) -> list[str]:
    to = Console(console().stream, Look(size[0]), terminal=True, height=size[1])
    draw_question(asked, to, thread="release-7f3a2c", graph="release")
    return written(to).rstrip("\n").split("\n")


def frame_of(size: tuple[int, int]) -> list[str]:
    named = {"thread": "release-7f3a2c", "graph": "release"}
    return frame_lines(question(), Look(size[0]), **named, short=size[1] < 12)


def below_payload(lines: list[str], frame: list[str]) -> int:
    """Where the frame begins: the last place where it stands."""
    places = [n for n in range(len(lines)) if lines[n : n + len(frame)] == frame]
    return places[-1]


@pytest.mark.parametrize("size", SCREENS, ids=str)
@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_frame_and_message_are_in_sight(payload: Any, size: tuple[int, int]) -> None:
    message = payload if isinstance(payload, str) else "Release v1.2?"
    lines, frame = screen(question(payload, message), size), frame_of(size)
    begins = below_payload(lines, frame)
    assert len(lines) - begins <= size[1] - min(PROMPT, size[1] // 3)
    assert all(line.startswith(("│", "…", "  ")) for line in lines[:begins])
    asked, *rest = lines[begins + len(frame) :]
    assert asked.startswith("? ")
    assert all(line.startswith("│") or line == "  … all of it above" for line in rest)
    # A command is never wrapped: it is there to be copied.
    drawn = [line for line in lines if line != "  graphcli inspect release-7f3a2c --full"]
    assert widest("\n".join(drawn)) <= size[0]


def test_control_without_a_limit_by_height(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "message_limit", lambda _height: drawing.MESSAGE_LINES)
    with pytest.raises(AssertionError):
        test_frame_and_message_are_in_sight("line\n" * 500, (20, 8))


def test_control_without_a_gutter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Look, "glyph", lambda _look, glyph, _ascii: glyph.replace("│", ""))
    with pytest.raises(AssertionError):
        test_frame_and_message_are_in_sight({"a": "b"}, (80, 24))


def test_a_small_screen() -> None:
    assert screen(question(message="Release v1.2 to all three regions at once?"), (20, 8)) == [
        "│ Release v1.2 to",
        "│ all three regions",
        "│ at once?",
        "release-7f3a2c",
        "node approve",
        "digest 3fa9c1b2d4e5",
        "? Release v1.2 to",
        "  … all of it above",
    ]


def actions(count: int, lines: int) -> Question:
    context: dict[str, Any] = {}
    for n in range(1, count + 1):
        body = "\n".join(f"{n}: line {line}" for line in range(lines))
        context |= {f"{n}. action": "send", f"{n}. arguments": {"to": f"user {n}", "body": body}}
    lead = Field("1", Kind.CHOICE)
    return question(context, field=Field(kind=Kind.FORM, fields=(lead,), lead="1"))


def test_the_arguments_of_each_of_several_actions_are_there() -> None:
    text = "\n".join(screen(actions(20, 12), (80, 24)))
    for n in range(1, 21):
        assert f"to:  user {n}\n" in text
        assert all(f"{n}: line {line}\n" in text for line in range(12))
    assert "more" not in text


def test_control_one_room_for_all_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_actions", lambda context: [context])
    with pytest.raises(AssertionError):
        test_the_arguments_of_each_of_several_actions_are_there()


def test_of_a_very_long_argument_begin_and_end_are_there() -> None:
    text = "\n".join(screen(actions(3, 5_000), (80, 24)))
    for n in (1, 2, 3):
        assert f"to:  user {n}\n" in text
        assert f"{n}: line 0\n" in text
        assert f"{n}: line 4999\n" in text
    assert text.count("more lines") == 3


def test_a_name_that_only_looks_like_a_number_is_no_action() -> None:
    asked = question({"2. x": 1, "b. y": 2, "c": 3}, field=Field(lead="1"))
    assert screen(asked, (80, 24))[:4] == ["│ 2. x:  1", "│", "│ b. y:  2", "│ c:     3"]


WAYS = (
    Lead("decision", "deploy", Way((Target("deploy"),))),
    Lead("decision", "abort", Way((Target("aborted", "rejected"),))),
    Lead("", UNSET, Way(either=(Target("deploy"), Target("aborted", "rejected")))),
)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((80, 24), ["  then → deploy or aborted (ends: rejected)"]),
        ((20, 24), ["  then → deploy or", "    aborted (ends:", "    rejected)"]),
        ((20, 8), []),
    ],
    ids=str,
)
def test_where_any_answer_leads_stands_below(size: tuple[int, int], said: list[str]) -> None:
    lines = screen(question(leads=WAYS[2:]), size)
    assert lines[lines.index("? Release v1.2?") + 1 :] == said


def test_what_each_choice_leads_to_is_left_to_the_choices() -> None:
    assert screen(question(leads=WAYS), (80, 24))[-1] == "? Release v1.2?"

# ruff: noqa: RUF001 - what is drawn has a pointer.
"""Each widget as it is drawn: exact text at 80, 40 and 20 columns."""

import pytest

from graphcli.engine.resuming.question import Question
from tests.prompts.build import RELEASE, question
from tests.prompts.payloads import SEND, hitl
from tests.prompts.screens import screen

ENTER, DOWN, UP, ERASE, F1 = "\r", "\x1b[B", "\x1b[A", "\x7f", "\x1bOP"
S = {"type": "string"}
TALL = question(
    "q",
    {
        "oneOf": [
            {
                "const": "a",
                "title": "Roll forward and tell the on-call engineer at once",
                "description": "It takes twenty minutes and cannot be undone",
            },
            {"const": "b", "title": "Roll back"},
        ]
    },
)
CITIES = [f"{area}-{n}" for area in ("north", "south", "east", "west") for n in range(1, 6)]
MANY = question({"message": "m", "options": CITIES})
SEVERAL = question("q", {"type": "array", "items": {"enum": ["eu", "us"]}, "minItems": 2})
TEXT = question("q", {**S, "title": "Tag", "description": "As git knows it", "maxLength": 3})

SCREENS: list[tuple[Question, str, int, int, str]] = [
    (
        question("q", {"type": "boolean"}),
        "",
        80,
        24,
        """\
? Yes or no
  Yes
  No
  y/n choose · Enter sends · ? more · p parks
""",
    ),
    (
        question("q", {"type": "boolean"}),
        ENTER,
        40,
        12,
        """\
? Yes or no
  Yes
  No
  nothing is chosen yet
  Enter sends · ? more · p parks
""",
    ),
    (
        question("q", {"type": "boolean"}),
        "n",
        20,
        8,
        """\
? Yes or no
  Yes
› No
  Enter sends
""",
    ),
    (
        TALL,
        "",
        80,
        24,
        """\
? Choose one
› Roll forward and tell the on-call engineer at once
    │ It takes twenty minutes and cannot be undone
  Roll back
  ↑↓ move · Enter sends · ? more · p parks
""",
    ),
    (
        TALL,
        "",
        40,
        12,
        """\
? Choose one
› Roll forward and tell the on-call
  │ engineer at once
    │ It takes twenty minutes and
    │ cannot be undone
  Roll back
  Enter sends · ? more · p parks
""",
    ),
    (
        TALL,
        DOWN,
        20,
        8,
        """\
? Choose one
  Roll forward and…
› Roll back
  Enter sends
""",
    ),
    (
        MANY,
        "",
        40,
        12,
        """\
? Choose one (1 of 20)
› north-1
  north-2
  north-3
  north-4
  north-5
  Enter sends · F1 more · Ctrl-C parks
""",
    ),
    (
        MANY,
        UP,
        40,
        12,
        """\
? Choose one (20 of 20)
  west-1
  west-2
  west-3
  west-4
› west-5
  Enter sends · F1 more · Ctrl-C parks
""",
    ),
    (
        MANY,
        "OU",
        80,
        24,
        """\
? Choose one
  search: OU (1 of 5)
› south-1
  south-2
  south-3
  south-4
  south-5
  ↑↓ move · letters search · Enter sends · F1 more · Ctrl-C parks
""",
    ),
    (
        MANY,
        "zz" + ENTER,
        40,
        12,
        """\
? Choose one
  search: zz (nothing found)
  nothing holds `zz`
  Enter sends · F1 more · Ctrl-C parks
""",
    ),
    (
        SEVERAL,
        " " + ENTER,
        80,
        24,
        """\
? Choose any (at least 2)
› ● eu
  ○ us
  it needs at least 2
  ↑↓ move · Space picks · Enter sends · ? more · p parks
""",
    ),
    (
        SEVERAL,
        DOWN,
        20,
        8,
        """\
? Choose any
  (at least 2)
  ○ eu
› ○ us
  Enter sends
""",
    ),
    (
        TEXT,
        "v1.2" + ENTER,
        80,
        24,
        """\
? Tag v1.2
  it may have at most 3
│ As git knows it
  Enter sends · Ctrl-E editor · ? more · Ctrl-C parks
""",
    ),
    (
        TEXT,
        "v1.2" + ENTER,
        40,
        12,
        """\
? Tag v1.2
  it may have at most 3
│ As git knows it
  Enter sends · ? more · Ctrl-C parks
""",
    ),
    (
        TEXT,
        "v1.2" + ENTER,
        20,
        8,
        """\
? Tag
› v1.2
  it may have at
    most 3
│ As git knows it
  Enter sends
""",
    ),
    (
        question("q"),
        "42",
        80,
        24,
        """\
? Your answer 42
  sent as a number, in quotes it stays text
  Enter sends · Ctrl-E editor · ? more · Ctrl-C parks
""",
    ),
    (
        question("q", {"type": "integer", "minimum": 5}),
        "1,500" + ENTER,
        80,
        24,
        """\
? Whole number (5 or more) 1,500
  it must be a whole number without commas, for example `42`
  Enter sends · ? more · Ctrl-C parks
""",
    ),
    (
        question("q", {"type": "number"}),
        "1,5" + ENTER,
        40,
        12,
        """\
? Number 1,5
  it must be a number with a point,
    not a comma, for example `42` or
    `0.5`
  Enter sends · ? more · Ctrl-C parks
""",
    ),
    (
        question("q", {**S, "format": "date"}),
        "31.1." + ENTER,
        40,
        12,
        """\
? Date (YYYY-MM-DD, or today)
› 31.1.
  it must be a date like 2026-01-31
  Enter sends · ? more · Ctrl-C parks
""",
    ),
    (
        question("q", {**S, "format": "path"}),
        "/no/where",
        40,
        12,
        """\
? Path /no/where
  nothing is there by this name
  Enter sends · ? more · Ctrl-C parks
""",
    ),
    (
        question("q", {**S, "format": "password", "minLength": 8}),
        "hunter2" + ENTER,
        40,
        12,
        """\
? Secret (not shown)
› (typed)
  it does not keep the rules: at
    least 8 characters
  Enter sends · ? more · Ctrl-C parks
""",
    ),
    (
        question({"draft": "one\n" * 20}),
        "",
        80,
        24,
        """\
? Text (20 lines)
│ one
│ one
│ one
│ one
│ one
│ one
│ one
… 13 more lines (? shows them)
› Edit in true
  Type it here
  Send it unchanged (20 lines)
  ↑↓ move · Enter takes it · e editor · ? more · p parks
""",
    ),
    (
        question("q", {"type": "object", "default": {"to": {"who": "Ann"}}}),
        "",
        40,
        12,
        """\
? JSON (5 lines)
│ {
│   "to": {
│     "who": "Ann"
… 2 more lines (? shows them)
› Edit in true
  Type it here
  Send it unchanged (5 lines)
  Enter takes it · ? more · p parks
""",
    ),
    (
        question("m", RELEASE),
        ENTER * 2,
        80,
        24,
        """\
? Review (nothing is sent yet)
› Send
  Decision: deploy
  Share: 10
  ↑↓ move · Enter takes it · e editor · Shift-Tab back · ? more · p parks
""",
    ),
    (
        question("m", RELEASE),
        DOWN + ENTER + "late " * 60 + ENTER * 2 + DOWN * 2,
        40,
        12,
        """\
? Review (nothing is sent yet)
› Comment: late late late late late
  │ late late late late late late late
  │ late late late late late late late
  │ late late late late late late late
  │ late late late late late late late
  Enter takes it · ? more · p parks
""",
    ),
    (
        question(hitl(("send", SEND, ["edit"]), ("rm", {}, ["reject"]))),
        ENTER + DOWN + ENTER + ERASE + ', "cc": "x"}' + "\x1b\r" + ENTER * 3 + DOWN * 2,
        80,
        24,
        """\
? Review (nothing is sent yet)
  Send
  1. send: edit
› 1. Arguments: cc (not there) → "x"
  2. rm: reject
  2. Reason: (skipped)
  ↑↓ move · Enter takes it · e editor · Shift-Tab back · ? more · p parks
""",
    ),
]


@pytest.mark.parametrize(("asked", "keys", "columns", "rows", "drawn"), SCREENS)
def test_what_is_drawn(
    asked: Question,
    keys: str,
    columns: int,
    rows: int,
    drawn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VISUAL", "/bin/true")
    assert f"{screen(asked, keys, columns, rows)}\n" == drawn

"""What a person reads above a prompt, character by character."""

from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot

from graphcli.engine.resuming.question import Question
from graphcli.engine.values.model import UNSET
from graphcli.engine.values.ways import Lead, Target, Way
from graphcli.render import context
from graphcli.render.canvas import indented
from graphcli.render.context import draw_question
from tests.render.samples import DIFF, FILES, MIXED, NOTES, console, question, written


def drawn(width: int, asked: Question, **more: Any) -> str:
    look = {key: more.pop(key) for key in ("color", "unicode") if key in more}
    to = console(width, **look)
    draw_question(asked, to, thread="release-7f3a2c", graph="release", **more)
    return written(to)


def test_payload_at_80_columns() -> None:
    assert drawn(80, question(MIXED)) == snapshot("""\
│ tag:      v1.2
│ commits:  14
│ ready:    true
│ files:
│   name            lines   status
│   ───────────────────────────────
│   app.py             12   changed
│   docs/index.md       3   new
│ config:
│   db:
│   ├── host: localhost
│   └── ports:
│       ├── 5432
│       └── 5433
── graph release · thread release-7f3a2c · node approve · digest 3fa9c1b2d4e5 ──
? Release v1.2?
""")


def test_payload_at_40_columns() -> None:
    assert drawn(40, question(MIXED)) == snapshot("""\
│ tag:      v1.2
│ commits:  14
│ ready:    true
│ files:
│   name            lines   status
│   ───────────────────────────────
│   app.py             12   changed
│   docs/index.md       3   new
│ config:
│   db:
│   ├── host: localhost
│   └── ports:
│       ├── 5432
│       └── 5433
────────────────────────────────────────
graph release · thread release-7f3a2c
node approve · digest 3fa9c1b2d4e5
────────────────────────────────────────
? Release v1.2?
""")


def test_payload_at_20_columns() -> None:
    assert drawn(20, question(MIXED)) == snapshot("""\
│ tag:      v1.2
│ commits:  14
│ ready:    true
│ files:
│   name:    app.py
│   lines:   12
│   status:  changed
│
│   name:    docs/in
│            dex.md
│   lines:   3
│   status:  new
│ config:
│   db:
│   {"host":"localho
│   st","ports":[543
│   2,5433]}
────────────────────
release-7f3a2c
node approve
digest 3fa9c1b2d4e5
? Release v1.2?
""")


def test_payload_without_unicode() -> None:
    assert drawn(80, question(MIXED), unicode=False, position="1 of 2") == snapshot("""\
| tag:      v1.2
| commits:  14
| ready:    true
| files:
|   name          | lines | status
|   --------------+-------+--------
|   app.py        |    12 | changed
|   docs/index.md |     3 | new
| config:
|   db:
|   +-- host: localhost
|   `-- ports:
|       +-- 5432
|       `-- 5433
-- thread release-7f3a2c | node approve | digest 3fa9c1b2d4e5 | 1 of 2 ---------
? Release v1.2?
""")


def test_markdown_keeps_every_character_and_hangs_its_lists() -> None:
    assert drawn(40, question(NOTES)) == snapshot("""\
│ # Notes
│
│ Everything that has changed since the
│ last release, in the words of those
│ who did it.
│ - a first item, which is long enough
│   to be wrapped over two lines of a
│   terminal
│ - a second
│
│ ```sh
│ make   release
│ ```
────────────────────────────────────────
graph release · thread release-7f3a2c
node approve · digest 3fa9c1b2d4e5
────────────────────────────────────────
? Release v1.2?
""")


ARGUMENTS = {
    "action": "send_email",
    "arguments": {
        "to": "ann@example.org",
        "subject": "Hi",
        "body": "Dear Ann,\n\n- one\n- two\n\n1\n2\n3\n4",
        "options": {"force": True},
    },
}


def test_arguments_are_a_table_and_no_text_among_them_is_cut() -> None:
    assert drawn(80, question(ARGUMENTS)) == snapshot("""\
│ action:  send_email
│ arguments:
│   to:       ann@example.org
│   subject:  Hi
│   body:
│     Dear Ann,
│
│     - one
│     - two
│
│     1
│     2
│     3
│     4
│   options:
│     force: true
── graph release · thread release-7f3a2c · node approve · digest 3fa9c1b2d4e5 ──
? Release v1.2?
""")


def test_an_old_and_a_new_text_are_a_diff_with_every_line() -> None:
    change = {"file": "a.txt", "old": "one\ntwo\nthree", "new": "one\n2\nthree", "why": "shorter"}
    assert drawn(80, question(change)) == snapshot("""\
│ file:  a.txt
│ old/new:
│   --- old
│   +++ new
│   @@ -1,3 +1,3 @@
│    one
│   -two
│   +2
│    three
│ why:   shorter
── graph release · thread release-7f3a2c · node approve · digest 3fa9c1b2d4e5 ──
? Release v1.2?
""")


@pytest.mark.parametrize(
    "change",
    [
        {"old": "a", "new": "b"},
        {"old": "a\nb", "new": "a\nb"},
        {"old": "a\nb", "new": None},
        {"old": "a\nb", "new": "a", "old/new": 1},
        {"old": "a\n" * 1_001, "new": ""},
    ],
    ids=["short", "same", "one", "taken", "long"],
)
def test_what_is_no_change_stands_as_it_is(change: Any) -> None:
    assert "+++" not in drawn(80, question(change), full=True)


def test_diff_is_folded_with_a_mark() -> None:
    assert drawn(40, question(DIFF)) == snapshot("""\
│ --- a/app.py
│ +++ b/app.py
│ @@ -1,2 +1,2 @@
│  import os
│ -limit = 10
│ +limit = 20  # as agreed with everyb
│ ↪ ody in the meeting
────────────────────────────────────────
graph release · thread release-7f3a2c
node approve · digest 3fa9c1b2d4e5
────────────────────────────────────────
? Release v1.2?
""")


def test_colors_of_a_diff_and_of_the_frame() -> None:
    assert drawn(
        80, question(DIFF.replace("  # as agreed with everybody in the meeting", "")), color=True
    ) == snapshot("""\
\x1b[2m│\x1b[0m \x1b[1m--- a/app.py\x1b[0m
\x1b[2m│\x1b[0m \x1b[1m+++ b/app.py\x1b[0m
\x1b[2m│\x1b[0m \x1b[36m@@ -1,2 +1,2 @@\x1b[0m
\x1b[2m│\x1b[0m  import os
\x1b[2m│\x1b[0m \x1b[31m-limit = 10\x1b[0m
\x1b[2m│\x1b[0m \x1b[32m+limit = 20\x1b[0m
\x1b[1m── graph release · thread release-7f3a2c · node approve · digest 3fa9c1b2d4e5 ──\x1b[0m
\x1b[1;32m?\x1b[0m Release v1.2?
""")


def test_records_that_are_too_wide_for_a_table_are_stacked() -> None:
    assert drawn(20, question(FILES)) == snapshot("""\
│ name:    app.py
│ lines:   12
│ status:  changed
│
│ name:    docs/inde
│          x.md
│ lines:   3
│ status:  new
────────────────────
release-7f3a2c
node approve
digest 3fa9c1b2d4e5
? Release v1.2?
""")


def test_long_text_is_cut_with_a_count_and_the_way_to_see_it_all() -> None:
    text = drawn(60, question("\n".join(f"line {n}" for n in range(5000))))
    assert text.split("\n")[38:] == snapshot(
        [
            "│ line 4997",
            "│ line 4998",
            "│ line 4999",
            "… cut; `?` shows all of it, and so does",
            "  graphcli inspect release-7f3a2c --full",
            "────────────────────────────────────────────────────────────",
            "graph release · thread release-7f3a2c · node approve",
            "digest 3fa9c1b2d4e5",
            "────────────────────────────────────────────────────────────",
            "? Release v1.2?",
            "",
        ]
    )


@pytest.mark.parametrize(
    ("context", "count"),
    [
        ([{"a": n, "b": n} for n in range(5000)], "4,960 more rows"),
        ([f"item {n}" for n in range(5000)], "4,960 more items"),
        ({f"key{n}": n for n in range(5000)}, "4,960 more entries"),
        ({"a": [[n, [n]] for n in range(5000)]}, "more entries"),
        ("x" * 100_000, "more characters"),
    ],
)
def test_what_is_cut_is_counted(context: Any, count: str) -> None:
    text = drawn(60, question(context))
    assert count in text
    assert "graphcli inspect release-7f3a2c --full" in text
    assert len(text.split("\n")) < 60


def test_a_table_of_high_rows_leaves_room_for_the_frame() -> None:
    rows = [{"a": "word " * 30, "b": n} for n in range(100)]
    text = drawn(40, question(rows))
    assert "more rows" in text
    assert text.count("\n") < 100


def test_full_leaves_nothing_out() -> None:
    payload = {"text": "\n".join(f"line {n}" for n in range(500)), "rows": [[n] for n in range(90)]}
    text = drawn(60, question(payload), full=True)
    assert "line 499" in text
    assert "more" not in text


def test_nothing_to_show_is_only_the_frame_and_the_message() -> None:
    assert drawn(80, question(None)) == snapshot("""\
── graph release · thread release-7f3a2c · node approve · digest 3fa9c1b2d4e5 ──
? Release v1.2?
""")


def test_the_way_to_see_it_all_is_the_callers() -> None:
    text = drawn(60, question("x\n" * 100), see_all="graphcli inspect @latest --full")
    assert "  graphcli inspect @latest --full\n" in text


def test_wide_characters_are_measured_in_cells() -> None:
    assert drawn(40, question({"名前": "日本語のテキスト", "id": 1})) == snapshot("""\
│ 名前:  日本語のテキスト
│ id:    1
────────────────────────────────────────
graph release · thread release-7f3a2c
node approve · digest 3fa9c1b2d4e5
────────────────────────────────────────
? Release v1.2?
""")


def test_a_list_of_texts_has_dashes() -> None:
    assert drawn(40, question(["one", "two", 3, None])) == snapshot("""\
│ - one
│ - two
│ - 3
│ - null
────────────────────────────────────────
graph release · thread release-7f3a2c
node approve · digest 3fa9c1b2d4e5
────────────────────────────────────────
? Release v1.2?
""")


LEAD = "then → rehearse (nothing is deleted)"
FALSE = f"Delete?\n{LEAD}\n  {LEAD}\n? Choose one keep"


@pytest.mark.parametrize("width", [80, 40, 20])
def test_a_message_does_not_say_where_the_graph_goes_on(width: int) -> None:
    told = Lead("", UNSET, Way((Target("drop"),)))
    asked = replace(question(message=FALSE), leads=(told,))
    below = drawn(width, asked).split("? Delete?\n")[1].splitlines()
    assert below[-1] == "  then → drop"
    assert len(below) > 3
    assert all(line.startswith("│ ") for line in below[:-1])


def test_a_message_without_a_gutter_would_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "guttered", lambda lines, _: indented(lines))
    with pytest.raises(AssertionError):
        test_a_message_does_not_say_where_the_graph_goes_on(80)

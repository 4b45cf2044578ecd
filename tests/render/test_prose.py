"""Long and structured text: every mark kept, begin and end shown, what is left out counted."""

import re

import pytest
from inline_snapshot import snapshot

from graphcli.engine.values.model import UNSET
from graphcli.engine.values.ways import Lead, Target, Way
from graphcli.render.console import Look
from graphcli.render.leads import again_text, lead_lines
from graphcli.render.prose import UNLIMITED, prose
from tests.render.samples import question

TEXT = """\
# Plan
**Stop** the *old* one, run `make all` and see [the log](https://x.org).
> quoted, as a word_with_marks and 2*3*4 are not
1. `first` of a list
```sh
rm **/*.pyc
```"""


def drawn(text: str, look: Look, limit: int = 40) -> str:
    return "\n".join(prose(text, look, limit)[0])


def test_in_colour_marks_are_kept() -> None:
    assert drawn(TEXT, Look(80, color=True)) == snapshot("""\
\x1b[1m# Plan\x1b[0m
\x1b[1m**Stop**\x1b[0m the \x1b[3m*old*\x1b[0m one, run \x1b[36m`make all`\x1b[0m and see [the log](https://x.org).
\x1b[3m> quoted, as a word_with_marks and 2*3*4 are not\x1b[0m
1. \x1b[36m`first`\x1b[0m of a list
\x1b[2m```sh\x1b[0m
\x1b[36mrm **/*.pyc\x1b[0m
\x1b[2m```\x1b[0m\
""")


@pytest.mark.parametrize("width", [80, 40, 20])
def test_without_colour_it_is_the_text(width: int) -> None:
    plain = " ".join(drawn(TEXT, Look(width)).replace("↪ ", "").split())
    assert plain.replace(" ", "") == "".join(TEXT.split())


@pytest.mark.parametrize("width", [80, 40, 20])
def test_colour_moves_nothing(width: int) -> None:
    colored = drawn(TEXT, Look(width, color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == drawn(TEXT, Look(width))


def test_of_a_long_text_begin_and_end_are_there() -> None:
    text = "\n".join(f"line {number}" for number in range(100))
    assert drawn(text, Look(80), 8) == snapshot("""\
line 0
line 1
line 2
line 3
line 4
line 5
… 92 more lines
line 98
line 99\
""")


def test_of_a_long_line_too() -> None:
    text = "begin " + "x" * 10_000 + " rm -rf ~"
    lines, whole = prose(text, Look(40), 8)
    assert (lines[0], lines[-1], whole) == ("begin", "x" * 31 + " rm -rf ~", False)
    assert "more characters" in lines[6]


def test_one_hidden_line_is_a_line() -> None:
    lines, _ = prose("\n".join("abcdefghi"), Look(80), 8)
    assert lines == ["a", "b", "c", "d", "e", "f", "… 1 more line", "h", "i"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8, 40])
@pytest.mark.parametrize("text", ["a\n" * 50, "word " * 400, "x" * 3000, "a\n" * 9 + "y" * 9000])
def test_no_more_than_wanted_and_our_word(text: str, limit: int) -> None:
    lines, whole = prose(text, Look(40), limit)
    assert not whole
    assert len(lines) <= limit + 1
    assert sum("more " in line for line in lines) == 1


def test_what_fits_is_whole() -> None:
    assert prose("a\n" * 40, Look(40), 40) == (["a"] * 40, True)


def test_without_a_limit_nothing_is_left_out_of_a_line_however_long() -> None:
    text = "a\n" + "x" * 50_000 + "\nb"
    lines, whole = prose(text, Look(80), UNLIMITED)
    assert whole
    assert sum(line.count("x") for line in lines) == 50_000
    assert lines[-1] == "b"


WAYS = (
    Lead("decision", "deploy", Way((Target("deploy"),))),
    Lead("decision", "wait a bit", Way(either=(Target("note"), Target("END")))),
    Lead("sure", False, Way((Target("no\x1b[2J", "rejected"),))),
    Lead("", UNSET, Way(either=(Target("deploy"),))),
)


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (
            Look(80),
            snapshot(
                [
                    "decision deploy     → deploy",
                    "decision wait a bit → note or END",
                    "sure no             → no\\x1b[2J (ends: rejected)",
                ]
            ),
        ),
        (
            Look(40),
            snapshot(
                [
                    "decision deploy     → deploy",
                    "decision wait a bit → note or END",
                    "sure no             → no\\x1b[2J (ends:",
                    "  rejected)",
                ]
            ),
        ),
        (
            Look(20),
            snapshot(
                [
                    "decision deploy",
                    "  → deploy",
                    "decision wait a",
                    "  bit → note or END",
                    "sure no",
                    "  → no\\x1b[2J (ends:",
                    "  rejected)",
                ]
            ),
        ),
        (
            Look(80, unicode=False),
            snapshot(
                [
                    "decision deploy     -> deploy",
                    "decision wait a bit -> note or END",
                    "sure no             -> no\\x1b[2J (ends: rejected)",
                ]
            ),
        ),
        (
            Look(40, color=True),
            snapshot(
                [
                    "\x1b[2mdecision deploy     → deploy\x1b[0m",
                    "\x1b[2mdecision wait a bit → note or END\x1b[0m",
                    "\x1b[2msure no             → no\\x1b[2J (ends:\x1b[0m",
                    "  \x1b[2mrejected)\x1b[0m",
                ]
            ),
        ),
    ],
    ids=str,
)
def test_where_each_answer_leads(look: Look, said: list[str]) -> None:
    assert lead_lines(question(leads=WAYS), look) == said


def test_nothing_known_nothing_said() -> None:
    assert lead_lines(question(), Look(80)) == []


def test_how_often() -> None:
    numbers = [2, 3, 4, 11, 12, 13, 21, 102, 111]
    assert [again_text(number).split("(")[1] for number in numbers] == [
        f"{told} time)"
        for told in ("2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th")
    ]

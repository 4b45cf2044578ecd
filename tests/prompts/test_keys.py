"""One table of keys: the line under a prompt, the help and the README agree."""

from pathlib import Path

import pytest

from graphcli.prompts import keys
from graphcli.prompts.keys import TABLE, Key, key_line, key_table
from graphcli.prompts.wrapping import cells, cut, wrapped

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
LIST = [keys.MOVE, keys.PICK, keys.ENTER, keys.BACK, keys.ABOUT, keys.PARK]


def test_the_readme_has_the_table() -> None:
    assert "\n".join(key_table()) in README


def test_every_key_of_a_line_is_in_the_table() -> None:
    named = {key.name for key in vars(keys).values() if isinstance(key, Key)}
    assert named == {key.name for key in TABLE}


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "↑↓ move · Space picks · Enter sends · Shift-Tab back · ? more · p parks"),
        (62, "Space picks · Enter sends · Shift-Tab back · ? more · p parks"),
        (40, "Space picks · Enter sends · ? more"),
        (17, "Enter sends"),
        (9, ""),
    ],
)
def test_where_the_line_is_short_the_least_important_go_first(width: int, line: str) -> None:
    assert key_line(LIST, width) == line


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("one\n\ntwo", 8, ["one", "", "two"]),
        ("antidisestablishment", 8, ["antidise", "stablish", "ment"]),
        ("a antidisestablish b", 8, ["a", "antidise", "stablish", "b"]),
        ('    "key": "a value"', 12, ['    "key":', '    "a', '    value"']),
        ("日本語のテキスト", 8, ["日本語の", "テキスト"]),
        ("", 8, [""]),
    ],
)
def test_text_is_wrapped_in_cells(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines
    assert all(cells(line) <= width for line in lines)


def test_text_is_cut_in_cells_and_made_safe() -> None:
    assert cut("日本語のテキスト", 8) == "日本語…"
    assert cut("a\x1b[31m\nb", 80) == "a\\x1b[31m b"
    assert cut("short", 5) == "short"

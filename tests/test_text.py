"""What may reach a terminal as it is, decided by Unicode and not by our own list."""

from __future__ import annotations

import unicodedata

from graphcli.text import safe_line, safe_text

#: Controls, formats (Cf), line and paragraph separators, surrogates: none of them is a letter.
#: The planes that have characters of other kinds than ideographs and private ones.
CHARS = [*map(chr, [*range(0x20000), *range(0xE0000, 0xE1000)])]
SUSPECT = {"Cc", "Cf", "Cs", "Zl", "Zp"}
#: Marks that count or join in scripts which are written with them: they are seen.
SEEN = {
    *"\n\t",
    *map(chr, [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]),
}
#: Unicode's other default-ignorable characters: letters and marks that nobody sees.
IGNORABLE = {
    *"\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0",
    *map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9)]),
    *map(chr, range(0xE0000, 0xE1000)),
}


def raw() -> set[str]:
    """The characters that `safe_text` lets through."""
    return {char for char in CHARS if safe_text(char) == char}


def test_no_character_that_drives_hides_or_turns_text_is_shown_raw() -> None:
    through = raw()
    suspect = {char for char in through if unicodedata.category(char) in SUSPECT}
    assert suspect == SEEN
    assert not IGNORABLE & through
    assert {*"aé日\u0301 ~\U0001f642א"} <= through


def test_each_is_shown_as_its_own_escape() -> None:
    hidden = [char for char in CHARS if safe_text(char) != char]
    shown = {safe_text(char) for char in hidden}
    assert len(shown) == len(hidden) > 4_000
    assert all(text.isascii() and text.isprintable() for text in shown)


def test_a_line_is_one_line_for_whoever_splits_it() -> None:
    ends = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    assert len(safe_line("a".join(ends)).splitlines()) == 1
    assert len("a".join(ends).splitlines()) == len(ends)  # the control


def test_a_symbol_needs_no_mark_for_its_colour() -> None:
    assert safe_text("\u26a0\ufe0f danger \u2764\ufe0f") == "\u26a0 danger \u2764"
    assert (
        safe_text("1\ufe0f2 a\ufe0f \ufe0f") == "1\\ufe0f2 a\\ufe0f \\ufe0f"
    )  # two texts, two looks


def test_a_class_of_the_users_own_has_no_say_in_what_is_safe() -> None:
    class Sly(str):
        def isascii(self) -> bool:
            return True

        isprintable = isascii

        def __str__(self) -> str:
            return "\x1b[2J"

        __format__ = lambda self, _spec: "\x1b[2J"  # noqa: E731

    assert safe_text(Sly("\x1b")) == "\\x1b"
    assert f"{safe_text(Sly('a'))}" == "a"
    assert "\x1b" in f"{Sly('a')}"  # the control

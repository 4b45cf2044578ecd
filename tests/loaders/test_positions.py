"""YAML → data and places; everything that is refused is refused before it is built."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcli.errors import InvalidGraphError
from graphcli.loaders.yaml.load import check_file
from graphcli.loaders.yaml.positions import MAX_DEPTH, read


def problem(text: str) -> str:
    with pytest.raises(InvalidGraphError) as caught:
        read(text, "g.yaml")
    (line,) = caught.value.problems
    return line


REFUSED = {
    "a: 1\nb: 2\na: 3": "g.yaml:3:1: `a` is given twice; first on line 1",
    "a: {b: 1, b: 2}": "g.yaml:1:11: `b` is given twice",
    "a: &x 1": "g.yaml:1:4: anchors",
    "a: [&x 1, *x]": "g.yaml:1:5: anchors",
    "&k a: 1": "g.yaml:1:1: anchors",
    "a: *x": "g.yaml:1:4: anchors",
    "<<: {a: 1}": "g.yaml:1:1: merge keys",
    "a: !!python/object/apply:os.system [echo]": "g.yaml:1:4: tags",
    "a: !x 1": "g.yaml:1:4: tags",
    "a: !!str 1": "g.yaml:1:4: tags",
    "a: ! 1": "g.yaml:1:4: tags",
    "%TAG ! tag:x,2000:\n---\na: 1": "tags are not used here",
    "a: {{ inputs.x }}": 'g.yaml:1:4: put quotes around it: `"{{ … }}"`',
    "a: {{ x }} and more": "g.yaml:1:4: put quotes",
    "- {{ x }}": "g.yaml:1:3: put quotes",
    "1: x": 'g.yaml:1:1: a key is text; write `"1"`',
    "true: x": "a key is text",
    "null: x": "a key is text",
    "[a]: x": "a key is text, not",
    "? {a: 1}\n: x": "a key is text, not",
    "a: 1\n---\nb: 1": "g.yaml:2:1: a graph file holds one document",
    "": "g.yaml:1:1: the file is empty",
    "# only a comment": "the file is empty",
    "a:\n\t- b": "g.yaml:2:1: YAML is indented with spaces, not tabs",
    "a: 'x": "unexpected end of stream",
    "a: b: c": "g.yaml:1:5: mapping values are not allowed",
    "a: \x07": "g.yaml:1:4: a character that YAML does not allow",
    "[" * (MAX_DEPTH + 1): f"more than {MAX_DEPTH} levels",
    "- " * 10_000 + "x": f"more than {MAX_DEPTH} levels",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=[t[:20] for t in REFUSED])
def test_refused_with_its_place(text: str, message: str) -> None:
    line = problem(text)
    assert message in line
    assert line.startswith("g.yaml:")
    assert line.splitlines()[-1].strip().strip("^") == ""


def test_a_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert "g.yaml:1:5: anchors" in problem("\n".join(lines))


def test_as_deep_as_allowed_is_read() -> None:
    read("[" * MAX_DEPTH + "]" * MAX_DEPTH, "g.yaml")


SCALARS = {
    "yes": "yes", "on": "on", "Off": "Off", "n": "n",
    "true": True, "False": False, "TRUE": True,
    "null": None, "~": None,
    "12": 12, "-3": -3, "+4": 4, "0": 0,
    "1.10": 1.1, ".5": 0.5, "1e3": 1000.0, "-2.5e-1": -0.25,
    "007": "007", "0777": "0777", "0x1f": "0x1f", "1_000": "1_000", "12:30:45": "12:30:45",
    "2026-01-31": "2026-01-31", "12e5678": "12e5678", ".inf": ".inf", ".nan": ".nan",
    "9" * 30: "9" * 30, "'1'": "1", '"true"': "true", "''": "",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    data = read(f"a: {text}", "g.yaml").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_marks_lead_to_the_text() -> None:
    text = "a: é\nb: [1, {c: 'two words'}]\nd: |\n  one\n    {{ x }}\n"
    document = read(text, "g.yaml")
    shown = {path: text[mark.start : mark.stop] for path, mark in document.values.items()}
    assert shown["a",] == "é"
    assert shown["b", 1, "c"] == "'two words'"
    assert document.at(("b", 1, "c"), key=True).start == text.index("c:")
    inside = document.inside(("b", 1, "c"), 4, 9)
    assert text[inside.start : inside.stop] == "words"
    block = document.inside(("d",), 6, 13)
    assert text[block.start : block.stop] == "{{ x }}"


def test_where_characters_moved_the_whole_value_is_marked() -> None:
    text = 'a: "x\\ty"'
    document = read(text, "g.yaml")
    assert document.inside(("a",), 2, 3) == document.at(("a",))


def test_the_shown_line_cannot_drive_a_terminal() -> None:
    line = problem("a: '\u202e\u200b' \u2066 b: 1")
    assert "\u202e" not in line
    assert "\\u202e" in line


def test_a_long_line_is_cut_around_the_place() -> None:
    line = problem("a: '" + "x" * 5000 + "': b")
    assert max(map(len, line.splitlines())) < 250
    assert line.splitlines()[2].endswith("^")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: \xff", "not UTF-8"),
        (b"# " + b"x" * 1024 * 1024, "larger than 1 MiB"),
    ],
)
def test_bytes_that_are_no_graph(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "g.yaml"
    file.write_bytes(content)
    with pytest.raises(InvalidGraphError, match=message):
        check_file(file, "g.yaml")


JSON = st.recursive(
    st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=6) | st.none(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, st.sampled_from([None, 2]))
def test_json_is_yaml(data: Any, indent: int | None) -> None:
    # Beyond the first 65,536 characters JSON escapes in pairs, which YAML does not know.
    text = json.dumps(data, indent=indent).replace("\\ud", "d").replace("\x7f", "")
    assert read(text, "g.yaml").data == json.loads(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%#\n \t,?~1é\x00\ufeff", max_size=40))
def test_any_text_is_a_document_or_a_refusal(text: str) -> None:
    try:
        read(text, "g.yaml")
    except InvalidGraphError as error:
        problems = error.problems
    else:
        problems = ("g.yaml:",)
    assert problems[0].startswith("g.yaml:")

"""YAML bombs are refused before they cost: counted in work, not in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcli.errors import InvalidGraphError
from graphcli.expressions import Expression, ExpressionError, Template
from graphcli.loaders.yaml import findings, positions
from graphcli.loaders.yaml.check import check
from graphcli.loaders.yaml.load import check_file

SIZE = positions.MAX_BYTES
MOST = positions.MAX_VALUES


def bomb(levels: int, start: str, more: str) -> str:
    return "\n".join([start, *(more.format(n=n, m=n - 1) for n in range(1, levels))])


#: What is tried, and what is said of it.
BOMBS = {
    "aliases": (bomb(40, "a0: &a0 [x, x]", "a{n}: &a{n} [*a{m}, *a{m}]"), "anchors"),
    "merge keys": (bomb(40, "a0: &a0 {x: 1}", "a{n}: &a{n} {{<<: *a{m}, y{n}: *a{m}}}"), "anchors"),
    "merge": ("<<: {a: 1}", "merge keys"),
    "flow": ("[" * (SIZE - 1), "more than 64 levels"),
    "flow maps": ("{a: " * (SIZE // 4), "more than 64 levels"),
    "dashes": ("- " * (SIZE // 2), "more than 64 levels"),
    "indents": ("\n".join(" " * n + "a:" for n in range(1_400)), "more than 64 levels"),
    "keys": ("".join(f"k{n}: 1\n" for n in range(90_000)), "more than 4,000 values"),
    "numbers": ("a: [" + "1," * (SIZE // 2 - 9) + "]", "more than 4,000 values"),
    "empty lists": ("a: [" + "[]," * (SIZE // 3 - 9) + "]", "more than 4,000 values"),
    "late alias": ("a:\n" + "- x\n" * 200_000 + "- &a 1", "more than 4,000 values"),
    "documents": ("---\n" * (SIZE // 4), "holds one document"),
    "key": ('"' + "k" * (SIZE - 10) + '": 1', "not allowed"),
    "anchor": ("&" + "a" * (SIZE - 10) + " x", "anchors"),
    "tag": ("!" + "a" * (SIZE - 10) + " x", "tags"),
    "python": ("a: !!python/object/apply:os.system [echo]", "tags"),
    "braces": ("a: " + "{{" * (SIZE // 2 - 9), "put quotes"),
    "nul": ("a: " + "x" * (SIZE - 50) + "\0", "a character that YAML does not allow"),
    "integer": ("version: " + "9" * (SIZE - 20), "must be `1`"),
    "exponent": ("version: 1e999999999", "must be `1`"),
    "hexadecimal": ("version: 0x" + "f" * (SIZE - 20), "must be `1`"),
    "digits": ("version: 1." + "9" * (SIZE - 20), "must be `1`"),
    "tabs": ("\t" * (SIZE - 10), "spaces, not tabs"),
    "size": ("a: " + "x" * SIZE, "larger than 1 MiB"),
    "hidden line": ("version: 1 # harmless\u2028nodes: {a: {run: x}}", "editors do not show"),
    "next line": ("a: 'b\x85c'", "g.yaml:1:6: a line break"),
}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every event of the parser that the reader looked at."""
    events: list[str] = []
    take = positions._Reader.take

    def counted(self: Any, kind: str, event: Any) -> None:
        events.append(kind)
        take(self, kind, event)

    monkeypatch.setattr(positions._Reader, "take", counted)
    return events


def refused(text: str, folder: Path) -> str:
    file = folder / "g.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidGraphError) as caught:
        check_file(file, "g.yaml")
    return "\n".join([caught.value.message, *caught.value.problems])


@pytest.mark.parametrize(("text", "message"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_it_is_built(
    text: str, message: str, tmp_path: Path, taken: list[str]
) -> None:
    said = refused(text, tmp_path)
    assert message in said
    assert len(taken) <= 2 * MOST + 4
    assert len(said) < 2_000


@pytest.mark.parametrize("text", [BOMBS["keys"][0], BOMBS["numbers"][0]], ids=["keys", "numbers"])
def test_without_the_limit_all_of_it_would_be_built(
    text: str, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "MAX_VALUES", 20_000)  # the control
    with pytest.raises(InvalidGraphError):
        positions.read(text, "g.yaml")
    assert len(taken) > 2 * MOST + 4


def test_after_so_many_problems_nobody_looks_for_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = "".join(f"  n{n}: {{fail: x, next: m{n}}}\n" for n in range(1_000))
    text = f"version: 1\nname: x\nnodes:\n{nodes}"
    assert "50 problems or more" in refused(text, tmp_path)
    assert "50 problems or more" in refused(text + "bad: 1\n" * 1 + "worse: 2\n", tmp_path)
    wide = text.replace("fail: x", "fale: x")
    assert refused(wide, tmp_path).count("g.yaml:") == 50
    monkeypatch.setattr("graphcli.loaders.yaml.check.MOST", 10_000)  # the control
    assert refused(text, tmp_path).count("g.yaml:") == 1_000
    assert findings.MOST == 50


def test_utf_16_is_named_and_a_mark_at_the_start_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / "g.yaml"
    file.write_bytes("version: 1".encode("utf-16"))
    with pytest.raises(InvalidGraphError, match="not UTF-8"):
        check_file(file, "g.yaml")
    file.write_bytes(b"\xef\xbb\xbfversion: 1\nname: x\nnodes: {a: {fail: x}}\n")
    check_file(file, "g.yaml")


@pytest.mark.parametrize(
    "text", ["{{ '" + "}" * 5_000, '{{ "' + "}} " * 700, "{{ {" + "'a': {" * 300 + "}}" * 300]
)
def test_the_end_of_an_expression_is_not_looked_for_for_ever(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    parse = Expression.parse

    def counted(source: str, roots: Any) -> Expression:
        tries.append(source)
        return parse(source, roots)

    monkeypatch.setattr(Expression, "parse", counted)
    with pytest.raises(ExpressionError):
        Template.parse(text, ())
    assert 1 < len(tries) <= 20
    monkeypatch.setattr("graphcli.expressions.template._MAX_TRIES", 10_000)  # the control
    with pytest.raises(ExpressionError):
        Template.parse(text, ())
    assert len(tries) > 40


WORDS = """version: 1|name: x|nodes:|inputs:|state:|output:|a:|b:|ask:|run:|set:|fail:|next:|fields:
type:|choices:|when:|validate:|default:|retry:|timeout:|env:|python:|on:|{{ state.x }}|{{|}}|'|"|&a
*a|!!x|<<:|- |? |: |[|]|{|}|,|true|null|1e999|007|yes| |#|END|ms|\t|\ufeff|\u2028"""
PARTS = [*WORDS.replace("\n", "|").split("|"), "|\n", ">\n", "9" * 400]
PARTS += ["\n" + " " * indent for indent in range(0, 8, 2)]


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
@settings(max_examples=150)
def test_any_text_is_a_graph_or_gets_places(text: str) -> None:
    try:
        check(positions.read("version: 1\nname: x\nnodes:" + text, "g.yaml"))
    except InvalidGraphError as error:
        problems = error.problems
    else:
        problems = ("g.yaml:",)
    assert problems
    assert all(problem.startswith("g.yaml:") for problem in problems)

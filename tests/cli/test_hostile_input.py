"""JSON and ids from strangers: one message, the right exit code, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from graphcli import prompts
from tests.cli.inside import Inside, inside
from tests.cli.session import calm
from tests.conftest import Shell

GRAPH = """\
from typing import Any, TypedDict

from graphcli import START, StateGraph, interrupt


class State(TypedDict, total=False):
    x: Any


builder = StateGraph(State)
builder.add_node("n", lambda state: {"x": interrupt("Q", response_schema={"type": "object"})})
builder.add_edge(START, "n")
graph = builder.compile()
"""

#: What stands in `{"x": …}`, and what is said of it.
REFUSED = {
    "[" * 100_000 + "]" * 100_000: "nested too deeply",
    '{"a":' * 100_000: "nested too deeply",
    "[" * 70 + "]" * 70: "more than 64 levels deep",
    "9" * 10_000: "a number has 10,000 digits, more than 4,000",
    "-" + "9" * 4_301: "digits, more than 4,000",
    "1e999": "1e999 is too large",
    "-1" + "0" * 4_000 + ".5": "is too large",
    "NaN": "NaN is not JSON",
    "-Infinity": "-Infinity is not JSON",
    '{"a":1,"a":2}': "a key is written twice",
    '"\\ud800"': "holds bytes that are no text",
    '{"\\udc00":1}': "holds bytes that are no text",
    '"\x01"': "Invalid control character",
    "\ufeff1": "Expecting value",
    "": "Expecting value",
    "1 2": "Expecting ',' delimiter",
    '"\x1b[2J"': "Invalid control character",
}
TAKEN = [
    "9007199254740993",
    "9" * 4_000,
    '"\\ud83d\\ude00"',
    '"\\u0000\\u202e"',
    "[" * 60 + "]" * 60,
]

IDS = [
    "../../etc/passwd", "..", ".", "-x", "--help", "a\nb", "a\n", "a" * 129, "\u0430bc",
    "\u212aelvin", "a\u200b", "", "a b", "a/b", "a\\b", "@latest", "@x", "a;rm", "$(x)", "a\0b",
    "é", "\uff11", "a\u0301", "_a", "~", "%00", "a:b", "a'b", 'a"b', "\U0001f642", "a\ud800",
    "\x1b]0;owned\x07",
]  # fmt: skip


@pytest.fixture
def quick(
    graphcli: Shell, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inside]:
    graphcli.write("j.py", GRAPH)
    yield from inside(graphcli, capfd, monkeypatch)


def test_json_that_is_none_is_refused_wherever_it_is_read(quick: Inside) -> None:
    assert quick("run", "j.py", "--thread", "one").code == 8
    for text, message in REFUSED.items():
        document = f'{{"x": {text}}}'
        for code, *argv in (
            (2, "run", "j.py", "--input", "-"),
            (5, "resume", "one", "--value-file", "-"),
            (2, "resume", "one", "--done", document),
        ):
            if "--done" in argv and ("\ud800" in text or "holds" in message or "64" in message):
                continue  # what it holds is looked at where there is a task to settle
            done = calm(quick(*argv, stdin=document))
            assert (done.code, done.stdout) == (code, ""), (text[:40], argv)
            assert message in done.stderr, (text[:40], argv)
    assert quick("inspect", "one", "-o", "json").json["status"] == "waiting"


def test_unusual_json_arrives_as_it_was(quick: Inside) -> None:
    for number, text in enumerate(TAKEN):
        quick("run", "j.py", "--thread", f"t{number}")
        done = calm(quick("resume", f"t{number}", "--value-file", "-", stdin=f'{{"x": {text}}}'))
        assert done.code == 0
        assert done.json["x"]["x"] == json.loads(text)


def test_without_its_rules_the_parser_would_take_it() -> None:
    # The control: what `json` alone accepts, and what would then be lost or delivered.
    lax = [text for text, said in REFUSED.items() if "twice" in said or "is not JSON" in said]
    assert len(lax) == 3
    for text in lax:
        json.loads(text)
        with pytest.raises(ValueError, match=r"not JSON|twice"):
            prompts.parse_json(text)


def test_ids_that_no_command_line_may_carry_begin_and_find_nothing(quick: Inside) -> None:
    verbs = ("resume", "inspect", "cancel", "delete")
    for number, name in enumerate(IDS):
        done = calm(quick("run", "j.py", f"--thread={name}"))
        assert done.code == 2, name
        assert "cannot be a thread id" in done.stderr
        assert "\x1b" not in done.stderr
        done = calm(quick(verbs[number % 4], "--", name))
        assert (done.code, done.stdout) == (4, ""), name
        assert "there is no thread" in done.stderr
    assert quick("list").stdout == ""
    assert {file.name for file in quick.cwd.iterdir()} <= {"j.py", "data", "__pycache__"}
    # The control: what the grammar allows is taken.
    for name in ("a" * 128, "CON", "a..b", "0"):
        assert quick("run", "j.py", "--thread", name).code == 8, name

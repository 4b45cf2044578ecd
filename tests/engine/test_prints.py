"""What counts as a change of a function, and what does not."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphcli import ToolNode
from graphcli.engine.resuming import prints
from graphcli.engine.resuming.prints import UNKNOWN, FunctionReader, same
from tests.engine.versions import Files

BODY = 'def f(state):\n    tries = 2\n    return {"ok": tries}\n'
NESTED = "def f(state):\n    def inner():\n        return 1\n    return {'ok': inner()}\n"

#: A file that defines `f`, an edit of it.
HARMLESS: dict[str, tuple[str, tuple[str, str]]] = {
    "a comment": (BODY, ("    tries", "    # why\n    tries")),
    "a docstring": (BODY, ("    tries = 2", '    """Ask."""\n    tries = 2')),
    "a docstring inside": (NESTED, ("        return", '        """One."""\n        return')),
    "the layout": (BODY, ('{"ok": tries}', "{\n        'ok':   tries,\n    }")),
    "lines before it": (BODY, ("def f", "import os\n\n\ndef other():\n    pass\n\n\ndef f")),
    "the function's own name": (BODY, ("def f(", "def g(")),
    "a neighbour in the line": ("f, g = lambda s: 1, lambda s: 2", ("s: 2", "s: 3")),
    "what a decorator does": (
        "def d(fn):\n    @functools.wraps(fn)\n    def w(s): return fn(s)\n    return w\n"
        "@d\ndef f(s): return 1\n",
        ("w(s): return fn(s)", "w(s): return dict(fn(s))"),
    ),
}

CHANGED: dict[str, tuple[str, tuple[str, str]]] = {
    "a constant": (BODY, ("tries = 2", "tries = 3")),
    "a name": (BODY, ("state)", "context)")),
    "async": (BODY, ("def f", "async def f")),
    "a function inside": (NESTED, ("return 1", "return 2")),
    "a decorator": (BODY, ("def f", "@functools.cache\ndef f")),
    "a decorator's argument": (
        f"def d(n): return lambda fn: fn\n@d(1)\n{BODY}",
        ("@d(1)", "@d(2)"),
    ),
    "a lambda": ("f = lambda s: 1", ("s: 1", "s: 2")),
    "one lambda of a line": ("f, g = lambda s: 1, lambda s: 2", ("s: 1", "s: 3")),
    "a lambda in a lambda": ("f = (lambda: lambda s: [1])()", ("[1]", "[2]")),
    "a lambda over several lines": ("f = (lambda s:\n  {'a':\n   1})", ("1})", "2})")),
    "a method": (
        "class A:\n    def run(self, s): return 1\nf = A().run",
        ("return 1", "return 2"),
    ),
    "an object that is called": (
        "class A:\n    def __call__(self, s): return 1\nf = A()",
        ("return 1", "return 2"),
    ),
    "the function of a partial": (
        "def g(n, s): return 1\nf = functools.partial(g, 1)",
        ("return 1", "return 2"),
    ),
    "an argument of a partial": (
        "def g(n, s): return n\nf = functools.partial(g, 1)",
        ("(g, 1)", "(g, 2)"),
    ),
    "a named argument of a partial": (
        "def g(s, n): return n\nf = functools.partial(g, n=1)",
        ("n=1", "n=2"),
    ),
    "what a factory was given": (
        "def make(text):\n    def f(s): return text\n    return f\nf = make('a')",
        ("make('a')", "make('b')"),
    ),
    "a function that is decorated without wraps": (
        "def d(fn): return lambda s: fn(s)\n@d\ndef f(s): return 1\n",
        ("return 1", "return 2"),
    ),
    "a tool": (
        'def look(x: int) -> int:\n    """Look."""\n    return 1\nf = ToolNode([look]).run',
        ("return 1", "return 2"),
    ),
}


def printed(files: Files, text: str, *edits: tuple[str, str]) -> str:
    names = files.load(text, *edits)
    return FunctionReader().print(names.get("f") or names["g"])


@pytest.mark.parametrize(("text", "edit"), HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_change(tmp_path: Path, text: str, edit: tuple[str, str]) -> None:
    files = Files(tmp_path)
    before = printed(files, text)
    assert before == printed(files, text, edit)
    assert before != UNKNOWN
    assert ":" not in before  # which would be bytecode


@pytest.mark.parametrize(("text", "edit"), CHANGED.values(), ids=CHANGED)
def test_what_is_a_change(tmp_path: Path, text: str, edit: tuple[str, str]) -> None:
    files = Files(tmp_path)
    before = printed(files, text)
    assert before == printed(files, text)
    assert before != printed(files, text, edit)
    assert UNKNOWN not in before


def in_a_shell(text: str) -> Any:
    """What a REPL or a notebook defines: there is no file to read."""
    names: dict[str, Any] = {}
    exec(compile(text, "<stdin>", "exec"), names)
    return names["f"]


def test_without_source_the_bytecode_tells() -> None:
    read = FunctionReader().print
    one, again = (in_a_shell("def f(s):\n    return s in {1, 'a'}\n") for _ in range(2))
    other = in_a_shell("def f(s):\n    return s in {1, 'b'}\n")
    assert read(one) == read(again) != read(other)
    assert not same(read(one), read(other))
    # Of another Python the bytecode says nothing.
    assert same(read(one), "2.7:" + read(other).partition(":")[2])


def test_a_file_that_is_another_one_by_now_is_not_believed(tmp_path: Path) -> None:
    files = Files(tmp_path)
    function = files.load(BODY)["f"]
    Path(function.__code__.co_filename).write_text("def other():\n    pass\n")
    assert ":" in FunctionReader().print(function)


class Hostile:
    """Raises whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize("thing", [len, math.sqrt, str, dict, print, "text".upper, ToolNode([])])
def test_what_is_written_in_c_has_its_name(thing: Any) -> None:
    assert FunctionReader().print(thing) not in ("", UNKNOWN)


def test_what_cannot_be_looked_at_is_unknown_and_no_change() -> None:
    assert FunctionReader().print(Hostile()) == UNKNOWN
    assert same(UNKNOWN, "0123")
    assert same("0123", UNKNOWN)


def test_a_function_that_knows_itself_ends(tmp_path: Path) -> None:
    text = "def make():\n    def f(s): return f\n    return f\nf = make()\n"
    assert printed(Files(tmp_path), text) == printed(Files(tmp_path), text)


# Controls -----------------------------------------------------------------------------------


def with_positions(kind: str, node: Any, without: frozenset[str]) -> str:
    return f"{kind}{node.lineno}"


CONTROLS: list[tuple[str, Callable[..., Any], dict[str, tuple[str, tuple[str, str]]], str]] = [
    ("_fields", with_positions, HARMLESS, "lines before it"),
    ("_fields", lambda kind, node, without: kind, CHANGED, "a constant"),
    ("_told_root", lambda root: prints._told(root), HARMLESS, "the function's own name"),
    ("_closed_over", lambda function: (), CHANGED, "what a factory was given"),
    ("_lambda_of", lambda code, found: found[-1], HARMLESS, "a neighbour in the line"),
]


@pytest.mark.parametrize(("name", "weak", "cases", "case"), CONTROLS)
def test_a_weaker_reader_is_caught(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    weak: Callable[..., Any],
    cases: dict[str, tuple[str, tuple[str, str]]],
    case: str,
) -> None:
    monkeypatch.setattr(prints, name, weak)
    test = test_what_is_no_change if cases is HARMLESS else test_what_is_a_change
    with pytest.raises(AssertionError):
        test(tmp_path, *cases[case])


def test_a_function_that_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def node(state: int) -> int:
        return state + 1

    read = FunctionReader().print(node)
    monkeypatch.setattr("graphcli.engine.resuming.prints.ast.parse", None)
    assert FunctionReader().print(node) == read != UNKNOWN
    monkeypatch.setattr("graphcli.engine.resuming.prints._CODES", {})  # the control
    assert FunctionReader().print(node) == UNKNOWN

"""Graphs in Python: which one is meant, what is imported, and what is said when it fails."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphcli.errors import GraphLoadError
from graphcli.loaders import load
from tests.loaders.conftest import Run

HEAD = """\
import operator
from typing import Annotated, Any, Literal, NotRequired, Optional, TypedDict
from graphcli import END, START, InMemorySaver, StateGraph

class State(TypedDict):
    text: str
    n: int
    ratio: float
    on: bool
    items: Annotated[list[str], operator.add]
    data: dict[str, Any]
    mode: Literal["a", "b"]
    maybe: Optional[int]
    either: int | str
    extra: NotRequired[int]
    free: Any

builder = StateGraph(State)
builder.add_node("one", lambda state: {"n": state["n"] + 1})
builder.add_edge(START, "one")
"""
ROOT = Path(__file__).parent.parent.parent


def write(folder: Path, body: str, name: str = "mine.py", head: str = HEAD) -> str:
    (folder / name).write_text(head + body, encoding="utf-8")
    return name


def refused(folder: Path, reference: str) -> GraphLoadError:
    with pytest.raises(GraphLoadError) as caught:
        load(reference, cwd=folder)
    assert "Traceback" not in caught.value.message
    return caught.value


LOADED = {
    "graph = builder.compile()": ("", "mine"),
    "graph = builder.compile(name='named')": ("", "named"),
    "app = builder.compile()": ("", "mine"),
    "app = other = builder.compile()": ("", "mine"),
    "a = builder.compile(); graph = builder.compile()": ("", "mine"),
    "": ("", "mine"),
    "def graph():\n    'What it is.\\n\\nMore.'\n    return builder": ("", "mine"),
    "a = builder.compile(name='a'); b = builder.compile()": (":a", "a"),
    "def make():\n    return builder.compile()": (":make", "mine"),
    "def make(config):\n    return builder if config == {} else None": (":make", "mine"),
    "def make(n=3, *args, **kw):\n    return builder": (":make", "mine"),
    "class Make:\n    def __call__(self):\n        return builder\nmake = Make()": (
        ":make",
        "mine",
    ),
}


@pytest.mark.parametrize(("body", "expected"), LOADED.items())
def test_graphs_that_are_found(tmp_path: Path, body: str, expected: tuple[str, str]) -> None:
    attr, name = expected
    graph = load(write(tmp_path, body) + attr, cwd=tmp_path)
    assert (graph.name, graph.graph.name) == (name, name)
    assert graph.graph.node_names == ("one",)
    again = load(graph.reference, cwd=Path("/"))
    assert (again.name, again.reference) == (graph.name, graph.reference)


def test_a_loaded_graph_runs_and_its_output_is_the_output_schema(tmp_path: Path) -> None:
    body = """
class Out(TypedDict):
    n: int

builder = StateGraph(State, output_schema=Out)
builder.add_node("one", lambda state: {"n": state["n"] + 1})
builder.add_edge(START, "one")
"""
    done = Run(load(write(tmp_path, body), cwd=tmp_path), {"n": 1, "text": "x"})
    assert (done.status, done.output) == ("finished", {"n": 2})


def test_inputs_come_from_the_annotations(tmp_path: Path) -> None:
    graph = load(write(tmp_path, ""), cwd=tmp_path)
    assert graph.inputs == {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "n": {"type": "integer"},
            "ratio": {"type": "number"},
            "on": {"type": "boolean"},
            "items": {"type": "array"},
            "data": {"type": "object"},
            "mode": {"enum": ["a", "b"]},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "extra": {"type": "integer"},
            "free": {},
        },
    }
    assert graph.initial({"n": 1}) == {"n": 1}


def test_a_checkpointer_of_its_own_is_noted(tmp_path: Path) -> None:
    (note,) = load(write(tmp_path, "graph = builder.compile(InMemorySaver())"), cwd=tmp_path).notes
    assert "InMemorySaver" in note


REFUSED = {
    "a = builder.compile(name='a'); b = builder.compile()": ("", "has 2 graphs: `a`, `b`"),
    "del builder": ("", "has no graph"),
    "del builder\ndef make(): ...": ("", "has no graph"),
    "graph = 3": (":graph", "is an int, not a graph"),
    "thing = object()": (":thing", "is an object, not a graph"),
    "class Thing: ...": (":Thing", "is a type, not a graph"),
    "app = builder": (":ap", "has no `ap`; did you mean `app`?"),
    "def make(): return 3": (":make", "returned an int, not a graph"),
    "def make(a, b): ...": (":make", "takes 2 arguments (a, b)"),
    "async def make(): return builder": (":make", "is async"),
    "def make():\n    raise KeyError('k')": (":make", "mine.py:22: `mine.py` `make` cannot be"),
    "import no_such_thing_at_all": ("", "mine.py:21: `mine.py` cannot be loaded: ModuleNotFound"),
    "1 / 0": ("", "mine.py:21: `mine.py` cannot be loaded: ZeroDivisionError: division by zero"),
    "import sys; sys.exit(3)": ("", "it ended the program, with `sys.exit(3)`"),
    "from graphcli import interrupt; interrupt(1)": ("", "mine.py:21"),
    "import json\njson.loads('{')": ("", "mine.py:22: `mine.py` cannot be loaded: JSONDecodeError"),
    "builder.add_edge('one', 'tow')": ("", "Found edge ending at unknown node `tow`"),
    "builder.add_node('one', print)": ("", "mine.py:21: `mine.py` cannot be loaded: Node `one`"),
    "raise ValueError('\\x1b[2J')": ("", "\\x1b[2J"),
}


@pytest.mark.parametrize(("body", "expected"), REFUSED.items())
def test_graphs_that_are_not(tmp_path: Path, body: str, expected: tuple[str, str]) -> None:
    attr, message = expected
    error = refused(tmp_path, write(tmp_path, body) + attr)
    assert message in error.message
    assert "\x1b" not in error.message
    assert error.exit_code == 3


def test_a_syntax_error_has_its_line_and_a_caret(tmp_path: Path) -> None:
    error = refused(tmp_path, write(tmp_path, "x = 1\ny = = 2\n", head=""))
    head, line, caret = error.message.splitlines()
    assert head.startswith(f"{(tmp_path / 'mine.py').resolve()}:2:")
    assert line == "    y = = 2"
    assert caret.strip("^ ") == ""


def test_a_syntax_error_in_an_imported_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "broken_helper_module.py").write_text("def f(:\n")
    error = refused(tmp_path, write(tmp_path, "import broken_helper_module"))
    assert "broken_helper_module.py:1:7" in error.message


def test_an_error_in_a_helper_is_placed_in_the_helper(tmp_path: Path) -> None:
    (tmp_path / "raising_helper_module.py").write_text("def f():\n    return [][1]\n")
    body = "import raising_helper_module\nraising_helper_module.f()"
    error = refused(tmp_path, write(tmp_path, body))
    assert "raising_helper_module.py:2: " in error.message


def test_a_langgraph_graph_gets_the_one_line_that_ports_it(tmp_path: Path) -> None:
    body = """
class Pregel: ...
Pregel.__module__ = "langgraph.pregel.main"
class CompiledStateGraph(Pregel): ...
CompiledStateGraph.__module__ = "langgraph.graph.state"
del builder
app = CompiledStateGraph()
"""
    name = write(tmp_path, body)
    assert "import StateGraph from `graphcli`" in refused(tmp_path, name).remedy
    assert "`app` is LangGraph's" in refused(tmp_path, name + ":app").remedy


def test_a_failed_file_is_loaded_anew(tmp_path: Path) -> None:
    refused(tmp_path, write(tmp_path, "1 / 0", head=""))
    write(tmp_path, "")
    assert load("mine.py", cwd=tmp_path).name == "mine"


def test_classes_of_the_file_are_found_by_their_module(tmp_path: Path) -> None:
    body = """
from __future__ import annotations
import dataclasses
from graphcli import START, StateGraph

@dataclasses.dataclass
class State:
    n: int = 0

builder = StateGraph(State)
builder.add_node("one", lambda state: {"n": state.n + 1})
builder.add_edge(START, "one")
"""
    graph = load(write(tmp_path, body, head=""), cwd=tmp_path)
    assert graph.inputs["properties"] == {"n": {"type": "integer"}}


def test_a_module_that_is_missing_is_told_from_one_that_misses(tmp_path: Path) -> None:
    error = refused(tmp_path, "surely_missing_pkg.mod:g")
    assert error.message == "there is no module `surely_missing_pkg`"
    (tmp_path / "misses_another_module.py").write_text("import surely_missing_too\n")
    error = refused(tmp_path, "misses_another_module:g")
    assert "misses_another_module.py:1: " in error.message
    assert "surely_missing_too" in error.message


LOAD = f"""\
import sys
from pathlib import Path
sys.path[0] = {str(ROOT)!r}
from graphcli.loaders import load
graph = load(sys.argv[1], cwd=Path.cwd())
print(graph.name, graph.reference)
print(hasattr(sys.modules["colorsys"], "shadowed"), "bystander" in sys.modules)
"""


def loaded_in_a_process(reference: str, folder: Path) -> tuple[list[str], str]:
    command = [sys.executable, "-c", LOAD, reference]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return ended.stdout.splitlines(), ended.stderr


@pytest.mark.parametrize("reference", ["pkg.mod:builder", "pkg/mod.py", "solo:builder"])
def test_nothing_here_shadows_the_standard_library_or_is_imported_unasked(
    tmp_path: Path, reference: str
) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text("")
    for name in ("pkg/mod.py", "solo.py"):
        (tmp_path / name).write_text(HEAD + "import colorsys\nprint('noise')\n")
    for name in ("colorsys.py", "pkg/colorsys.py"):
        (tmp_path / name).write_text("shadowed = True\n")
    (tmp_path / "bystander.py").write_text("")
    (first, kept), noise = loaded_in_a_process(reference, tmp_path)
    assert (kept, noise) == ("False False", "noise\n")
    assert first.split()[0] == ("solo" if reference.startswith("solo") else "mod")
    # Its reference means the same in another process and another folder.
    assert loaded_in_a_process(first.split(" ", 1)[1], Path("/")) == ([first, kept], noise)


def test_a_name_is_not_taken_by_another_file_of_that_name(tmp_path: Path) -> None:
    graphs: list[Any] = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        body = f"graph = builder.compile(name={folder!r})"
        graphs.append(load(f"{folder}/{write(tmp_path / folder, body)}", cwd=tmp_path))
    assert [graph.name for graph in graphs] == ["a", "b"]

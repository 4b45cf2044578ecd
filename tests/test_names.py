"""What can be imported from graphcli, and what the README tells those who come from LangGraph."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import graphcli
import graphcli.errors
from graphcli import loaders, prompts, storage
from graphcli.storage import open_storage
from tests.test_readme import TEXT, block


def section() -> str:
    """The README's section for those who come from LangGraph."""
    found = re.search(r"^## From LangGraph\n(.*?)^## ", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def imported(lines: str) -> dict[str, set[str]]:
    """Return the names that import lines take, by module."""
    found: dict[str, set[str]] = {}
    for line in ast.parse(lines).body:
        assert isinstance(line, ast.ImportFrom)
        found.setdefault(str(line.module), set()).update(alias.name for alias in line.names)
    return found


def changed(sign: str) -> str:
    """Return the lines that the README's difference takes away or adds."""
    lines = block("diff").splitlines()
    return "\n".join(line[1:] for line in lines if line.startswith(sign))


def test_all_public_names_are_there_once() -> None:
    assert len(set(graphcli.__all__)) == len(graphcli.__all__)
    assert [name for name in graphcli.__all__ if not hasattr(graphcli, name)] == []


def test_the_imports_that_the_readme_changes_are_the_same_names() -> None:
    before, after = imported(changed("-")), imported(changed("+"))
    assert set(after) == {"graphcli", "graphcli.errors"}
    assert before.pop("langgraph.errors") == after["graphcli.errors"]
    assert set.union(*before.values()) == after["graphcli"]
    exec(compile(changed("+"), "README.md", "exec"), {})


def test_the_readmes_threads_outlive_their_process(tmp_path: Path) -> None:
    script = next(b for b in re.findall(r"```python\n(.*?)```", section(), re.DOTALL))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("Deploy?\n{'ok': False}\n", "")
    with open_storage(tmp_path / "threads.db", create=False) as storage:
        saved = storage.load("release-42")
    assert saved is not None
    assert (saved.thread.status, saved.checkpoint.values) == ("finished", {"ok": False})


def test_importing_graphcli_stays_light() -> None:
    heavy = ["asyncio", "sqlite3", "ormsgpack", "pydantic", "typer", "rich", "langgraph", "yaml"]
    script = f"import sys, graphcli; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("package", [graphcli, loaders, prompts, storage], ids=lambda p: p.__name__)
def test_a_name_is_loaded_from_where_the_types_say(package: ModuleType) -> None:
    seen = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    block_ = next(part for part in seen.body if isinstance(part, ast.If))
    typed = imported(ast.unparse(ast.Module(block_.body, [])))
    assert {home: set(names.split()) for home, names in package._HOMES.items()} == typed
    assert {name for names in typed.values() for name in names} <= set(package.__all__)
    # Else the module would take the name's place in the package once it is loaded.
    assert not {f"{package.__name__}.{name}" for names in typed.values() for name in names} & {
        *typed
    }


def test_the_public_names_are_listed() -> None:
    assert dir(graphcli) == sorted(graphcli.__all__)
    assert {n for names in graphcli._HOMES.values() for n in names.split()} == set(graphcli.__all__)


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'graphcli' has no attribute 'StateGrpah'$"):
        graphcli.StateGrpah  # type: ignore[attr-defined]  # noqa: B018

"""What GRAPH may be, and what is said when it is nothing."""

import os
from pathlib import Path

import pytest

from graphcli.errors import GraphLoadError
from graphcli.loaders import available, load
from graphcli.loaders.names import FileTarget, ModuleTarget, resolve

YAML = "version: 1\nnodes: {a: {run: 'true'}}\n"


def test_references(tmp_path: Path) -> None:
    assert resolve("a.yaml", tmp_path) == FileTarget(tmp_path / "a.yaml")
    assert resolve("/x/a.yml", tmp_path) == FileTarget(Path("/x/a.yml"))
    assert resolve("d/a.py", tmp_path) == FileTarget(tmp_path / "d/a.py")
    assert resolve("a.py:make", tmp_path) == FileTarget(tmp_path / "a.py", "make")
    assert resolve("/x/a.py:", tmp_path) == FileTarget(Path("/x/a.py"))
    assert resolve("pkg.mod:g", tmp_path) == ModuleTarget("pkg.mod", "g", tmp_path)
    assert resolve("/x/y/pkg.mod:g", tmp_path) == ModuleTarget("pkg.mod", "g", Path("/x/y"))
    assert resolve("sub/mod:g", tmp_path) == ModuleTarget("mod", "g", tmp_path / "sub")
    assert resolve("/mod:g", tmp_path) == ModuleTarget("mod", "g", Path("/"))


def test_names_are_found_here_first_then_among_the_bundled(tmp_path: Path) -> None:
    graphs = tmp_path / "graphs"
    graphs.mkdir()
    for name in ("both.py", "both.yaml", "one.yml", "_private.py", ".hidden.yaml", "notes.txt"):
        (graphs / name).write_text(YAML)
    (graphs / "folder.yaml").mkdir()
    found = dict(available(tmp_path))
    assert found["both"] == graphs / "both.py"
    assert found["one"] == graphs / "one.yml"
    assert not {"_private", ".hidden", "notes", "folder"} & set(found)
    assert resolve("one", tmp_path) == FileTarget(graphs / "one.yml")
    assert load("one", cwd=tmp_path).name == "one"


@pytest.mark.parametrize(
    ("reference", "message", "remedy"),
    [
        ("releas", "there is no graph `releas`; did you mean `release`?", "known by name: release"),
        ("", "no graph was named", "name a file"),
        ("a\0b", "no graph was named", "name a file"),
        ("notes.txt", "`notes.txt` is not a graph file", ".yaml"),
        ("gon.yaml", "there is no file `gon.yaml`; did you mean `gone.yaml`?", ""),
        ("deep/gone.yaml", "there is no file `deep/gone.yaml`", ""),
        ("folder.yaml", "`folder.yaml` is not a file", ""),
        ("gon.py", "there is no file", ""),
        ("x\x1b[2J", "there is no graph `x\\x1b[2J`", ""),
    ],
)
def test_what_is_not_there(tmp_path: Path, reference: str, message: str, remedy: str) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs/release.yaml").write_text(YAML)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "gone.yaml").write_text(YAML)
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(GraphLoadError) as caught:
        load(reference, cwd=tmp_path)
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 3


def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "g.yaml")
    with pytest.raises(GraphLoadError, match="is not a file"):
        load("g.yaml", cwd=tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    with pytest.raises(GraphLoadError, match="cannot be read"):
        load("loop.yaml", cwd=tmp_path)


@pytest.mark.parametrize("ending", ["", ".py", "/x.py"])
def test_what_cannot_be_looked_at_is_no_bug_of_ours(tmp_path: Path, ending: str) -> None:
    # As a folder that may not be entered, which root always may.
    with pytest.raises(GraphLoadError, match="cannot be read: File name too long"):
        load("a" * 5000 + ending, cwd=tmp_path)

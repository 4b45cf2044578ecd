"""The wheel: what is in it, and that an installed copy finds the examples by name."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Shell

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(
    file.name for file in (ROOT / "graphs").iterdir() if file.suffix in (".py", ".yaml")
)
NAMES = [file.partition(".")[0] for file in EXAMPLES if not file.startswith("_")]


def pip(*argv: str) -> None:
    """Run pip with nothing but what is here: no index, no build environment, no cache."""
    command = [sys.executable, "-m", "pip", *argv, "--quiet", "--no-deps", "--no-index"]
    done = subprocess.run([*command, "--no-cache-dir"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the wheel is built without a build environment")
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", str(ROOT), "--no-build-isolation", "--wheel-dir", str(folder))
    (built,) = folder.glob("graphcli-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    pip("install", str(wheel), "--target", str(folder))
    return folder


def test_it_holds_the_package_the_examples_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    sources = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "graphcli").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {"graphcli/py.typed", "graphcli/loaders/graph.schema.json"} <= sources
    scripts = {f"graphcli/completions/{file.name}" for file in (ROOT / "completions").iterdir()}
    shipped = sources | {f"graphcli/graphs/{name}" for name in EXAMPLES} | scripts
    assert {name for name in held if ".dist-info/" not in name} == shipped


def test_an_installed_copy_is_the_one_that_runs(graphcli: Shell, installed: Path) -> None:
    graphcli.environ["PYTHONPATH"] = str(installed)
    checked = graphcli("check", "approve")
    assert checked.code == 0
    assert f"{installed}/graphcli/graphs/approve.py" in checked.stderr


def test_an_installed_copy_prints_its_own_completion(graphcli: Shell, installed: Path) -> None:
    graphcli.environ["PYTHONPATH"] = str(installed)
    script = installed / "graphcli" / "completions" / "graphcli.bash"
    script.write_text("# mine\n")
    assert graphcli("completion", "bash").stdout == "# mine\n"


@pytest.mark.parametrize("name", NAMES)
def test_an_installed_copy_finds_each_example(graphcli: Shell, installed: Path, name: str) -> None:
    graphcli.environ["PYTHONPATH"] = str(installed)
    assert graphcli("check", name).code == 0


def test_an_installed_copy_runs_an_example(graphcli: Shell, installed: Path) -> None:
    graphcli.environ["PYTHONPATH"] = str(installed)
    done = graphcli("run", "approve", "--answer", "approval=approve")
    assert (done.code, done.json) == (0, {"decision": "approved"}), done.stderr

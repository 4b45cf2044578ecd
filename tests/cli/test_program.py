"""Printed commands work as they stand, from wherever the program was called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graphcli.settings import program_name
from tests.conftest import Shell


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A program in a folder that PATH does not have, as a checkout's `.venv/bin/graphcli`."""
    path = tmp_path / "venv" / "bin" / "graphcli"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!{sys.executable}\nfrom graphcli.__main__ import main\nmain()\n")
    path.chmod(0o755)
    return path


def test_a_program_that_path_does_not_find_names_its_path(graphcli: Shell, script: Path) -> None:
    environ = graphcli.full_environ | {"PATH": "/usr/bin:/bin"}
    parked = subprocess.run(
        ["venv/bin/graphcli", "run", "approve"],
        cwd=graphcli.cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    (line,) = [line for line in parked.stderr.splitlines() if line.endswith(" --value VALUE")]
    assert line.strip().startswith(f"{script} resume approve-")
    answered = subprocess.run(
        line.replace("VALUE", "approve"), shell=True, cwd="/", env=environ, capture_output=True
    )
    assert answered.returncode == 0, answered.stderr


def test_a_program_that_path_finds_is_its_name(script: Path, tmp_path: Path) -> None:
    found = f"{tmp_path}{os.pathsep}{script.parent}"
    assert program_name(str(script), {"PATH": found}) == "graphcli"
    link = tmp_path / "graphcli"
    link.symlink_to(script)
    assert program_name(str(script), {"PATH": found}) == "graphcli"


def test_another_program_of_that_name_on_path_is_not_ours(script: Path, tmp_path: Path) -> None:
    shutil.copy(script, tmp_path / "graphcli")
    assert program_name(str(script), {"PATH": str(tmp_path)}) == str(script)


def test_a_module_that_is_run_is_called_by_name(tmp_path: Path) -> None:
    assert program_name("/somewhere/graphcli/__main__.py", {"PATH": str(tmp_path)}) == "graphcli"

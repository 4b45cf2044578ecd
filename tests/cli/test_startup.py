"""What a command imports is what a person waits for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import Shell

#: Each costs from 4 to 160 ms, and none is needed to list threads.
HEAVY = {
    "asyncio",
    "concurrent.futures",
    "importlib.metadata",
    "jsonschema_rs",
    "logging",
    "platformdirs",
    "prompt_toolkit",
    "pydantic",
    "questionary",
    "rich.console",
    "termaid",
    "yaml",
}
APPLICATION = {"typer", "sqlite3", "graphcli.cli.main"}


def imported(shell: Shell, *argv: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "graphcli", *argv],
        cwd=shell.cwd,
        env=shell.full_environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    "command",
    [
        "list -o json",
        "list",
        "inbox",
        "inbox -o json",
        "inspect one -o json",
        "cancel one",
        "run ask.py",
        "resume one --value approve",
        "resume one",
    ],
)
def test_a_command_imports_nothing_that_it_does_not_use(here: Shell, command: str) -> None:
    here("run", "ask.py", "--thread", "one")
    found = imported(here, *command.split())
    assert found >= {"typer", "sqlite3"}, "the measurement sees imports"
    assert found & HEAVY == set()


def test_the_version_loads_no_application(here: Shell) -> None:
    found = imported(here, "--version")
    assert "importlib.metadata" in found, "the measurement sees imports"
    assert not found & APPLICATION

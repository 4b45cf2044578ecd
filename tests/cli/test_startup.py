"""What a command imports is what a person waits for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import Shell

#: Each costs from 4 to 160 ms, and none is needed to drive a thread off the terminal.
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
    "rich",
    "termaid",
    "yaml",
}
#: What runs graphs and asks people: not needed to look at threads.
RUNNING = {
    "graphcli.cli.ride",
    "graphcli.drive",
    "graphcli.engine.graph",
    "graphcli.engine.run",
    "graphcli.engine.structure",
    "graphcli.loaders",
    "graphcli.prompts",
}
#: A command, and what it must not import besides HEAVY.
COMMANDS = {
    "list -o json": {*RUNNING, "graphcli.engine.events", "graphcli.cli.outcome"},
    "list": {*RUNNING, "graphcli.engine.events", "graphcli.cli.outcome"},
    "inbox": {"graphcli.cli.ride", "graphcli.engine.graph", "graphcli.engine.run"},
    "inbox -o json": {"graphcli.cli.ride", "graphcli.engine.graph", "graphcli.engine.run"},
    "cancel one": {*RUNNING, "graphcli.engine.events", "graphcli.cli.outcome"},
    "inspect one -o json": {"graphcli.cli.ride", "graphcli.drive"},
    "delete one": RUNNING,
    "prune --keep 1": RUNNING,
    "doctor": RUNNING,
    "backup copy.db": RUNNING,
    "run ask.py": {"graphcli.cli.resume", "graphcli.cli.reading"},
    "resume one --value approve": {"graphcli.cli.run", "graphcli.cli.reading"},
    "resume one": {"graphcli.cli.run", "graphcli.cli.reading"},
}
#: More than this is more than half of what Python itself costs.
APPLICATION = {"dataclasses", "enum", "pathlib", "re", "typer", "typing", "graphcli.cli"}


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


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_nothing_that_it_does_not_use(here: Shell, command: str) -> None:
    here("run", "ask.py", "--thread", "one")
    found = imported(here, *command.split())
    assert found >= {"typer", "sqlite3"}, "the measurement sees imports"
    assert found & (HEAVY | COMMANDS[command]) == set()


@pytest.mark.parametrize("argv", ["--version", "__ids", "__graphs"])
def test_what_is_answered_at_once_loads_no_application(here: Shell, argv: str) -> None:
    here("run", "ask.py", "--thread", "one")
    found = imported(here, argv)
    assert "graphcli" in found, "the measurement sees imports"
    assert ("sqlite3" in found) == (argv == "__ids")
    assert found & (HEAVY | APPLICATION) == set()

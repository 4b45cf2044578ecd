"""What a command imports is what a person waits for."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from graphcli.cli.main import run_command
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
    "typer",
    "yaml",
}
#: What values, states and questions are made of. A list of threads shows none of them.
STATES = {
    "decimal",
    "hashlib",
    "random",
    "secrets",
    "graphcli.cli.threads",
    "graphcli.engine.values.checkpointer",
    "graphcli.engine.values.model",
    "graphcli.engine.resuming.question",
    "graphcli.engine.running.standing",
    "graphcli.render.commands",
    "graphcli.storage.codec",
    "graphcli.storage.store",
}
#: What runs graphs and asks people: not needed to look at threads.
RUNNING = {
    "graphcli.cli.ride",
    "graphcli.drive",
    "graphcli.engine.face.graph",
    "graphcli.engine.running.run",
    "graphcli.engine.graph.structure",
    "graphcli.loaders",
    "graphcli.prompts",
}
#: What a graph in Python needs of neither a person, nor YAML, nor whoever calls it as a library.
RARE = {
    *("_hashlib", "difflib", "secrets", "shutil", "subprocess", "tempfile", "traceback", "typer"),
    *("graphcli.cli.drafts", "graphcli.cli.reading", "graphcli.cli.settling"),
    *("graphcli.cli.several", "graphcli.engine.face.asynchronous", "graphcli.engine.face.drawing"),
    *("graphcli.engine.face.streaming", "graphcli.engine.face.subgraph"),
    "graphcli.engine.tools.node",
    *("graphcli.engine.past.travel", "graphcli.engine.past.updating", "graphcli.expressions"),
    *("graphcli.loaders.yaml.load", "graphcli.prompts.asking", "graphcli.prompts.forms"),
    *("graphcli.prompts.ui", "graphcli.prompts.widgets", "graphcli.render.context"),
    *("graphcli.render.live", "graphcli.schema"),
}
#: A command, and what it must not import besides HEAVY.
COMMANDS = {
    "list -o json": {*RUNNING, *STATES, "graphcli.engine.running.events", "graphcli.cli.outcome"},
    "list": {*RUNNING, *STATES, "graphcli.engine.running.events", "graphcli.cli.outcome"},
    "inbox": {"graphcli.cli.ride", "graphcli.engine.face.graph", "graphcli.engine.running.run"},
    "inbox -o json": {
        "graphcli.cli.ride",
        "graphcli.engine.face.graph",
        "graphcli.engine.running.run",
    },
    "cancel one": {*RUNNING, "graphcli.engine.running.events", "graphcli.cli.outcome"},
    "inspect one -o json": {"graphcli.cli.ride", "graphcli.drive"},
    "delete one": RUNNING,
    "prune --keep 1": RUNNING,
    "doctor": RUNNING,
    "backup copy.db": RUNNING,
    "run ask.py": {"graphcli.cli.resume", *RARE},
    "resume one --value approve": {"graphcli.cli.run", *RARE},
    "resume one": {"graphcli.cli.run", *RARE},
}
#: More than this is more than half of what Python itself costs.
APPLICATION = {
    *("dataclasses", "datetime", "enum", "pathlib", "re", "sqlite3", "typer", "typing"),
    "graphcli.cli",
}


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
    assert found >= {"graphcli.cli.main", "sqlite3"}, "the measurement sees imports"
    assert found & (HEAVY | COMMANDS[command]) == set()


def test_a_line_that_is_not_well_formed_is_explained_by_typer(here: Shell) -> None:
    assert "typer" in imported(here, "list", "--limit", "0")


@pytest.mark.parametrize("argv", ["--version", "__ids", "__graphs"])
def test_what_is_answered_at_once_loads_no_application(here: Shell, argv: str) -> None:
    here("run", "ask.py", "--thread", "one")
    found = imported(here, argv)
    assert "graphcli" in found, "the measurement sees imports"
    assert ("_sqlite3" in found) == (argv == "__ids")
    assert found & (HEAVY | APPLICATION) == set()


@pytest.mark.parametrize("argv", ["completion zsh", "completion --help"])
def test_what_the_entry_point_has_stopped_works_again_before_a_command_begins(argv: str) -> None:
    gc.disable()  # as __main__ does, for garbage is not looked for in what is imported
    try:
        assert run_command(argv.split()) == 0
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()

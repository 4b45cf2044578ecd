"""A secret answer is a reference: not in argv, not in the storage, not in what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import calm
from tests.cli.terminal import Terminal, ended
from tests.conftest import Ended, Shell

SECRET = "hunter2-correct-horse"


def stored(shell: Shell) -> bytes:
    return b"".join(path.read_bytes() for path in shell.storage.parent.glob("*") if path.is_file())


def waiting(shell: Shell) -> None:
    done = shell("run", "secret.py", "--thread", "one")
    assert done.code == 8
    assert "--value-file FILE" in done.stderr, "no command asks for a secret in argv"


def test_a_secret_in_argv_is_refused_with_the_other_ways(here: Shell) -> None:
    waiting(here)
    done = calm(here("resume", "one", "--value", SECRET, "-o", "json"))
    assert done.code == 5
    assert "env:NAME" in done.json["error"]["remedy"]
    assert SECRET not in done.stdout + done.stderr
    assert SECRET.encode() not in stored(here)


def by_variable(shell: Shell) -> Ended:
    return shell("resume", "one", "--value", "env:TOKEN", environ={"TOKEN": SECRET})


def by_file(shell: Shell) -> Ended:
    shell.write("token", SECRET + "\n")
    return shell("resume", "one", "--value-file", "token")


def by_reference_to_a_file(shell: Shell) -> Ended:
    path = shell.write("token", SECRET)
    return shell("resume", "one", "--value", f"file:{path}")


WAYS = [by_variable, by_file, by_reference_to_a_file]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_secret_is_stored_and_shown_only_as_a_reference(
    here: Shell, way: Callable[[Shell], Ended]
) -> None:
    waiting(here)
    assert way(here).code == 8, "the node asks its second question, so it has had its secret"
    done = here("resume", "one", "--value", "go", "-o", "jsonl", environ={"TOKEN": SECRET})
    assert done.code == 0
    assert f'"length":{len(SECRET)}' in done.stdout
    shown = here("inspect", "one", "--full").stdout + here("inspect", "one", "-o", "json").stdout
    assert "<secret " in shown
    for place in (shown, done.stdout, done.stderr, stored(here).decode("latin-1")):
        assert SECRET not in place


def test_a_reference_that_leads_nowhere_is_a_failure_that_can_be_mended(here: Shell) -> None:
    waiting(here)
    assert by_variable(here).code == 8
    done = here("resume", "one", "--value", "go")
    assert done.code != 0
    assert "env:TOKEN" in done.stderr
    again = here("resume", "one", environ={"TOKEN": SECRET})
    assert again.code in (0, 8), again.stderr


def test_a_typed_secret_is_not_echoed(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "secret.py", "--thread", "one")
    child.expect("Token?.*not shown")
    child.send(SECRET + "\r")
    child.expect("Go?")
    child.expect("stop")
    child.send("\r")
    text, code = ended(child)
    assert code == 0
    assert f'"length": {len(SECRET)}' in text
    assert SECRET not in text
    assert SECRET.encode() not in stored(here)


def test_a_secret_from_stdin_is_not_stored(here: Shell, tmp_path: Path) -> None:
    waiting(here)
    done = here("resume", "one", "--value-file", "-", stdin=SECRET + "\n")
    assert done.code == 8, done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert SECRET.encode() not in stored(here)

"""main(): every way to end becomes an exit code and at most one message."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer

from graphcli.cli import app, main
from graphcli.errors import GraphcliError, StorageError

ENDINGS: list[tuple[BaseException, int]] = [
    (KeyError("x"), 70),
    (RecursionError(), 70),
    (GraphcliError("no"), 70),
    (StorageError("no"), 7),
    (KeyboardInterrupt(), 130),
    (SystemExit(3), 3),
]


@pytest.mark.parametrize(("error", "code"), ENDINGS, ids=lambda value: repr(value))
def test_an_ending_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    broken = typer.Typer()

    @broken.callback(invoke_without_command=True)
    def fails() -> None:
        raise error

    monkeypatch.setattr(app, "app_for", lambda _argv: broken)
    assert main.run_command(["--"]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_bug_says_where_and_that_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = typer.Typer()

    @broken.callback(invoke_without_command=True)
    def fails(form: str = typer.Option("", "-o")) -> None:
        raise KeyError("\x1b[2J")

    monkeypatch.setattr(app, "app_for", lambda _argv: broken)
    assert main.run_command(["-o", "json"]) == 70
    told = capsys.readouterr()
    assert told.err.startswith("error: this is a bug in graphcli: KeyError: ")
    assert f"{__file__}:" in told.err
    assert "\x1b" not in told.err
    assert '"code":"internal"' in told.out


def test_ctrl_c_before_anything_began_has_no_traceback(tmp_path: os.PathLike[str]) -> None:
    script = (
        "import sys; from graphcli.cli import main\n"
        "def stop(*a, **k): raise KeyboardInterrupt\n"
        "main.load = lambda place: stop\n"
        "sys.exit(main.run_command(['list']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (130, "interrupted (Ctrl-C)\n")

"""Commands that only look, as whole processes beside a Python that does nothing."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.engines import timed
from tests.benchmarks.harness import Case, Goal, Side
from tests.benchmarks.processes import prepare, python, start_of_python

_TYPER = """
import typer
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
@app.command()
def nothing() -> None: ...
app()
"""


def _command(*argv: str) -> Side:
    def measured(folder: Path) -> float:
        prepare(folder)
        python(folder, "-m", "graphcli", "run", "ours.py", "--no-input")
        python(folder, "-m", "graphcli", *argv)
        return timed(lambda: python(folder, "-m", "graphcli", *argv)) * 1e3

    return measured


def _typer(folder: Path) -> float:
    """What Typer alone costs: the part of `list` that is not ours."""
    return timed(lambda: python(folder, "-c", _TYPER)) * 1e3


CASES = [
    Case(
        "list-json", "ms", Goal(of_limit=7), _command("list", "-o", "json"), None, start_of_python
    ),
    Case("typer-alone", "ms", Goal(), _typer, None, start_of_python),
    Case("version", "ms", Goal(of_limit=1.5), _command("--version"), None, start_of_python),
    Case("complete-ids", "ms", Goal(of_limit=1.5), _command("__ids", "o"), None, start_of_python),
]

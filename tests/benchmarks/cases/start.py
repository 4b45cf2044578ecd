"""Commands that only look, as whole processes beside a Python that does nothing."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.harness import Case, Goal, Side
from tests.benchmarks.processes import prepare, python, start, start_of_python

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
        return start(folder, "-m", "graphcli", *argv)

    return measured


def _typer(folder: Path) -> float:
    """What Typer alone costs, which a well-formed command line does without."""
    return start(folder, "-c", _TYPER)


def _case(name: str, what: str, goal: Goal, ours: Side) -> Case:
    return Case(name, what, "ms CPU", goal, ours, limit=start_of_python)


CASES = [
    _case("list-json", "`graphcli list -o json`", Goal(of_limit=7), _command("list", "-o", "json")),
    _case("typer-alone", "a command of Typer's that does nothing", Goal(), _typer),
    _case("version", "`graphcli --version`", Goal(of_limit=1.5), _command("--version")),
    _case("complete-ids", "a thread id at TAB", Goal(of_limit=1.5), _command("__ids", "o")),
]

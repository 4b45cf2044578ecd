"""The commands, put together for Typer: it prints help, and says what is wrong with a line.

What they take is declared here alone, in their signatures. `python -m tests.completions` makes
`table.py` of it, by which `quick.py` understands a well-formed line without this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Final, get_type_hints

import typer

from graphcli.cli import options
from graphcli.cli.once import OnceCommand

#: Where each command is, in the order of the help. A command is loaded when it is needed: the
#: others would double what a person waits for.
COMMANDS: Final = {
    "run": "graphcli.cli.run:run",
    "resume": "graphcli.cli.resume:resume",
    "list": "graphcli.cli.listing:list_",
    "inbox": "graphcli.cli.inbox:inbox",
    "inspect": "graphcli.cli.reading:inspect",
    "cancel": "graphcli.cli.cancelling:cancel",
    "show": "graphcli.cli.graphs:show",
    "check": "graphcli.cli.graphs:check",
    "doctor": "graphcli.cli.upkeep:doctor",
    "backup": "graphcli.cli.upkeep:backup",
    "delete": "graphcli.cli.removing:delete",
    "prune": "graphcli.cli.removing:prune",
    "completion": "graphcli.cli.completion:completion",
}


def make_app(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the application with these commands."""
    app = typer.Typer(
        name="graphcli",
        help="Run graphs that stop to ask a person, in a terminal or from a script.",
        add_completion=False,  # ours is generated: Typer's runs the data it completes in zsh.
        pretty_exceptions_enable=False,  # they print source lines, and with them secrets.
        rich_markup_mode=None,  # plain help starts in a sixth of the time and fits any width.
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(graphcli)
    for name in commands:
        app.command(name, cls=OnceCommand)(_declared(COMMANDS[name]))
    return app


def app_for(argv: Sequence[str]) -> typer.Typer:
    """Return the application with the command that `argv` names, or with all to choose from."""
    return make_app(argv[:1] if argv and argv[0] in COMMANDS else COMMANDS)


def _declared(place: str) -> Callable[..., int]:
    """Return the command at `place`, with its flags in full.

    In its module they are names that only a type checker looks up: what they name imports Typer.
    """
    module, _, name = place.partition(":")
    function: Callable[..., int] = getattr(import_module(module), name)
    known = {"typer": typer, "flag": options}
    function.__annotations__ = get_type_hints(function, localns=known, include_extras=True)
    return function


def graphcli(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    """Run graphs that stop to ask a person, in a terminal or from a script."""
    # `--version` is answered by the entry point, before any of this is imported.

"""The commands, put together."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Final

import typer

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
        module, _, function = COMMANDS[name].partition(":")
        app.command(name, cls=OnceCommand)(getattr(import_module(module), function))
    return app


def app_for(argv: Sequence[str]) -> typer.Typer:
    """Return the application with the command that `argv` names, or with all to choose from."""
    app = make_app(argv[:1] if argv and argv[0] in COMMANDS else COMMANDS)
    _collect_again()
    return app


def _collect_again() -> None:
    """Let the collector work again that the entry point has stopped, on what comes from here on."""
    if not gc.isenabled():
        gc.freeze()  # what was imported is no garbage: not looked at again, at the end neither
        gc.enable()


def graphcli(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    """Run graphs that stop to ask a person, in a terminal or from a script."""
    # `--version` is answered by the entry point, before any of this is imported.

"""The commands, put together."""

from __future__ import annotations

import typer

from graphcli.cli.graphs import check, show
from graphcli.cli.inbox import inbox
from graphcli.cli.reading import cancel, inspect, list_
from graphcli.cli.removing import delete, prune
from graphcli.cli.resume import resume
from graphcli.cli.run import run
from graphcli.cli.upkeep import backup, doctor

app = typer.Typer(
    name="graphcli",
    help="Run graphs that stop to ask a person, in a terminal or from a script.",
    add_completion=False,  # ours is generated: Typer's runs the data it completes in zsh.
    pretty_exceptions_enable=False,  # they print source lines, and with them secrets.
    rich_markup_mode=None,  # plain help starts in a sixth of the time and fits any width.
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def graphcli(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    """Run graphs that stop to ask a person, in a terminal or from a script."""
    # `--version` is answered by the entry point, before any of this is imported.


app.command()(run)
app.command()(resume)
app.command("list")(list_)
app.command()(inbox)
app.command()(inspect)
app.command()(cancel)
app.command()(show)
app.command()(check)
app.command()(doctor)
app.command()(backup)
app.command()(delete)
app.command()(prune)

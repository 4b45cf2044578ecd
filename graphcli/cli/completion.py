"""graphcli completion: the script that completes commands, flags, graphs and threads in a shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from graphcli.cli.streams import Caller

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    import typer

_PACKAGE = Path(__file__).parent.parent
#: Each script, and where the shell looks for it.
_FILES = {
    "bash": ("graphcli.bash", "~/.local/share/bash-completion/completions/graphcli"),
    "zsh": ("_graphcli", '"${fpath[1]}/_graphcli"'),
    "fish": ("graphcli.fish", "~/.config/fish/completions/graphcli.fish"),
}


def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish"],
        typer.Argument(metavar="SHELL", help="bash, zsh or fish."),
    ],
) -> int:
    """Print what completes graphcli in SHELL.

    Write it to where the shell looks for it, then start a new shell:

    bash: ~/.local/share/bash-completion/completions/graphcli

    zsh: _graphcli in a folder of $fpath, as "${fpath[1]}/_graphcli"

    fish: ~/.config/fish/completions/graphcli.fish
    """
    caller = Caller.here()
    name, place = _FILES[shell]
    caller.stdout.write(_script(name).read_text(encoding="utf-8"))
    if caller.stdout.isatty():
        caller.stdout.flush()
        caller.stderr.write(f"to use it: graphcli completion {shell} > {place}\n")
    return 0


def _script(name: str) -> Path:
    # Installed, the scripts lie inside the package; in a checkout, beside it.
    installed = _PACKAGE / "completions" / name
    return installed if installed.exists() else _PACKAGE.parent / "completions" / name

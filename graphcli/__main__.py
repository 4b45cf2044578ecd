"""The entry point: answers `--version` before it loads the application."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process and exit with its status."""
    if sys.argv[1:] == ["--version"]:
        print(f"graphcli {_version()}")  # noqa: T201 - this is the answer.
        return
    # Deferred: Typer costs 45 ms, and `--version` needs none of it.
    from graphcli.cli.main import leave, run_command

    leave(run_command(sys.argv[1:]))


def _version() -> str:
    from importlib.metadata import version

    return version("graphcli")


if __name__ == "__main__":
    main()

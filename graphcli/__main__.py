"""The entry point: answers `--version` and completion before it loads the application."""

from __future__ import annotations

import sys

from graphcli import __version__


def main() -> None:
    """Run the command line of this process and exit with its status."""
    if sys.argv[1:] == ["--version"]:
        print(f"graphcli {__version__}")  # noqa: T201 - this is the answer.
        return
    if sys.argv[1:2] in (["__ids"], ["__graphs"]):
        # Deferred: `--version` does without SQLite, and completion without the rest.
        from graphcli.offers import offer

        offer(*sys.argv[1:])
        return
    # Deferred: Typer costs five times what bare Python does.
    from graphcli.cli.main import leave, run_command

    leave(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()

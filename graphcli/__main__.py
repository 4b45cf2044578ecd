"""The entry point: answers `--version` and completion before it loads the application."""

from __future__ import annotations

import os
import sys

from graphcli import __version__


def main() -> None:
    """Run the command line of this process and exit with its status."""
    if sys.argv[1:] == ["--version"]:
        sys.exit(_told(f"graphcli {__version__}"))
    if sys.argv[1:2] in (["__ids"], ["__graphs"]):
        # Deferred: `--version` does without SQLite, and completion without the rest.
        from graphcli.offers import offer

        offer(*sys.argv[1:])
        return
    # Deferred: Typer costs five times what bare Python does, and the above needs none of it.
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Nothing has begun: Ctrl-C ends it, without the traceback of half an import.
        signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(130))
    from graphcli.cli.main import run_process

    run_process(sys.argv[1:])


def _told(line: str) -> int:
    """Print `line` and return how to exit: 141 where the reader has gone, 74 for a full disk."""
    try:
        print(line, flush=True)  # noqa: T201 - this is the answer.
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python tries again, and complains
        if isinstance(error, BrokenPipeError):
            return 141
        print(f"error: the result cannot be written to stdout: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 74
    return 0


if __name__ == "__main__":
    main()

"""The entry point: answers `--version` and completion before it loads the application."""

from __future__ import annotations

import os
import sys

from graphcli import __version__


def main() -> None:
    """Run the command line of this process and exit with its status."""
    if sys.argv[1:] == ["--version"]:
        _end(_told(f"graphcli {__version__}"))
    if sys.argv[1:2] in (["__ids"], ["__graphs"]):
        # Deferred: `--version` does without SQLite, and completion without the rest.
        from graphcli.offers import offer

        offer(*sys.argv[1:])
        _end(0)
    # Deferred: the application costs several times what bare Python does.
    import gc
    import signal

    # What is imported stays. To look for garbage in it is a tenth of the start; `cli/main.py` has
    # the collector work again before a command begins.
    gc.disable()

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
        if isinstance(error, BrokenPipeError):
            return 141
        print(f"error: the result cannot be written to stdout: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 74
    return 0


#: Ends the process at once: to clean up costs a fifth of Python's start, and nothing is left open.
_end = os._exit


if __name__ == "__main__":
    main()

"""main(): the one try/except. Every way a command can end becomes an exit code here."""

from __future__ import annotations

import errno
import gc
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from graphcli.cli.quick import load, understood
from graphcli.cli.report import Reporter, lost
from graphcli.cli.signals import STOPS, StopError, end_process, stop_of
from graphcli.cli.streams import Caller, open_what_is_closed, swallow_the_rest
from graphcli.deferred import later
from graphcli.errors import GraphcliError, UsageError
from graphcli.render.console import make_console
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.cli import app
else:
    app = later("graphcli.cli.app")  # Typer costs more than all else that `list` does.

#: How long a thread of the graph may go on after the command has ended, in seconds.
_PATIENCE = 2.0
#: What stdout says that takes no more.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
#: What a shell shows for a process that SIGPIPE ended: `git log | head -1` has it as well.
READER_GONE = 141


def run_process(argv: Sequence[str]) -> NoReturn:
    """Run the command line `argv` as this process, signals included, and end with its status."""
    open_what_is_closed()
    try:
        STOPS.listen()
        code = run_command(argv)
        STOPS.over(code)
    except KeyboardInterrupt as error:  # while the end was being told
        code = stop_of(error).exit_code
    leave(code)


def run_command(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing escapes as a traceback."""
    open_what_is_closed()
    try:
        if not argv:
            return _helped()
        code = _loaded(argv)()
        STOPS.raise_if_asked()  # Typer has made it a bare 130.
        return _finished(code)
    except GraphcliError as error:
        return _told(argv, error)
    except KeyboardInterrupt as error:  # before a command could tell it, or while it loads
        return _told(argv, StopError(stop_of(error)))
    except BrokenPipeError:
        return _unread()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # Typer has made it a bare 1.
            return _unread()
        return error.code if isinstance(error.code, int) else 1
    except Exception as error:  # noqa: BLE001 - the boundary: a bug becomes one message, too.
        return _told(argv, _as_ours(error))


def leave(code: int) -> NoReturn:
    """End the process with `code`, within two seconds even if a thread of a graph never ends.

    Python waits for such threads before anything else, and would wait for ever.
    """
    STOPS.over(code)
    _flush_notes()
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    left = [thread.name for thread in others if not thread.daemon]
    if left:
        late = threading.Timer(_PATIENCE, _leave_behind, (code, left))
        late.daemon = True
        late.start()
    sys.exit(code)


def _leave_behind(code: int, left: Sequence[str]) -> None:
    names = ", ".join(f"`{safe_line(name, 60)}`" for name in left[:5])
    with suppress(OSError, ValueError):
        sys.stderr.write(f"left behind: a thread of the graph that goes on: {names}\n")
        sys.stderr.flush()
    end_process(code)


def _loaded(argv: Sequence[str]) -> Callable[[], object]:
    """Return the command with what the line gives it, or Typer with the line."""
    call = understood(argv)
    if call is not None:
        command = partial(load(call.place), **call.given)
    else:
        typed = app.app_for(argv)
        command = partial(typed, list(argv), prog_name="graphcli", standalone_mode=False)
    if not gc.isenabled():  # the entry point has stopped it
        gc.freeze()  # what was imported is no garbage: not looked at again, at the end neither
        gc.enable()
    return command


def _helped() -> int:
    """Print the help on stderr: nothing was asked for, so nothing is the result."""
    with redirect_stdout(sys.stderr):
        _loaded(["--help"])()
    return UsageError.exit_code


def _unread() -> int:
    swallow_the_rest(1, 2)
    return READER_GONE


def _finished(code: object) -> int:
    """The exit code that a command returned; flush while a closed pipe can still be told."""
    if sys.stdout is not None and not sys.stdout.closed:  # a node may have closed it: no failure
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _flush_notes() -> None:
    """Flush stderr: what it does not take was for reading only, and changes no exit code."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        swallow_the_rest(2)


def _told(argv: Sequence[str], error: GraphcliError) -> int:
    """Tell an error in the form that the command line asks for."""
    caller = Caller.here()
    console = make_console(caller.stderr, caller.environ, terminal=caller.stderr.isatty())
    command = next((word for word in argv if not word.startswith("-")), "")
    form = _form(argv)
    terminal = caller.stdout.isatty()
    reporter = Reporter(command, caller.stdout, console, form, False, terminal, False, [])
    try:
        return reporter.failed(error)
    except BrokenPipeError:
        swallow_the_rest(1, 2)
        return error.exit_code


def _form(argv: Sequence[str]) -> str:
    """What `-o` asks for, found without the parser: it may be the parser that complains."""
    for flag, value in zip(argv, [*argv[1:], ""], strict=False):
        name, _, joined = flag.partition("=")
        if name in ("-o", "--output"):
            wanted = joined or value
            return wanted if wanted in ("json", "jsonl") else "human"
    return "human"


def _is_before_the_command(error: Exception) -> bool:
    """Whether a flag that is not known stands where only `--help` and `--version` can."""
    context = getattr(error, "ctx", None)
    unknown = hasattr(error, "option_name") and not getattr(error, "possibilities", ())
    return unknown and context is not None and context.parent is None


def _as_ours(error: Exception) -> GraphcliError:
    """Typer's usage errors as ours, and anything else as a bug."""
    if hasattr(error, "format_message"):  # Typer vendors click: there is no class to import.
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "graphcli"
        remedy = f"see {where} --help"
        if _is_before_the_command(error):
            remedy = f"flags stand after the command, as in: graphcli list --limit 5\n{remedy}"
        return UsageError(error.format_message(), remedy)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:  # the help: all else is translated
        swallow_the_rest(1)
        return lost(error)
    # Deferred: only a bug needs it.
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" at {frame.filename}:{frame.lineno}" for frame in last)
    return GraphcliError(
        f"this is a bug in graphcli: {type(error).__name__}: {error}{place}",
        "what was acknowledged is safe; please report it with the command that you ran",
    )

"""What every command is lent: who calls, where threads are, how it reports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from graphcli import prompts
from graphcli.cli.outcome import Reporter
from graphcli.cli.signals import StopError, stop_of
from graphcli.cli.streams import Caller, results_apart
from graphcli.cli.threads import standing
from graphcli.engine.standing import Standing, standing_of
from graphcli.errors import GraphcliError
from graphcli.render.console import Console, make_console
from graphcli.settings import StorageSetting, program_name, storage_setting
from graphcli.storage import Storage, open_storage


@dataclass(frozen=True, slots=True)
class Work:
    """One command at work: who calls, where threads are, and how it reports."""

    caller: Caller
    setting: StorageSetting
    reporter: Reporter
    console: Console
    person: bool

    def open(self, *, create: bool, lossy: bool = False) -> Storage:
        """Open the storage; without `create` one that does not exist holds nothing."""
        return open_storage(self.setting.location, create=create, lossy=lossy)

    def look(self) -> Storage:
        """Open the storage for a command that only reads."""
        return open_storage(self.setting.location, reading=True)

    @contextmanager
    def telling(self, storage: Storage, thread: str) -> Iterator[None]:
        """Tell an error together with the thread that it leaves behind, and end the command."""
        try:
            yield
        except GraphcliError as error:
            raise SystemExit(self.reporter.failed(error, _as_it_stands(storage, thread))) from None


@contextmanager
def at_work(
    command: str, *, storage: str | None, output: str, quiet: bool, no_input: bool = True
) -> Iterator[Work]:
    """Lend a command what it needs, and tell the error that ends it.

    What user code prints goes to stderr meanwhile.
    """
    caller = Caller.here()
    setting = storage_setting(storage, caller.environ)
    terminal = caller.stdout.isatty()
    person = not no_input and prompts.interactive()
    with results_apart() as out:
        console = make_console(caller.stderr, caller.environ, terminal=caller.stderr.isatty())
        program = program_name(sys.argv[0], caller.environ)
        place = (setting.named, program)
        reporter = Reporter(command, out, console, output, quiet, terminal, person, *place)
        try:
            yield Work(caller, setting, reporter, console, person)
        except GraphcliError as error:
            raise SystemExit(reporter.failed(error)) from None
        except KeyboardInterrupt as error:  # before a thread began; Typer would tell nothing
            raise SystemExit(reporter.failed(StopError(stop_of(error)))) from None


def _as_it_stands(storage: Storage, thread: str) -> Standing | None:
    saved = storage.load(thread)
    if saved is None:
        return None
    return standing_of(replace(saved, thread=standing(storage, saved.thread)), storage)

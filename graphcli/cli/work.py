"""What every command is lent: who calls, where threads are, how it reports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from graphcli.cli.report import Reporter
from graphcli.cli.signals import STOPS, StopError, Stopped, stop_of
from graphcli.cli.streams import Caller, results_apart
from graphcli.errors import GraphcliError
from graphcli.render.console import Console, make_console
from graphcli.settings import StorageSetting, program_name, storage_setting
from graphcli.storage import Storage, open_storage
from graphcli.text import safe_line


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
        return self._opened(create=create, lossy=lossy)

    def look(self) -> Storage:
        """Open the storage for a command that only reads."""
        return self._opened(create=False, reading=True)

    def _opened(self, *, create: bool, reading: bool = False, lossy: bool = False) -> Storage:
        """Open the storage, and say where none was found: perhaps it is another that is meant."""
        opened = open_storage(
            self.setting.location,
            create=create,
            reading=reading,
            lossy=lossy,
            waiting=self._waiting,
        )
        if not opened.there:
            self.reporter.say(f"there is no storage `{opened.path}` yet")
        return opened

    def name_graph(self, storage: Storage, reference: str) -> None:
        """Let the commands for a thread name the graph that the user has just named.

        `resume` takes none from a storage that others may write: they could put theirs there. So
        this one must come from here, never from the storage.
        """
        self.reporter.reference = None if storage.private else reference

    def _waiting(self, line: str) -> None:
        """Say that another process's lock is waited for, also in the middle of a run.

        stdout is stderr here, and what is printed appears above the live view.
        """
        if not self.reporter.quiet:
            sys.stdout.write(f"{safe_line(line)}\n")


@contextmanager
def at_work(
    command: str, *, storage: str | None, output: str, quiet: bool, person: bool = False
) -> Iterator[Work]:
    """Lend a command what it needs, and tell the error that ends it.

    `person` says that somebody can be asked. What user code prints goes to stderr meanwhile.
    """
    caller = Caller.here()
    setting = storage_setting(storage, caller.environ)
    terminal = caller.stdout.isatty()
    with results_apart() as out:
        console = make_console(caller.stderr, caller.environ, terminal=caller.stderr.isatty())
        program = program_name(sys.argv[0], caller.environ)
        place = (setting.named, program)
        reporter = Reporter(command, out, console, output, quiet, terminal, person, *place)
        STOPS.last_words = lambda stopped: _told(reporter, stopped)
        try:
            yield Work(caller, setting, reporter, console, person)
        except GraphcliError as error:
            raise SystemExit(reporter.failed(error)) from None
        except KeyboardInterrupt as error:  # before a thread began; Typer would tell nothing
            raise SystemExit(reporter.failed(StopError(stop_of(error)))) from None


def _told(reporter: Reporter, stopped: Stopped) -> None:
    reporter.failed(StopError(stopped))

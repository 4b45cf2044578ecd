"""What every command is lent: who calls, where threads are, how it reports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import graphcli.storage
from graphcli.cli.report import Reporter
from graphcli.cli.signals import STOPS, StopError, Stopped, stop_of
from graphcli.cli.streams import Caller, results_apart
from graphcli.errors import GraphcliError, NotFoundError
from graphcli.render.console import Console, make_console
from graphcli.settings import StorageSetting, program_name, storage_setting
from graphcli.storage.overview import Overview, open_overview
from graphcli.text import safe_line

_Opened = TypeVar("_Opened", bound=Overview)


class Work(NamedTuple):
    """One command at work: who calls, where threads are, and how it reports."""

    caller: Caller
    setting: StorageSetting
    reporter: Reporter
    console: Console
    person: bool

    def open(self, *, create: bool, lossy: bool = False) -> graphcli.storage.Storage:
        """Open the storage; without `create` one that does not exist holds nothing."""
        return self._opened(create=create, lossy=lossy)

    def look(self) -> graphcli.storage.Storage:
        """Open the storage for a command that only reads."""
        return self._opened(create=False, reading=True)

    def overview(self) -> Overview:
        """Open the list of threads alone: most of what `look` imports is then not needed."""
        return self._there(open_overview(self.setting.location, self._waiting))

    def _opened(
        self, *, create: bool, reading: bool = False, lossy: bool = False
    ) -> graphcli.storage.Storage:
        opened = graphcli.storage.open_storage(
            self.setting.location,
            create=create,
            reading=reading,
            lossy=lossy,
            waiting=self._waiting,
        )
        return self._there(opened)

    def _there(self, opened: _Opened) -> _Opened:
        """Return `opened`, and say where none was found: perhaps it is another that is meant.

        Raises:
            NotFoundError: the command line names one that is not there.
        """
        if opened.there:
            return opened
        if self.setting.source == "flag":
            raise NotFoundError(f"there is no storage `{opened.path}`", "give another --storage")
        self.reporter.say(f"there is no storage `{opened.path}` yet")
        return opened

    def naming(self, storage: graphcli.storage.Storage, reference: str | None) -> Work:
        """Return the work whose printed commands name the graph that the user has just named.

        `resume` takes none from a storage that others may write: they could put theirs there. So
        this one must come from here, never from the storage: without one stands GRAPH, a word
        for whoever copies the command to replace.
        """
        named = None if storage.private else reference or "GRAPH"
        return self._replace(reporter=self.reporter._replace(reference=named))

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
        reporter = Reporter(command, out, console, output, quiet, terminal, person, [], *place)
        STOPS.last_words = lambda stopped: _told(reporter, stopped)
        try:
            yield Work(caller, setting, reporter, console, person)
        except GraphcliError as error:
            raise SystemExit(reporter.failed(error)) from None
        except KeyboardInterrupt as error:  # before a thread began; Typer would tell nothing
            raise SystemExit(reporter.failed(StopError(stop_of(error)))) from None


def _told(reporter: Reporter, stopped: Stopped) -> None:
    reporter.failed(StopError(stopped))

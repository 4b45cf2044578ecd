"""The connection: pragmas, one transaction at a time, SQLite's errors as ours."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from graphcli.errors import (
    StorageDamagedError,
    StorageError,
    StorageGoneError,
    StorageLockedError,
    UnsupportedValueError,
)
from graphcli.storage.folding import LOG_KEPT, OWN_CHECKPOINTS, fold, is_due
from graphcli.storage.identity import Identity
from graphcli.storage.location import full, has_no_room
from graphcli.storage.locks import refuse_without_locks
from graphcli.text import safe_line

#: How long to wait for another process's transaction, in seconds.
PATIENCE: Final = 15.0

#: After so long somebody is told that we wait, in seconds.
NOTICE: Final = 1.0

#: Connections of a parent process. Closing one in a child could drop the parent's log, so they
#: stay open, unused, as long as the child lives.
_INHERITED: list[sqlite3.Connection | None] = []


_T = TypeVar("_T")

#: What an attempt to use the database may raise that is no error of ours.
_FOREIGN: Final = (sqlite3.Error, UnicodeError)


def connect(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    """Open the existing database `path`.

    Transactions are ours alone (no isolation level), and any thread may use the connection.
    """
    # Read and write, never create: the file is made by us, with the right mode, or not at all.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA synchronous = FULL")  # which opens the log, too
        connection.execute(f"PRAGMA journal_size_limit = {LOG_KEPT}")
        if OWN_CHECKPOINTS:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
    except BaseException:
        connection.close()
        raise
    return connection


class Database:
    """One connection, made by `opener`, used by one thread at a time and by one process.

    `begun` is the number of the newest transaction that writes, `last` of the last one that did.
    `waiting` is told, as a line, when another process's lock is waited for. `watched` says that
    the opener opens the log, too, and refuses to go on once a file is no longer what it was.
    """

    def __init__(
        self,
        path: Path,
        patience: float = PATIENCE,
        opener: Callable[[Path, float], sqlite3.Connection] = connect,
        waiting: Callable[[str], object] = lambda _line: None,
        *,
        watched: bool = False,
    ) -> None:
        self.path = path
        self._log = f"{path}-wal"
        self._watched = watched
        self._waiting = waiting
        self._patience = patience
        self._opener = opener
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        self._begin_life()

    def _begin_life(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._synchronous = "FULL"
        self._waits = -1.0
        self._identity: Identity | None = None
        self._commits = 0
        self.begun = self.last = 0

    def write(self, work: Callable[[sqlite3.Connection], object], *, durable: bool) -> None:
        """Do `work` as one transaction that is alone in writing; `durable` fsyncs its end.

        Raises:
            StorageError: the transaction did not happen.
        """
        self._live_on()
        with self._lock:
            try:
                self._transact(self._open(), work, durable=durable)
            except _FOREIGN as error:
                raise self._translated(error) from error

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Run the block on one state of the database, whatever others write meanwhile."""
        with self._lent() as connection:
            roll_back(connection)
            try:
                self._try(_begin_to_read)
                self._refuse_another()
                yield connection
            finally:
                roll_back(connection)

    def close(self) -> None:
        """Fold the log into the file and let go of it. Closing twice is fine."""
        if self._process != os.getpid():
            return
        with self._lock:
            self._closed = True
            if self._connection is None:
                return
            if self._commits and OWN_CHECKPOINTS:
                self._fold_log(self._connection)
            self._connection.close()
            self._connection = None

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection to one thread, outside any transaction, and translate its errors."""
        with self._lent() as connection:
            self._wait_for(connection, self._patience)
            yield connection

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        self._live_on()
        with self._lock:
            try:
                yield self._open()
            except _FOREIGN as error:
                raise self._translated(error) from error

    def look(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Return what `work` finds with one statement, outside any transaction."""
        with self._lent():
            return self._try(work)

    def _transact(
        self,
        connection: sqlite3.Connection,
        work: Callable[[sqlite3.Connection], object],
        *,
        durable: bool,
    ) -> None:
        roll_back(connection)
        self._set_synchronous(connection, "FULL" if durable else "NORMAL")
        self.begun = number = self.begun + 1
        try:
            self._try(_begin)
            if durable:  # what is not is no promise yet, and a look costs as much as it does
                self._refuse_another()
            work(connection)
            connection.execute("COMMIT")
            self.last = number
        except BaseException:
            roll_back(connection)
            raise
        self._commits += 1
        if is_due(self._log, self._commits, durable=durable):
            self._fold_log(connection)

    def _live_on(self) -> None:
        """Begin anew in a child: the connection belongs to the parent."""
        if self._process != os.getpid():
            _INHERITED.append(self._connection)
            self._connection = None
            self._begin_life()

    def _translated(self, error: Exception) -> StorageError | UnsupportedValueError:
        if isinstance(error, UnicodeEncodeError):
            return UnsupportedValueError("an id", "half a character (a lone surrogate)")
        return translate(error, self.path, self._patience)

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise StorageError(f"storage `{self.path}` has been closed", "open it again")
        if self._connection is None:
            self._connection = self._patiently(lambda wait: self._opener(self.path, wait))
            self._waits = -1.0  # of the two waits, nobody knows which it was
            self._identity = Identity(self.path) if self._watched else None
        return self._connection

    def _try(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Return what `work` does, which may be tried again: so all of it waits the same way.

        Another wait for each look, and back for each commit, is 90 us a call.
        """

        def attempt(seconds: float) -> _T:
            connection = self._open()
            self._wait_for(connection, seconds)
            return work(connection)

        return self._patiently(attempt)

    def _patiently(self, attempt: Callable[[float], _T]) -> _T:
        """Return what `attempt` does within so many seconds; say so where it takes more than one.

        Raises:
            StorageError: the lock is held for too long, or the file system keeps none.
        """
        try:
            return attempt(min(NOTICE, self._patience))
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            refuse_without_locks(self.path)
            if self._patience <= NOTICE:
                raise
        self._waiting(f"waiting for another process, which keeps storage `{self.path}` locked")
        return attempt(self._patience - NOTICE)

    def _wait_for(self, connection: sqlite3.Connection, seconds: float) -> None:
        """Let a lock be waited for so long from here on."""
        if self._waits != seconds:
            connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            self._waits = seconds

    def _refuse_another(self) -> None:
        if self._identity is not None:
            self._identity.refuse_another()

    def _set_synchronous(self, connection: sqlite3.Connection, mode: str) -> None:
        if self._synchronous != mode:
            connection.execute(f"PRAGMA synchronous = {mode}")
            self._synchronous = mode

    def _fold_log(self, connection: sqlite3.Connection) -> None:
        # The log at this place may be another file's by now: then the next use tells.
        with suppress(StorageGoneError):
            if fold(connection, self.path, self._refuse_another):
                self._commits = 0


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _begin_to_read(connection: sqlite3.Connection) -> None:
    roll_back(connection)  # what an attempt before this one began
    connection.execute("BEGIN")
    # Only a statement that reads begins in truth: from there on nobody is waited for.
    connection.execute("PRAGMA user_version").fetchone()


def roll_back(connection: sqlite3.Connection) -> None:
    """End the transaction, if there still is one, and keep nothing of it.

    Also before the next one: Ctrl-C on the way out of a block leaves its transaction open, and
    SQLite would refuse another as an error that looks like damage.
    """
    # A full disk or a damaged page may have ended the transaction already.
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def translate(error: Exception, path: Path, patience: float = PATIENCE) -> StorageError:
    """Return what SQLite says as one of our errors, with a remedy."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    if isinstance(error, UnicodeDecodeError):  # it quotes what it found, and that is no text
        code = sqlite3.SQLITE_CORRUPT
    why = safe_line(str(error), 120)
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StorageLockedError(
                f"storage `{path}` has been locked by another process for {patience:g} s",
                "see which process has it open (`fuser` tells), then try again",
            )
        case sqlite3.SQLITE_FULL:
            return full(path)
        case sqlite3.SQLITE_IOERR if has_no_room(path):  # the shared memory beside it cannot grow
            return full(path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_ERROR:
            return StorageDamagedError(
                f"storage `{path}` is damaged: {why}",
                "restore it from a backup, or move it away to begin a new one",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return StorageError(
                f"storage `{path}` cannot be opened for writing: {why}",
                "make the file and its directory writable for this user, or give another --storage",
            )
    return StorageError(
        f"storage `{path}` cannot be used: {why}",
        "see whether its disk is full or fails, or a quota or size limit is reached",
    )

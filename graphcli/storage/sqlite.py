"""The connection: pragmas, one transaction at a time, SQLite's errors as ours."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from graphcli.errors import (
    StorageDamagedError,
    StorageError,
    StorageLockedError,
    UnsupportedValueError,
)
from graphcli.storage.location import full
from graphcli.text import safe_line

#: How long to wait for another process's transaction, in seconds.
PATIENCE: Final = 15.0

#: Before 3.51.3 two connections that checkpoint and write at the same moment can damage the file
#: (sqlite.org/wal.html#walresetbug). There we checkpoint ourselves, and only in the mode that
#: keeps writers out (TRUNCATE).
OWN_CHECKPOINTS: Final = sqlite3.sqlite_version_info < (3, 51, 3)

#: Then the log is folded in when it is larger than this, in bytes, looked at every so many commits.
_LOG_LIMIT: Final = 32 * 2**20
_LOOK_EVERY: Final = 32

#: SQLite grows its shared memory by 32 KiB at a time; with less than that on the disk, it is full.
_LEAST_ROOM: Final = 64 * 2**10

#: Connections of a parent process. Closing one in a child could drop the parent's log, so they
#: stay open, unused, as long as the child lives.
_INHERITED: list[sqlite3.Connection | None] = []


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
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA synchronous = FULL")
    if OWN_CHECKPOINTS:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


class Database:
    """One connection, made by `opener`, used by one thread at a time and by one process."""

    def __init__(
        self,
        path: Path,
        patience: float = PATIENCE,
        opener: Callable[[Path, float], sqlite3.Connection] = connect,
    ) -> None:
        self.path = path
        self._patience = patience
        self._opener = opener
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        self._begin_life()

    def _begin_life(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._synchronous = "FULL"
        self._commits = 0

    @contextmanager
    def write(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction that is alone in writing; `durable` fsyncs its end.

        Raises:
            StorageError: the transaction did not happen.
        """
        with self.use() as connection:
            roll_back(connection)
            self._set_synchronous(connection, "FULL" if durable else "NORMAL")
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                roll_back(connection)
                raise
            self._tend_log(connection)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Run the block on one state of the database, whatever others write meanwhile."""
        with self.use() as connection:
            roll_back(connection)
            try:
                connection.execute("BEGIN")
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
        if self._process != os.getpid():
            _INHERITED.append(self._connection)
            self._connection = None
            self._begin_life()
        with self._lock:
            try:
                yield self._open()
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise translate(error, self.path, self._patience) from error
            except UnicodeEncodeError:
                raise UnsupportedValueError(
                    "an id", "half a character (a lone surrogate)"
                ) from None

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise StorageError(f"storage `{self.path}` has been closed", "open it again")
        if self._connection is None:
            self._connection = self._opener(self.path, self._patience)
        return self._connection

    def _set_synchronous(self, connection: sqlite3.Connection, mode: str) -> None:
        if self._synchronous != mode:
            connection.execute(f"PRAGMA synchronous = {mode}")
            self._synchronous = mode

    def _tend_log(self, connection: sqlite3.Connection) -> None:
        self._commits += 1
        if OWN_CHECKPOINTS and self._commits % _LOOK_EVERY == 0:
            with suppress(OSError):
                if os.stat(f"{self.path}-wal").st_size > _LOG_LIMIT:  # noqa: PTH116 - hot
                    self._fold_log(connection)

    def _fold_log(self, connection: sqlite3.Connection) -> None:
        # Without waiting: who reads or writes now will fold it in later.
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with suppress(sqlite3.Error):
            connection.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")


def _no_room(path: Path) -> bool:
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST_ROOM


def roll_back(connection: sqlite3.Connection) -> None:
    """End the transaction, if there still is one, and keep nothing of it.

    Also before the next one: Ctrl-C on the way out of a block leaves its transaction open, and
    SQLite would refuse another as an error that looks like damage.
    """
    # A full disk or a damaged page may have ended the transaction already.
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def translate(
    error: sqlite3.Error | UnicodeDecodeError, path: Path, patience: float = PATIENCE
) -> StorageError:
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
        case sqlite3.SQLITE_IOERR if _no_room(path):  # the shared memory beside it cannot grow
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
        "see whether its disk fails, or a quota or size limit is reached",
    )

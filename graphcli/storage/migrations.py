"""The layout of a storage, version by version: forward only, each in one transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from graphcli.errors import StorageLockedError, StorageVersionError
from graphcli.storage import m001_threads, m002_drafts, m003_progress
from graphcli.storage.claims import Claims
from graphcli.storage.location import APPLICATION_ID, make_file, os_error
from graphcli.storage.sqlite import connect, roll_back, translate


def _no_rows(_connection: sqlite3.Connection) -> None:
    """Bring nothing over."""


class Migration(NamedTuple):
    """One version of the layout: its name and the statements that lead to it.

    `bring_over` then writes rows in their new form, and drops what they were in.
    """

    name: str
    statements: tuple[str, ...]
    bring_over: Callable[[sqlite3.Connection], None] = _no_rows


#: The n-th of them leads to version n. A released one never changes.
MIGRATIONS: Final = (
    Migration("m001_threads", m001_threads.STATEMENTS),
    Migration("m002_drafts", m002_drafts.STATEMENTS),
    Migration("m003_progress", m003_progress.STATEMENTS, m003_progress.bring_over),
)


def make_storage(path: Path, claims: Claims, now: Callable[[], str]) -> None:
    """Make an empty storage at `path`, unless somebody else has just made it.

    It is built beside its place and then renamed: whoever finds a file there finds a whole one.

    Raises:
        StorageError: it cannot be made.
    """
    draft = path.with_name(f".{path.name}.new")
    with claims.gate():
        if os.path.lexists(path):
            return
        try:
            sweep(draft)
            make_file(draft)
            _build(draft, now)
            draft.rename(path)
            fsync(path)
            fsync(path.parent)
        except sqlite3.Error as error:
            raise translate(error, path) from error
        except OSError as error:
            raise os_error(path, error) from None
        finally:
            with suppress(OSError):  # the next creation sweeps again
                sweep(draft)


def _build(draft: Path, now: Callable[[], str]) -> None:
    with closing(connect(draft)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "CREATE TABLE migrations (version INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)"
        )
        advance(connection, now)
        connection.execute("INSERT INTO storage VALUES (?, ?)", (os.urandom(16).hex(), now()))
        # Last, so that nothing of the new storage is in a log: closing folds it in, and where the
        # disk fails says nothing.
        connection.execute("PRAGMA journal_mode = WAL")


def bring_up(
    connection: sqlite3.Connection,
    path: Path,
    claims: Claims,
    now: Callable[[], str],
    migrations: Sequence[Migration] = MIGRATIONS,
) -> None:
    """Bring an existing storage to the newest layout.

    Raises:
        StorageVersionError: it is newer than this program.
        StorageLockedError: it is older, and a run holds one of its threads.
    """
    if is_newest(connection, path, migrations):
        return
    with claims.gate():
        if (holder := claims.any_held()) is not None:
            raise StorageLockedError(
                f"storage `{path}` needs a newer layout, but {holder} runs one of its threads",
                "wait until that run has ended, then try again",
            )
        advance(connection, now, migrations)


def is_newest(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> bool:
    """Return whether the storage has the newest layout, False where an older one.

    Raises:
        StorageVersionError: it is newer than this program.
    """
    version = version_of(connection)
    if version > len(migrations):
        raise StorageVersionError(
            f"storage `{path}` has layout {version}; this graphcli knows up to {len(migrations)}",
            "use the graphcli that wrote it, or a newer one",
        )
    return version == len(migrations)


def advance(
    connection: sqlite3.Connection,
    now: Callable[[], str],
    migrations: Sequence[Migration] = MIGRATIONS,
) -> None:
    """Apply what is missing of `migrations`, each in one transaction with its record."""
    for version, migration in enumerate(migrations, 1):
        try:
            connection.execute("BEGIN IMMEDIATE")
            if version_of(connection) < version:
                _apply(connection, version, migration, now())
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the layout; 0 before the first."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _apply(connection: sqlite3.Connection, version: int, migration: Migration, at: str) -> None:
    for statement in migration.statements:
        connection.execute(statement)
    migration.bring_over(connection)
    connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (version, migration.name, at))
    connection.execute(f"PRAGMA user_version = {version}")


def sweep(draft: Path) -> None:
    """Remove what a creation left behind that was killed, or failed."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def fsync(path: Path) -> None:
    """Wait until a file, or the names in a directory, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

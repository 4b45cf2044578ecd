"""Connections that only look: nothing of the file changes, not even its layout."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from graphcli.engine.values.clock import utc_now
from graphcli.errors import StorageError
from graphcli.storage.location import is_writable
from graphcli.storage.migrations import MIGRATIONS, Migration, advance, is_newest
from graphcli.storage.sqlite import connect


def connect_to_read(
    path: Path, patience: float, migrations: Sequence[Migration] = MIGRATIONS
) -> sqlite3.Connection:
    """Open the database `path` for reading.

    An older layout is read through a copy in memory, so that looking at a storage never keeps
    the program that wrote it from using it.

    Raises:
        StorageError: it is newer than this program, or a log stands in the way.
    """
    connection = connect(path, patience) if is_writable(path) else connect_to_look(path, patience)
    return _newest(connection, path, migrations)


def connect_to_look_through(path: Path, patience: float) -> sqlite3.Connection:
    """Open the database `path` as `connect_to_look` does, and as if it had the newest layout."""
    return _newest(connect_to_look(path, patience), path, MIGRATIONS)


def connect_to_look(path: Path, patience: float) -> sqlite3.Connection:
    """Open the database `path` without writing anything, also where nothing can be written.

    Raises:
        StorageError: its log can only be read where its index can be written.
    """
    log = path.with_name(f"{path.name}-wal")
    logged = log.exists() and log.stat().st_size > 0
    index = path.with_name(f"{path.name}-shm")
    if logged and not index.exists() and not is_writable(path):
        raise StorageError(
            f"storage `{path}` cannot be read here: the log beside it needs a writable directory",
            f"copy `{path.name}` and `{log.name}` together to one, and give that --storage",
        )
    # Without a log nobody writes; said so, SQLite wants no index beside the file.
    how = "mode=ro" if logged else "mode=ro&immutable=1"
    connection = sqlite3.connect(
        f"{path.as_uri()}?{how}",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _newest(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]
) -> sqlite3.Connection:
    """Return the connection, or one to a copy in memory if the layout is an older one."""
    if is_newest(connection, path, migrations):
        connection.execute("PRAGMA query_only = ON")
        return connection
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    with closing(connection):
        connection.backup(copy)
    advance(copy, utc_now, migrations)
    copy.execute("PRAGMA query_only = ON")
    return copy

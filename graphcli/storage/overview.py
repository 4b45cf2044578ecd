"""The threads of a storage without their states: what a list needs, and nothing that it does not.

Half of what there is to import belongs to states, questions and answers. A command that lists
threads does without.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.status import Status, ThreadLine
from graphcli.storage.claims import Claims
from graphcli.storage.location import is_there, locate, refuse_foreign
from graphcli.storage.looking import connect_to_read
from graphcli.storage.lostlog import refuse_lost_log
from graphcli.storage.seals import check_thread
from graphcli.storage.sqlite import PATIENCE, Database


def open_overview(
    location: str | Path, waiting: Callable[[str], object] = lambda _line: None
) -> Overview:
    """Open the storage at `location` to list its threads, as `open_storage` does for reading.

    Raises:
        UsageError: `location` is no place for a file.
        StorageError: it cannot be opened; its subclasses say why.
    """
    path = locate(location)
    database = database_at(path, PATIENCE, connect_to_read, waiting)
    overview = Overview(path, database, claims_of(path, utc_now))
    overview.look()
    overview.refuse_lost_log()
    return overview


def claims_of(path: Path, now: Callable[[], str]) -> Claims:
    """Return the claims on the threads of the storage `path`."""
    return Claims(path.with_name(f"{path.name}.claims"), now)


def database_at(
    path: Path,
    patience: float,
    opener: Callable[[Path, float], sqlite3.Connection],
    waiting: Callable[[str], object],
    *,
    watched: bool = False,
) -> Database | None:
    """Return the database `path`, not opened yet; None if there is nothing.

    Raises:
        StorageError: what is there is not ours, or nobody can tell.
    """
    if not is_there(path):
        return None
    refuse_foreign(path)
    return Database(path, patience, opener, waiting, watched=watched)


class Overview:
    """The list of threads in one file. Closed by `close` or the end of its block."""

    def __init__(self, path: Path, database: Database | None, claims: Claims) -> None:
        self.path = path
        self._database = database
        self._claims = claims

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def there(self) -> bool:
        """Whether there is a storage at all: over nothing it has no threads."""
        return self._database is not None

    def close(self) -> None:
        """Let go of the file. Closing twice is fine."""
        if self._database is not None:
            self._database.close()

    def look(self) -> None:
        """Open the file for reading alone, whatever its layout.

        Raises:
            StorageError: it is newer, or cannot be read.
        """
        if self._database is not None:
            with self._database.use():
                pass

    def refuse_lost_log(self) -> None:
        """Raise StorageDamagedError if the storage is behind what a run was told was safe."""
        if self._database is not None:
            with self._database.use() as connection:
                refuse_lost_log(connection, self.path, self._claims)

    def holder(self, thread: str) -> str | None:
        """Return who holds the claim on `thread`: `process 12 on host since TIME`, or None."""
        return self._claims.holder(thread)

    def lines(
        self, *, status: Status | None = None, graph: str | None = None, limit: int = 20
    ) -> list[ThreadLine]:
        """Return threads, the last changed first; see `Storage.threads`.

        Raises:
            StorageDamagedError: a row is not as it was written.
        """
        if self._database is None:
            return []
        with self._database.read() as connection:
            rows = connection.execute(*list_query(status, graph, limit, None)).fetchall()
        return [read_line(row) for row in rows]


def read_line(row: tuple[Any, ...]) -> ThreadLine:
    """Return a row of `threads`, its crc included, as a list has it.

    Raises:
        StorageDamagedError: the row is not as it was written.
    """
    check_thread(row)
    return ThreadLine(row[1], row[3], Status(row[4]), row[5], row[6], row[7], row[8])


def list_query(
    status: Status | None,
    graph: str | None,
    limit: int,
    before: int | None,
    after: int | None = None,
) -> tuple[str, list[Any]]:
    """Return the listing's SQL and its values: each combination has an index in its order."""
    terms: list[tuple[str, Any]] = []
    if graph is not None:
        terms.append(("graph = ?", graph))
    if status is not None:
        terms.append(("status = ?", status.value))
    if before is not None:
        terms.append(("seq < ?", before))
    if after is not None:
        terms.append(("seq > ?", after))
    order = "DESC" if after is None else "ASC"
    where = f" WHERE {' AND '.join(term for term, _ in terms)}" if terms else ""
    sql = f"SELECT * FROM threads{where} ORDER BY seq {order} LIMIT ?"  # noqa: S608 - constants only
    return sql, [*(value for _, value in terms), limit]

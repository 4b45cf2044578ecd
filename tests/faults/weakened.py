"""Programs that break a promise, so that the sweep can show that it notices."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.storage import Storage, claims, location, migrations
from graphcli.storage.sqlite import Database

_commit = Storage.commit

#: Never undone: it is a process that is about to die.
_PATCH = pytest.MonkeyPatch()


def nothing() -> None:
    """The program as it is."""


def acknowledge_first() -> None:
    """Say that a commit happened, and make it true together with the next one."""
    held: list[Commit] = []

    def commit(self: Storage, given: Commit) -> None:
        while held:
            _commit(self, held.pop(0))
        if given.checkpoints and given.new is None:
            held.append(given)
        else:
            _commit(self, given)

    _put(commit)


def run_before_the_answer_is_kept() -> None:
    """Let a node run on an answer that is not on the disk yet."""
    held: list[Commit] = []

    def commit(self: Storage, given: Commit) -> None:
        while held:
            _commit(self, held.pop(0))
        if given.answers:
            held.append(given)
        else:
            _commit(self, given)

    _put(commit)


def forget_what_was_started() -> None:
    """Note nowhere that a task holds a worker, so that a crash looks as if it never did."""
    _put(lambda self, given: _commit(self, replace(given, started=())))


def end_before_the_end() -> None:
    """Call a thread finished in one transaction, and keep its last checkpoint in the next."""

    def commit(self: Storage, given: Commit) -> None:
        if given.status is Status.FINISHED and given.checkpoints:
            _commit(self, replace(given, checkpoints=(), results=()))
        _commit(self, given)

    _put(commit)


def start_after_the_start() -> None:
    """Keep that a task has begun in another transaction than what planned it, and later."""
    later: list[tuple[Storage, Commit]] = []

    def commit(self: Storage, given: Commit) -> None:
        while later:
            _commit(*later.pop(0))
        _commit(self, replace(given, started=()))
        if given.started:
            head = given.checkpoints[-1].seq if given.checkpoints else given.at
            begun = Commit(given.thread, head, ns=given.ns, started=given.started)
            later.append((self, begun))

    _put(commit)


def start_everybody() -> None:
    """Note of all tasks of a superstep that they hold a worker."""

    def commit(self: Storage, given: Commit) -> None:
        everybody = [task.id for made in given.checkpoints[-1:] for task in made.tasks]
        _commit(self, replace(given, started=tuple(everybody) or given.started))

    _put(commit)


def start_before_the_record() -> None:
    """Let tasks take the workers that others have freed before it is on record that they do."""
    held: list[Commit] = []

    def commit(self: Storage, given: Commit) -> None:
        if given.results and not given.checkpoints:
            held.append(given)
            return
        while held:
            _commit(self, held.pop(0))
        _commit(self, given)

    _put(commit)


def delete_row_by_row() -> None:
    """Delete a thread without a transaction."""

    def write(
        self: Database, work: Callable[[sqlite3.Connection], object], *, durable: bool
    ) -> None:
        with self.use() as connection:
            work(connection)

    _PATCH.setattr(Database, "write", write)


def create_in_place() -> None:
    """Make a new storage under its own name at once."""

    def make(path: Any, held: claims.Claims, now: Callable[[], str]) -> None:
        with held.gate():
            if not path.exists():
                location.make_file(path)
                migrations._build(path, now)

    _PATCH.setattr("graphcli.storage.store.make_storage", make)


def migrate_statement_by_statement() -> None:
    """Change the layout without a transaction."""

    def advance(connection: Any, now: Any, more: Any = migrations.MIGRATIONS) -> None:
        for version, migration in enumerate(more, 1):
            if migrations.version_of(connection) < version:
                migrations._apply(connection, version, migration, now())

    _PATCH.setattr(migrations, "advance", advance)


def copy_in_place() -> None:
    """Write a backup under its own name, page by page, as `cp` does."""

    def copy(source: sqlite3.Connection, path: Any, target: Any) -> None:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with path.open("rb") as whole, target.open("wb", buffering=0) as written:
            while page := whole.read(4096):
                written.write(page)

    _PATCH.setattr("graphcli.storage.backup._draft", nullcontext)
    _PATCH.setattr("graphcli.storage.backup._copy", copy)
    _PATCH.setattr("graphcli.storage.backup._publish", lambda _draft, _target: None)


def never_fsync() -> None:
    """Leave it to the system when a commit reaches the disk."""

    def loosely(self: Database, connection: sqlite3.Connection, mode: str) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    _PATCH.setattr(Database, "_set_synchronous", loosely)


def _put(commit: Callable[[Storage, Commit], None]) -> None:
    _PATCH.setattr(Storage, "commit", commit)


WEAKENED = {
    weaken.__name__: weaken
    for weaken in (
        nothing,
        acknowledge_first,
        run_before_the_answer_is_kept,
        forget_what_was_started,
        end_before_the_end,
        start_after_the_start,
        start_everybody,
        start_before_the_record,
        delete_row_by_row,
        create_in_place,
        migrate_statement_by_statement,
        copy_in_place,
        never_fsync,
    )
}

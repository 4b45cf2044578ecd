"""The storage: the engine's Checkpointer on one SQLite file, with what a command line needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.checkpointer import Commit, Saved, ThreadInfo
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import Asked, Status
from graphcli.errors import ConflictError, NotFoundError, StorageError
from graphcli.storage.backup import back_up
from graphcli.storage.claims import Claims
from graphcli.storage.codec import Codec
from graphcli.storage.drafts import keep_draft, read_draft
from graphcli.storage.known import Known, Stamp
from graphcli.storage.location import (
    is_private,
    is_there,
    locate,
    make_directory,
)
from graphcli.storage.looking import connect_to_read
from graphcli.storage.lostlog import lost
from graphcli.storage.migrations import bring_up, is_newest, make_storage
from graphcli.storage.overview import Overview, claims_of, database_at
from graphcli.storage.questions import asked_at_head, closed_questions, open_questions
from graphcli.storage.read import (
    JournalEntry,
    find_seq,
    find_thread,
    list_threads,
    match_ids,
    read_journal,
    read_saved,
    refuse_hidden,
)
from graphcli.storage.removal import delete_rows, give_back
from graphcli.storage.sqlite import PATIENCE, Database, connect
from graphcli.storage.values import Remembered
from graphcli.storage.write import CommitWriter


def open_storage(
    location: str | Path,
    *,
    create: bool = True,
    reading: bool = False,
    lossy: bool = False,
    classes: Iterable[type] = (),
    now: Callable[[], str] = utc_now,
    patience: float = PATIENCE,
    waiting: Callable[[str], object] = lambda _line: None,
) -> Storage:
    """Open the storage at `location`: a file, a directory, or `sqlite:///FILE`.

    With `create` a missing one is made, for this user only. Without, it is opened over nothing:
    it has no threads, takes no commit, and leaves no trace on the disk. `reading` creates nothing,
    changes nothing, not even an older layout, and works in a directory that cannot be written.
    `lossy` opens one that has lost its log, too. `classes` are those that a graph declares. `now`
    tells the time as ISO 8601; `patience` is how long another process's transaction is waited
    for, in seconds, and `waiting` is given a line to show when that takes more than one.

    Raises:
        UsageError: `location` is no place for a file.
        StorageError: it cannot be made or opened; its subclasses say why.
    """
    path = locate(location)
    claims = claims_of(path, now)
    if create and not reading and not is_there(path):
        make_directory(path.parent)
        make_storage(path, claims, now)
    opener = connect_to_read if reading else connect
    database = database_at(path, patience, opener, waiting, watched=not reading)
    storage = Storage(path, database, claims, classes, now)
    storage.look() if reading else storage.bring_up()
    if not lossy:
        storage.refuse_lost_log()
    return storage


class Storage(Overview):
    """Threads in one file. Made by `open_storage`; closed by `close` or the end of its block.

    Any thread of a process may call it; a forked child gets its own connection.
    """

    def __init__(
        self,
        path: Path,
        database: Database | None,
        claims: Claims,
        classes: Iterable[type] = (),
        now: Callable[[], str] = utc_now,
    ) -> None:
        super().__init__(path, database, claims)
        self._codec = Codec(classes)
        self._now = now
        self._known = Known()
        self._remembered = Remembered()

    def bring_up(self) -> None:
        """Bring the file to the newest layout.

        Raises:
            StorageError: it is newer, or older while a run holds one of its threads.
        """
        if self._database is not None:
            with self._database.use() as connection:
                bring_up(connection, self.path, self._claims, self._now)

    def lost(self) -> list[str]:
        """Return the threads whose last checkpoints were lost with the log."""
        if self._database is None:
            return []
        with self._database.use() as connection:
            return [claim.thread for claim in lost(connection, self._claims)]

    def register(self, classes: Iterable[type]) -> None:
        """Declare classes whose objects may be stored: dataclasses, enums, pydantic models."""
        if self._codec.register(classes):
            self._remembered.forget()

    @property
    def id(self) -> str:
        """The storage's own random id; empty for one over nothing."""
        if self._database is None:
            return ""
        with self._database.read() as connection:
            return str(connection.execute("SELECT id FROM storage").fetchone()[0])

    @property
    def private(self) -> bool:
        """Whether nobody but this user can write the storage or put another in its place."""
        return is_private(self.path)

    # What the engine needs ----------------------------------------------------------------

    def claim(self, thread: str) -> AbstractContextManager[None]:
        """Hold `thread` for one run; the claim dies with its process.

        Raises:
            ThreadHeldError: another run holds it, in this process or another.
            StorageVersionError: a newer program has changed the layout since this one opened it.
        """
        return nullcontext() if self._database is None else self._hold(thread, self._database)

    def commit(self, commit: Commit) -> None:
        """Make `commit` true in one transaction, or raise and change nothing.

        Raises:
            ConflictError: an answer came too late, its question has changed, or another run
                moved the thread.
            NotFoundError: the thread or a question is unknown.
            ThreadExistsError: `commit.new` names a thread that exists.
            UnsupportedValueError: a value cannot be stored; its path is in the error.
            StorageError: the commit did not happen.
        """
        if commit.new is not None and self._database is None:
            raise StorageError(
                f"storage `{self.path}` does not exist",
                "open it with create=True",
            )
        database = self._writable(commit.thread)

        def write(connection: sqlite3.Connection) -> None:
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            known = self._known_at((version, database.last))
            CommitWriter(connection, self._codec, commit, self._now(), known).write()
            known.stamp = (version, database.begun)

        database.write(write, durable=commit.durable)
        if commit.durable and not commit.ns and commit.checkpoints:
            self._claims.reached(commit.thread, commit.checkpoints[-1].seq)

    def load(self, thread: str, ns: str = "", checkpoint: str | None = None) -> Saved | None:
        """Return the head of (thread, ns), or the checkpoint with that id; None if unknown."""
        return self._load(thread, ns, checkpoint)

    def history(
        self, thread: str, ns: str = "", before: str | None = None, limit: int | None = None
    ) -> Iterator[Saved]:
        """Yield the checkpoints of (thread, ns), the newest first, from before the id `before`."""
        below = None
        if before is not None:
            if (mark := self._load(thread, ns, before)) is None:
                return
            below = mark.checkpoint.seq
        count = 0
        while limit is None or count < limit:
            saved = self._load(thread, ns, None, below)
            if saved is None:
                return
            yield saved
            below = saved.checkpoint.seq
            count += 1

    def check(self, value: Any, path: str) -> None:
        """Raise UnsupportedValueError if `value` cannot be stored, with its place under `path`."""
        self._codec.encode(value, path)

    # What the command line needs ----------------------------------------------------------

    def threads(
        self,
        *,
        status: Status | None = None,
        graph: str | None = None,
        limit: int = 20,
        before: int | None = None,
        after: int | None = None,
    ) -> list[ThreadInfo]:
        """Return threads, the last changed first; `before` is the `seq` of where to go on.

        With `after` (0 for all) the one that has not changed for longest comes first.
        `status` is what is stored: a `running` whose claim is free is left to the caller.
        """
        if self._database is None:
            return []
        with self._database.read() as connection:
            return list_threads(connection, self._codec, status, graph, limit, before, after)

    def thread(self, id_: str) -> ThreadInfo | None:
        """Return what is known of a thread; None if there is none, whatever an index says."""
        if self._database is None:
            return None
        with self._database.read() as connection:
            found = find_thread(connection, self._codec, id_)
            if found is None:
                refuse_hidden(connection, id_)
        return found[1] if found else None

    def match(self, prefix: str, limit: int = 10) -> list[str]:
        """Return up to `limit` ids that begin with `prefix`, in order, the exact one first."""
        if self._database is None:
            return []
        with self._database.read() as connection:
            return match_ids(connection, prefix, limit)

    def latest(self) -> str | None:
        """Return the id of the thread that changed last."""
        newest = self.threads(limit=1)
        return newest[0].id if newest else None

    def status_of(self, thread: str) -> Status | None:
        """Return what a thread is that no run holds: a stored `running` is a run that died."""
        saved = self.load(thread)
        return None if saved is None else standing_of(saved, self).status

    def questions(self, thread: str) -> tuple[Asked, ...]:
        """Return every question of a thread that waits for an answer."""
        if self._database is None:
            return ()
        with self._database.read() as connection:
            found = find_thread(connection, self._codec, thread)
            return open_questions(connection, self._codec, found[0]) if found else ()

    def asked(self, thread: str, ns: str = "") -> tuple[Asked, ...]:
        """Return the questions of the last checkpoint of (thread, ns), answered ones included."""
        if self._database is None:
            return ()
        with self._database.read() as connection:
            found = find_thread(connection, self._codec, thread)
            return asked_at_head(connection, self._codec, found[0], ns) if found else ()

    def journal(self, thread: str) -> list[JournalEntry]:
        """Return every answer and verdict that a thread was ever given, the first first."""
        if self._database is None:
            return []
        with self._database.read() as connection:
            found = find_thread(connection, self._codec, thread)
            return read_journal(connection, self._codec, found[0]) if found else []

    def closed(self, thread: str) -> list[tuple[str, Asked]]:
        """Return the questions that ended without an answer: each with `withdrawn` or `void`."""
        if self._database is None:
            return []
        with self._database.read() as connection:
            found = find_thread(connection, self._codec, thread)
            return closed_questions(connection, self._codec, found[0]) if found else []

    def draft(self, thread: str, question: str, digest: str) -> Any:
        """Return what was kept of an answer to an open question, None for nothing."""
        if self._database is None:
            return None
        with self._database.read() as connection:
            found = find_thread(connection, self._codec, thread)
            return found and read_draft(connection, self._codec, (found[0], question, digest))

    def keep_draft(self, thread: str, question: str, digest: str, value: Any) -> None:
        """Keep what was filled in of an answer until its question is closed; None forgets it.

        Nothing is kept of a question that is not open, or is another one by now.

        Raises:
            UnsupportedValueError: `value` cannot be stored.
        """

        def write(connection: sqlite3.Connection) -> None:
            found = find_thread(connection, self._codec, thread)
            if found is not None:
                keep_draft(connection, self._codec, (found[0], question, digest), value)

        self._writable(thread).write(write, durable=True)

    def delete(self, thread: str, seen: ThreadInfo | None = None) -> None:
        """Forget a thread and all that belongs to it, damaged or not.

        With `seen` only as long as it is still as it was seen.

        Raises:
            NotFoundError: there is none of that id.
            ThreadHeldError: a run holds it.
            ConflictError: it has changed since it was seen.
        """
        database = self._writable(thread)

        def write(connection: sqlite3.Connection) -> None:
            found = connection.execute("SELECT n FROM threads WHERE id = ?", (thread,)).fetchone()
            if found is None:
                raise _no_thread(thread)
            if seen is not None and find_thread(connection, self._codec, thread) != (*found, seen):
                raise ConflictError(
                    f"thread `{thread}` has just changed, so it is kept",
                    f"look at it: graphcli inspect {thread}",
                )
            delete_rows(connection, found[0])

        with self._claims.hold(thread):
            self._claims.settle()
            database.write(write, durable=True)

    def give_back(self) -> int:
        """Give the space of deleted threads back, if it is much and no run goes on.

        Returns how many bytes the file lost.
        """
        if self._database is None or any(claim.held for claim in self._claims.every()):
            return 0
        with self._database.use() as connection:
            return give_back(connection)

    def back_up(self, target: Path) -> int:
        """Copy the storage as it is now to the new file `target`; return its size in bytes.

        Raises:
            NotFoundError: there is no storage.
            UsageError: `target` lies in no directory.
            ConflictError: `target` exists.
            StorageError: the storage is damaged, or the copy cannot be written.
        """
        if self._database is None:
            raise NotFoundError(f"there is no storage `{self.path}`", "give another --storage")
        with self._database.use() as connection:
            return back_up(connection, self.path, target)

    # Inside -------------------------------------------------------------------------------

    @contextmanager
    def _hold(self, thread: str, database: Database) -> Iterator[None]:
        with self._claims.hold(thread):
            # No layout changes while a claim is held, so one look is enough.
            database.look(lambda connection: is_newest(connection, self.path))
            yield

    def _writable(self, thread: str) -> Database:
        if self._database is None:
            raise _no_thread(thread)
        return self._database

    def _load(
        self, thread: str, ns: str, checkpoint: str | None, below: int | None = None
    ) -> Saved | None:
        if self._database is None:
            return None
        with self._database.read() as connection:
            found = find_thread(connection, self._codec, thread)
            if found is None:
                return None
            seq = find_seq(connection, found[0], ns, checkpoint, below)
            if seq is None:
                return None
            place = (found[0], ns, seq)
            return read_saved(connection, self._codec, found[1], place, self._remembered)

    def _known_at(self, stamp: Stamp) -> Known:
        """What is known, if nobody has written since; not to be believed until it is stamped."""
        if self._known.stamp != stamp:
            self._known = Known()
        self._known.stamp = None
        return self._known


def _no_thread(thread: str) -> NotFoundError:
    return NotFoundError(f"there is no thread `{thread}`", "see them: graphcli list")

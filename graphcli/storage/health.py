"""What is right and wrong with a storage. Looking changes nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from graphcli.dataclass import dataclass
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import Status
from graphcli.errors import GraphcliError
from graphcli.storage.claims import Claims
from graphcli.storage.folding import OWN_CHECKPOINTS
from graphcli.storage.location import full, has_no_room, is_there, is_writable, refuse_foreign
from graphcli.storage.locks import is_locked, refuse_without_locks
from graphcli.storage.looking import connect_to_look, connect_to_look_through
from graphcli.storage.lostlog import refuse_lost_log
from graphcli.storage.migrations import is_newest
from graphcli.storage.removal import reclaimable, size_of
from graphcli.storage.rows import Damage, count_rows, damages
from graphcli.storage.sqlite import PATIENCE, Database, translate
from graphcli.storage.store import Storage

#: So often, and so many seconds apart, a lock is looked at before it is one that stays.
_LOOKS: Final = 10
_BETWEEN: Final = 0.05

#: Less free space, in bytes, concerns nobody: what earlier layouts had leaves every file a page.
_TOLD: Final = 2**16

State = Literal["ok", "note", "damaged"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: a `note` is no damage, but worth knowing."""

    name: str
    state: State
    says: str
    remedy: str = ""


def examine(path: Path) -> Iterator[Check]:
    """Yield what is found at `path`, the outside first; damage ends it."""
    try:
        if not is_there(path):
            yield Check("file", "ok", f"there is no storage `{path}` yet; the first run makes it")
            return
        refuse_foreign(path)
        yield Check("file", "ok", f"`{path}` is a storage of graphcli")
        yield _sqlite()
        yield from _permissions(path)
        yield from _use(path)
        yield from _inside(path)
    except GraphcliError as error:
        yield Check("storage", "damaged", error.message, error.remedy)


def _sqlite() -> Check:
    if not OWN_CHECKPOINTS:
        return Check("sqlite", "ok", f"SQLite {sqlite3.sqlite_version}")
    return Check(
        "sqlite",
        "note",
        f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug, which graphcli works around",
        "let no other program write the file while a run goes on, or use SQLite 3.51.3 or newer",
    )


def _permissions(path: Path) -> Iterator[Check]:
    """Yield a note for the file and its directory where others get at them."""
    wide = []
    for place, most, right in ((path, 0o600, "600"), (path.parent, 0o755, "700")):
        mode = place.stat().st_mode & 0o777
        if mode & ~most:
            wide.append(Check("permissions", "note", _open(place, mode), f"chmod {right} {place}"))
    yield from wide or [Check("permissions", "ok", "nobody else can read or change it")]


def _open(place: Path, mode: int) -> str:
    return f"others can get at `{place}` (mode {mode:04o})"


def _use(path: Path) -> Iterator[Check]:
    """Yield a note for what keeps this user from writing it, though it may be whole."""
    if not is_writable(path):
        says = f"this user cannot write `{path}` and its directory: nothing can run here"
        yield Check("access", "note", says, "let this user write both, or give another --storage")
    elif has_no_room(path):
        yield Check("room", "note", full(path).message.partition(";")[0], full(path).remedy)
    elif _stays_locked(path):
        says = "another process keeps it locked: whoever has to write waits, and gives up"
        yield Check("lock", "note", says, f"see which processes have it open: fuser {path}")


def _stays_locked(path: Path) -> bool:
    """Whether it is locked at each of several looks: a run holds its lock for a moment only."""
    refuse_without_locks(path)
    for _ in range(_LOOKS):
        if not is_locked(path):
            return False
        time.sleep(_BETWEEN)
    return True


def _inside(path: Path) -> Iterator[Check]:
    claims = Claims(path.with_name(f"{path.name}.claims"), utc_now)
    try:
        with closing(connect_to_look(path, PATIENCE)) as connection:
            yield from _layout(connection, path)
            with closing(connect_to_look_through(path, PATIENCE)) as newest:
                found = [_damaged(each) for each in damages(newest)]
                yield from found or [_intact(newest)]
            if found:
                return
            refuse_lost_log(connection, path, claims)
            yield _size(connection, path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise translate(error, path) from error
    yield from _dead_claims(claims)
    with Storage(path, Database(path, opener=connect_to_look_through), claims) as storage:
        yield from _stranded(storage)


def _layout(connection: sqlite3.Connection, path: Path) -> Iterator[Check]:
    if not is_newest(connection, path):
        says = "the layout is an older one; commands that only read leave it so"
        yield Check("layout", "note", says, "the next `run` or `resume` brings it up to date")


def _damaged(damage: Damage) -> Check:
    if damage.thread is None:
        return Check("rows", "damaged", damage.what, "restore a backup, or move the file away")
    remedy = f"restore a backup, or give the thread up: graphcli delete {damage.thread}"
    return Check("rows", "damaged", f"thread `{damage.thread}`: {damage.what}", remedy)


def _intact(connection: sqlite3.Connection) -> Check:
    count = count_rows(connection)
    return Check("rows", "ok", f"every page and all {count} rows are as they were written")


def _size(connection: sqlite3.Connection, path: Path) -> Check:
    log = path.with_name(f"{path.name}-wal")
    logged = log.stat().st_size if log.exists() else 0
    free = reclaimable(connection)
    says = f"{_bytes(size_of(connection))}, and {_bytes(logged)} in the log"
    if free < _TOLD:
        return Check("size", "ok", says)
    return Check("size", "ok", f"{says}; {_bytes(free)} hold nothing and are used again")


def _dead_claims(claims: Claims) -> Iterator[Check]:
    for claim in claims.every():
        what = f"thread `{claim.thread}`" if claim.thread else "a thread"
        if claim.held:
            yield Check("claims", "ok", f"{what} is being run by {claim.who}")
        else:
            says = f"the run of {what} died: {claim.who}"
            yield Check("claims", "note", says, "nothing is held by it; the next run takes it over")


def _stranded(storage: Storage) -> Iterator[Check]:
    """Yield a note for each thread that was left in the middle of a run."""
    for thread in storage.threads(status=Status.RUNNING, limit=2**31):
        saved = None if storage.holder(thread.id) else storage.load(thread.id)
        if saved is not None:
            status = standing_of(saved, storage).status
            says = f"thread `{thread.id}` was left in the middle of a run: it is {status}"
            yield Check("threads", "note", says, f"graphcli resume {thread.id}")


def _bytes(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1e6:.1f} MB"

"""A copy of a storage, made while runs go on, and read through before it gets its name."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from graphcli.errors import ConflictError, StorageDamagedError, StorageError, UsageError
from graphcli.storage.location import make_file
from graphcli.storage.migrations import fsync, sweep
from graphcli.storage.rows import damages
from graphcli.storage.sqlite import connect
from graphcli.text import safe_line

_LOOK: Final = "see what is damaged: graphcli doctor"


def back_up(source: sqlite3.Connection, path: Path, target: Path) -> int:
    """Copy the storage at `path`, open as `source`, to the new file `target`; return its bytes.

    The copy is one moment of the storage: runs go on meanwhile, and none of theirs is half in it.

    Raises:
        UsageError: `target` lies in no directory.
        ConflictError: `target` exists.
        StorageDamagedError: the copy, and so the storage, is damaged; `target` is not made.
        StorageError: it cannot be written.
    """
    if not target.parent.is_dir():
        raise UsageError(f"there is no directory `{target.parent}`", "make it, or give another")
    try:
        if os.path.lexists(target):
            raise FileExistsError
        with _draft(target) as draft:
            _copy(source, path, draft)
            fsync(draft)
            _publish(draft, target)
        return target.stat().st_size
    except FileExistsError:
        raise ConflictError(
            f"`{target}` exists, so it is left alone", "give a file that does not"
        ) from None
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        raise _failed(target, error) from error


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Yield a new file beside `target`; only a backup that was killed leaves it behind."""
    draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}.new")
    try:
        make_file(draft)
        yield draft
    finally:
        with suppress(OSError):
            sweep(draft)


def _publish(draft: Path, target: Path) -> None:
    """Give the draft its name, and never take that from another file."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links; if it is something else, the same comes again
        make_file(target)
        draft.replace(target)
    fsync(target.parent)


def _copy(source: sqlite3.Connection, path: Path, draft: Path) -> None:
    with closing(connect(draft)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
        found = damages(copy)
    if found:
        raise StorageDamagedError(
            f"no backup was made, because storage `{path}` is damaged: {found[0].what}", _LOOK
        )


def _failed(target: Path, error: Exception) -> StorageError:
    why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return StorageError(
        f"the backup `{target}` cannot be made: {safe_line(why, 120)}",
        "give a file where this user can write and there is room; see also: graphcli doctor",
    )

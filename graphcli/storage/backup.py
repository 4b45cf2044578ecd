"""A copy of a storage, made while runs go on, and read through before it gets its name."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
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
        make_file(target)  # nobody else's file can take the name from here on
    except FileExistsError:
        raise ConflictError(
            f"`{target}` exists, so it is left alone", "give a file that does not"
        ) from None
    except OSError as error:
        raise _failed(target, error) from None
    try:
        return _fill(source, path, target)
    except BaseException:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise


def _fill(source: sqlite3.Connection, path: Path, target: Path) -> int:
    """Put the copy in the place of the empty file `target`, whole or not at all."""
    draft = target.with_name(f".{target.name}.new")
    try:
        sweep(draft)
        make_file(draft)
        _copy(source, path, draft)
        fsync(draft)
        draft.replace(target)
        fsync(target.parent)
        return target.stat().st_size
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        raise _failed(target, error) from error
    finally:
        with suppress(OSError):  # the next backup to this name sweeps again
            sweep(draft)


def _copy(source: sqlite3.Connection, path: Path, draft: Path) -> None:
    with closing(connect(draft)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
        found = damages(copy)
    if found:
        raise StorageDamagedError(
            f"no backup was made, because storage `{path}` is damaged: {found[0].says}", _LOOK
        )


def _failed(target: Path, error: Exception) -> StorageError:
    why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return StorageError(
        f"the backup `{target}` cannot be made: {safe_line(why, 120)}",
        "give a file where this user can write and there is room; see also: graphcli doctor",
    )

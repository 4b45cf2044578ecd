"""A copy of a storage, made while runs go on, and read through before it gets its name."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from graphcli.errors import ConflictError, StorageDamagedError, UsageError
from graphcli.storage.location import make_file, os_error
from graphcli.storage.migrations import fsync, sweep
from graphcli.storage.rows import first_damage
from graphcli.storage.sqlite import connect, translate

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
    _refuse_existing(target)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        make_file(draft)
        _copy(source, path, draft)
        fsync(draft)
        os.link(draft, target)  # unlike a renaming, it never replaces what is there
        draft.unlink()
        fsync(target.parent)
        return target.stat().st_size
    except FileExistsError:
        raise _exists(target) from None
    except sqlite3.Error as error:
        raise translate(error, target) from error
    except OSError as error:
        raise os_error(target, error) from None
    finally:
        sweep(draft)


def _copy(source: sqlite3.Connection, path: Path, draft: Path) -> None:
    with closing(connect(draft)) as copy:
        source.backup(copy)
        damage = first_damage(copy)
    if damage is not None:
        raise StorageDamagedError(
            f"no backup was made, because storage `{path}` is damaged: {damage}", _LOOK
        )


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise _exists(target)


def _exists(target: Path) -> ConflictError:
    return ConflictError(f"`{target}` exists, so it is left alone", "give a file that does not")

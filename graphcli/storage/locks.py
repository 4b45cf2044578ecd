"""Locks of the file system: whether it keeps any, and whether somebody holds SQLite's.

SQLite takes a file system without locks for one where another process always holds them.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from graphcli.storage.location import os_error

#: Where SQLite locks (first byte, length): those who read the database, and the one who writes
#: its log, in the log's index. The places are part of its file format.
_READERS: Final = (2**30 + 2, 510)
_WRITER: Final = (120, 1)

_NO_LOCKS: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


def refuse_without_locks(path: Path) -> None:
    """Try a lock on a file without a name beside `path`, not on one that SQLite has open.

    Closing that would let go of every lock that this process has on it.

    Raises:
        StorageError: the file system keeps no locks.
    """
    # Deferred: 10 ms, and only who waits for a lock needs it.
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise os_error(path, error) from None


def is_locked(path: Path) -> bool:
    """Return whether somebody holds a lock now that keeps others from writing the database.

    For a process that has it not open: see `refuse_without_locks`.

    Raises:
        StorageError: the file system keeps no locks.
    """
    index = path.with_name(f"{path.name}-shm")
    return _is_held(path, *_READERS) or _is_held(index, *_WRITER)


def _is_held(path: Path, first: int, length: int) -> bool:
    with suppress(FileNotFoundError, PermissionError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, length, first)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return True
            raise os_error(path, error) from None
        finally:
            os.close(descriptor)
    return False

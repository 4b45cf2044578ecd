"""Where a storage is, and what has to be true of its files before SQLite may touch them."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

from graphcli.errors import (
    StorageDamagedError,
    StorageError,
    StorageFullError,
    StorageVersionError,
    UsageError,
)
from graphcli.text import safe_line

#: The database's name where a directory is given.
FILE_NAME: Final = "graphcli.db"

#: "grcl": tells our files from any other SQLite database.
APPLICATION_ID: Final = 0x6772636C

#: SQLite grows its shared memory by 32 KiB at a time; with less than that on the disk, it is full.
_LEAST_ROOM: Final = 64 * 2**10

_MAGIC: Final = b"SQLite format 3\x00"
_SCHEME: Final = "sqlite:///"


def locate(location: str | Path) -> Path:
    """Return the absolute path of the database: a file, a directory, or `sqlite:///path`.

    After `sqlite:///` a path is relative; a fourth slash makes it absolute.

    Raises:
        UsageError: `location` is no place for a file.
    """
    text = os.fspath(location)
    if text.startswith(_SCHEME):
        text = text.removeprefix(_SCHEME)
    elif "://" in text or text == ":memory:":
        raise UsageError(
            f"storage `{safe_line(text, 80)}` is of an unknown kind",
            "give a file, a directory, or sqlite:///FILE",
        )
    if not text or "\x00" in text:
        raise UsageError("the storage needs a file name", "give a file or a directory")
    path = Path(os.path.abspath(os.path.expanduser(text)))  # noqa: PTH100, PTH111 - keeps symlinks
    folder = text.endswith("/") or os.path.isdir(path)  # noqa: PTH112 - where it may not look, False
    return path / FILE_NAME if folder else path


def make_directory(directory: Path) -> None:
    """Make `directory` and what is missing above it, each for this user only.

    Raises:
        StorageError: that cannot be done.
    """
    missing = list(takewhile(lambda path: not path.exists(), (directory, *directory.parents)))
    try:
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
            path.chmod(0o700)  # a umask can only take rights away, even our own
    except OSError as error:
        raise os_error(directory, error) from None


def make_file(path: Path) -> None:
    """Make an empty file that never was open to others, whatever the umask."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def is_there(path: Path) -> bool:
    """Return whether there is something at `path`.

    Raises:
        StorageError: nobody can tell, as where a directory cannot be entered.
    """
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise os_error(path, error) from None
    return True


def refuse_foreign(path: Path) -> None:
    """Look at the first bytes of `path` and refuse what is no database of ours.

    SQLite itself would write into any database it is given, so it is asked only afterwards.

    Raises:
        StorageVersionError: another program's file.
        StorageDamagedError: an empty or cut file.
        StorageError: a symbolic link, a pipe, a file that cannot be read.
    """
    _refuse_odd(path)
    for suffix in ("-wal", "-shm", "-journal"):
        # The last process to leave the storage removes these, perhaps between two looks of ours.
        with suppress(FileNotFoundError):
            _refuse_odd(path.with_name(path.name + suffix))
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise os_error(path, error) from None
    _judge(path, head)


def _refuse_odd(path: Path) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise StorageError(
            f"storage `{path}` is a symbolic link",
            "a link can be turned elsewhere between two runs: give the path that it leads to",
        )
    if not stat.S_ISREG(mode):
        raise StorageError(f"storage `{path}` is no regular file", "give another --storage")


def _judge(path: Path, head: bytes) -> None:
    if not head:
        raise StorageDamagedError(
            f"storage `{path}` is an empty file",
            "restore it from a backup; if it never held anything, delete it",
        )
    if not _MAGIC.startswith(head[:16]):
        raise foreign(path)
    if len(head) < 100:
        raise StorageDamagedError(
            f"storage `{path}` has been cut off", "restore it from a backup, or delete it"
        )
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise foreign(path)


def foreign(path: Path) -> StorageVersionError:
    """Return the refusal of a file that another program wrote."""
    return StorageVersionError(
        f"`{path}` is no storage of graphcli, so it is left alone",
        "give another --storage, or move the file away",
    )


def is_private(path: Path) -> bool:
    """Return whether nobody but this user (and root) can write the file or replace it."""
    return all(_ours(place) for place in (path, path.parent))


def is_writable(path: Path) -> bool:
    """Return whether this user can change the file and what lies beside it."""
    return all(os.access(place, os.W_OK) for place in (path, path.parent))


def _ours(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & 0o022


def os_error(path: Path, error: OSError) -> StorageError:
    """Return `error` at `path` as one sentence with a remedy."""
    why = safe_line(error.strerror or str(error))
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "let this user read and write it and its directory, or give another --storage"
    elif error.errno in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
        why = f"its file system keeps no locks ({why}), as network file systems may"
        remedy = "put the storage on a local disk: give another --storage"
    elif error.errno == errno.ENOTDIR:
        remedy = "what its path names as a directory is a file: give another --storage"
    else:
        remedy = "see whether its disk is there and well, or give another --storage"
    return StorageError(f"storage `{path}` cannot be used: {why}", remedy)


def has_no_room(path: Path) -> bool:
    """Return whether the disk of `path` takes nothing more."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST_ROOM


def full(path: Path) -> StorageFullError:
    """Return the error for a disk or quota that has no room left."""
    return StorageFullError(
        f"no space is left for storage `{path}`; nothing of this change was kept",
        "make room on its disk, then try again",
    )

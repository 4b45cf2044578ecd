"""Whether the files at the storage's path still are those that were opened.

An open connection goes on with files that were removed or replaced: what it commits then is lost
with them, or gets into a log that belongs to another file by now.
"""

from __future__ import annotations

import os
from pathlib import Path

from graphcli.errors import StorageGoneError

_Identity = tuple[int, int]


class Identity:
    """Device and inode of a database and of its log, taken when they are open.

    SQLite removes or makes a log only where nobody has the database open, so both stay as long
    as a connection does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        names = (os.fspath(path), f"{path}-wal")
        self._files = {name: known for name in names if (known := _identity(name)) is not None}

    def refuse_another(self) -> None:
        """Raise StorageGoneError if a file is gone, or is another one by now."""
        for name, known in self._files.items():
            found = _identity(name)
            if found != known:
                raise StorageGoneError(self._path, name, replaced=found is not None)


def _identity(name: str) -> _Identity | None:
    try:
        status = os.stat(name)  # noqa: PTH116 - hot
    except OSError:
        return None
    return status.st_dev, status.st_ino

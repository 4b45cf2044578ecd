"""Settings: default < environment < flag. Each value knows where it came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

Source = Literal["default", "environment", "flag"]

_NAME = "graphcli"

#: The variable that names the command to run when a thread starts to wait.
NOTIFY: Final = "GRAPHCLI_NOTIFY"


class StorageSetting(NamedTuple):
    """Where threads are kept: `location` as it was given, and by whom."""

    location: str
    source: Source

    @property
    def named(self) -> str | None:
        """What a printed command must say of it: nothing where the default finds it again."""
        if self.source == "default":
            return None
        return self.location if "://" in self.location else str(Path(self.location).absolute())


def storage_setting(flag: str | None, environ: Mapping[str, str]) -> StorageSetting:
    """Return the storage: `--storage`, else GRAPHCLI_STORAGE, else the user's data directory."""
    if flag:
        return StorageSetting(flag, "flag")
    if environ.get("GRAPHCLI_STORAGE"):
        return StorageSetting(environ["GRAPHCLI_STORAGE"], "environment")
    # Deferred: 28 ms, and only the default needs it.
    from platformdirs import user_data_path

    return StorageSetting(str(user_data_path("graphcli") / "graphcli.db"), "default")


def notify_setting(flag: str | None, environ: Mapping[str, str]) -> str:
    """Return the command to tell that a thread waits: `--notify`, else GRAPHCLI_NOTIFY, or none."""
    return environ.get(NOTIFY, "") if flag is None else flag


def program_name(argv0: str, environ: Mapping[str, str]) -> str:
    """Return what to type to run this program again: its name where PATH finds it, else its path.

    A printed command has to work as it stands, also from a checkout's `.venv/bin/graphcli`.
    """
    if Path(argv0).name != _NAME or not Path(argv0).is_file():
        return _NAME
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        found = Path(folder, _NAME)
        if os.access(found, os.X_OK):
            return _NAME if found.samefile(argv0) else str(Path(argv0).absolute())
    return str(Path(argv0).absolute())

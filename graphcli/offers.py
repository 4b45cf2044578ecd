"""What a shell offers at TAB: thread ids and graph names, told without loading the application.

A person waits for this at a key, so it costs little more than Python itself. It never writes, and
whatever goes wrong, nothing is offered. What it prints gets into a shell: only characters that
mean nothing to one.
"""

from __future__ import annotations

import os
import sys

#: How many are offered at most.
_MANY = 200
_FIRST = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_SAFE = _FIRST | frozenset(b"._-")
#: What a person may say instead of the id of the thread that changed last.
_LATEST = "@latest"
#: "SQLite format 3", and what marks a database as ours: see storage/location.py.
_MAGIC, _OURS = b"SQLite format 3\0", b"grcl"


def offer(what: str, prefix: str = "", storage: str = "", *_rest: str) -> None:
    """Print what begins with `prefix`, one a line: `__ids` of `storage`, or `__graphs`."""
    try:
        found = ids(prefix, storage) if what == "__ids" else graphs(prefix)
        sys.stdout.write("".join(f"{name}\n" for name in found))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001, S110 - a shell shows what is said here in the middle of a line.
        pass


def graphs(prefix: str) -> list[str]:
    """Return the names of graphs that begin with `prefix`."""
    from graphcli.graphnames import named_graphs

    names = (name for name in named_graphs(os.getcwd()) if name.startswith(prefix))  # noqa: PTH109
    return [name for name in names if _harmless(os.fsencode(name))][:_MANY]


def ids(prefix: str, storage: str = "") -> list[str]:
    """Return the ids of threads that begin with `prefix`, in order, `@latest` before them.

    `storage` is what `--storage` would be; empty for the default.
    """
    path = _located(storage or os.environ.get("GRAPHCLI_STORAGE") or _default())
    latest = _LATEST.startswith(prefix)
    if not (latest or _harmless(os.fsencode(prefix))) or not _is_ours(path):
        return []
    found = [name.decode() for name in _read(path, "" if latest else prefix) if _harmless(name)]
    if not latest:
        return found
    return [_LATEST] * bool(found) + found * (not prefix)


def _harmless(name: bytes) -> bool:
    return 0 < len(name) <= 128 and name[0] in _FIRST and _SAFE.issuperset(name)


def _default() -> str:
    if sys.platform == "linux":  # said here as well, for platformdirs costs as much as SQLite
        home = os.environ.get("XDG_DATA_HOME", "")
        folder = home if os.path.isabs(home) else os.path.expanduser("~/.local/share")  # noqa: PTH111, PTH117
    else:
        from platformdirs import user_data_dir

        folder = user_data_dir()
    return os.path.join(folder, "graphcli", "graphcli.db")  # noqa: PTH118


def _located(location: str) -> str:
    """The database's path, by the rules of `locate` in storage/location.py."""
    path = os.path.abspath(os.path.expanduser(location.removeprefix("sqlite:///")))  # noqa: PTH100, PTH111
    inside = location.endswith("/") or os.path.isdir(path)  # noqa: PTH112
    return os.path.join(path, "graphcli.db") if inside else path  # noqa: PTH118


def _is_ours(path: str) -> bool:
    # No link is followed, and no pipe waited for, as everywhere.
    if os.path.islink(path) or not os.path.isfile(path):  # noqa: PTH113, PTH114
        return False
    with open(path, "rb") as file:  # noqa: PTH123
        head = file.read(100)
    return head.startswith(_MAGIC) and head[68:72] == _OURS


def _read(path: str, prefix: str) -> list[bytes]:
    # Deferred: graph names need none of it. Not `sqlite3`, which adds what reads dates: that costs
    # half of the rest.
    import _sqlite3 as sqlite3

    connection = sqlite3.connect(_uri(path), uri=True, timeout=0.2)
    try:
        connection.text_factory = bytes  # a damaged id need not be text
        # No character of an id comes after DEL.
        between = (prefix, f"{prefix}\x7f", _MANY)
        query = "SELECT id FROM threads WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        return [row[0] for row in connection.execute(query, between) if type(row[0]) is bytes]
    finally:
        connection.close()


def _uri(path: str) -> str:
    """How to open `path` without making a file: the log counts if its index is there."""
    logged = os.path.exists(f"{path}-wal") and os.path.exists(f"{path}-shm")  # noqa: PTH110
    for sign in "%?#":  # what means something in a URI; urllib costs as much as SQLite
        path = path.replace(sign, f"%{ord(sign):02x}")
    return f"file:{path}?mode=ro" + ("" if logged else "&immutable=1")

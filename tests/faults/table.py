"""python -m tests.faults.table [KIND…]: what each command says of each kind of damage."""

from __future__ import annotations

import errno
import os
import pkgutil
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

import graphcli
from graphcli.cli import app
from graphcli.cli.main import run_command
from graphcli.storage import open_storage, overview
from tests.cli.graphs import FILES
from tests.cli.session import steady
from tests.cli.test_damage import DAMAGE, flip
from tests.conftest import Shell
from tests.faults import shim
from tests.faults.shim import Call, How

COMMANDS: Final = (
    "run ask.py --thread two",
    "resume one --value approve",
    "list",
    "inspect one",
    "inbox",
    "cancel one",
    "delete one --status waiting",
    "prune --keep 0",
    "doctor",
    "backup copy.db",
)

#: How the line begins that says what is wrong.
_TELLS: Final = ("error: ", "damaged ", "note ", "waiting for another")
_WAL_BUG: Final = re.compile(r"note +SQLite .*\n.*\n")

#: Somebody without rights: root may do everything.
_NOBODY: Final = 65534


class Kind(NamedTuple):
    """One kind of damage: what is done to the file before, and in the process that looks at it."""

    before: Callable[[Path], object] = lambda _path: None
    within: Callable[[Path], object] = lambda _path: None


def _nobody(_path: Path) -> None:
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def _mode(place: Callable[[Path], Path], mode: int) -> Kind:
    def change_mode(path: Path) -> None:
        for each in (path.parents[1], *path.parents[1].rglob("*")):
            os.chown(each, _NOBODY, _NOBODY)
        place(path).chmod(mode)

    return Kind(change_mode, _nobody)


def _fails(calls: Call, error: int) -> Kind:
    def within(path: Path) -> None:
        shim.watch(path.parent)
        shim.arm(calls, How.FAIL_ON, 1, error)

    return Kind(within=within)


def _locked(path: Path, how: str = "PRAGMA user_version") -> None:
    """Hold the lock in another process, which ends when this one does."""
    ready, told = os.pipe()
    parent = os.getpid()
    if os.fork() == 0:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute(how).fetchall()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE x (y)")
        os.write(told, b"x")
        os.close(told)
        while os.getppid() == parent:
            time.sleep(0.05)
        os._exit(0)
    os.close(told)
    os.read(ready, 1)


def _lost_log(path: Path) -> None:
    """Let a claim say that its thread had got further than the file knows."""
    shutil.copytree(path.parent.with_name("further"), path.parent, dirs_exist_ok=True)


KINDS: Final = {
    "well": Kind(),
    "no folder": Kind(lambda p: shutil.rmtree(p.parent)),
    "empty": Kind(DAMAGE["empty"][0]),
    "lost log": Kind(_lost_log),
    "cut": Kind(DAMAGE["cut in its body"][0]),
    "cut head": Kind(DAMAGE["cut in its head"][0]),
    "bit flip": Kind(flip),
    "changed row": Kind(DAMAGE["a changed row"][0]),
    "foreign": Kind(DAMAGE["foreign"][0]),
    "newer": Kind(DAMAGE["newer"][0]),
    "a link": Kind(DAMAGE["a link"][0]),
    "read-only directory": _mode(lambda p: p.parent, 0o555),
    "read-only file": _mode(lambda p: p, 0o444),
    "unreadable file": _mode(lambda p: p, 0),
    "folder that cannot be entered": _mode(lambda p: p.parent, 0),
    "folder above that cannot be entered": _mode(lambda p: p.parent.parent, 0),
    "not a directory": Kind(DAMAGE["unreachable"][0]),
    "disk full": _fails(Call.WRITE, errno.ENOSPC),
    "write error": _fails(Call.WRITE, errno.EIO),
    "fsync error": _fails(Call.SYNC, errno.EIO),
    "no flock": _fails(Call.FLOCK, errno.ENOLCK),
    "no fcntl locks": _fails(Call.RANGE, errno.ENOLCK),
    "fcntl locks denied": _fails(Call.RANGE, errno.EACCES),
    "open fails": _fails(Call.OPEN, errno.EIO),
    "dead mount": _fails(Call.OPEN, errno.ESTALE),
    "lock held": Kind(within=_locked),
    "locked exclusively": Kind(within=lambda p: _locked(p, "PRAGMA locking_mode = EXCLUSIVE")),
}


def main() -> int:
    """Print the table."""
    if "LD_PRELOAD" not in os.environ:
        return _again()
    vars(graphcli.storage)["open_storage"] = partial(open_storage, patience=0.2)
    vars(overview)["PATIENCE"] = 0.2
    with tempfile.TemporaryDirectory() as root:
        model = _model(Path(root))
        for name in sys.argv[1:] or KINDS:
            _say(f"\n{name}")
            told: dict[str, list[str]] = {}
            for number, command in enumerate(COMMANDS):
                place = Path(root, name.replace(" ", "-"), str(number))
                told.setdefault(_tried(KINDS[name], command, model, place), []).append(command)
            for said, commands in told.items():
                _say(f"  {', '.join(command.split()[0] for command in commands)}\n{said}")
    return 0


def _again() -> int:
    """Start anew with the shim loaded."""
    with tempfile.TemporaryDirectory() as directory:
        argv = [sys.executable, "-m", "tests.faults.table", *sys.argv[1:]]
        environ = {**os.environ, "LD_PRELOAD": str(shim.build(Path(directory)))}
        return os.spawnve(os.P_WAIT, sys.executable, argv, environ)


def _model(root: Path) -> Path:
    """A folder with a storage in which thread `one` waits; `further` is what lost its log."""
    root.chmod(0o755)
    shell = Shell(root / "model")
    shell.cwd.mkdir()
    for name, text in FILES.items():
        shell.write(name, text)
    shell("run", "work.py", "--thread", "lost", "-i", "mode=kill")
    shell.storage.with_name("graphcli.db-wal").unlink()
    shell.storage.with_name("graphcli.db-shm").unlink(missing_ok=True)
    shell.storage.parent.rename(shell.cwd / "further")
    assert shell("run", "ask.py", "--thread", "one").code == 8
    (shell.cwd / "attempts").unlink()
    _import_all()
    return shell.cwd


def _import_all() -> None:
    """Import what commands import late: without rights nobody may read it."""
    for target in app.COMMANDS.values():
        import_module(target.partition(":")[0])
    for name in ("getpass", "difflib", "heapq", "traceback", "jsonschema_rs", "rich.table", "yaml"):
        import_module(name)
    for module in pkgutil.walk_packages(graphcli.__path__, "graphcli."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def _tried(kind: Kind, command: str, model: Path, place: Path) -> str:
    """The exit code of a command, and the error or else the first line of what it said."""
    shutil.copytree(model, place)
    place.chmod(0o777)
    shell = Shell(place)
    kind.before(shell.storage)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        with suppress(BaseException):
            _child(shell, kind, command, writing)
        os._exit(99)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        said = file.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    lines = [line for line in _WAL_BUG.sub("", steady(said, shell)).splitlines() if line]
    first = next((n for n, line in enumerate(lines) if line.startswith(_TELLS)), None)
    told = lines[:1] if first is None else lines[first:]
    effects = "after an EFFECT " if (place / "effects").exists() and code else ""
    return "\n".join([f"    {code:2} {effects}{told[0] if told else ''}", *_below(told[1:])])


def _below(lines: list[str]) -> list[str]:
    return [f"       {line}" for line in lines]


def _child(shell: Shell, kind: Kind, command: str, writing: int) -> None:
    os.chdir(shell.cwd)
    os.environ.update(shell.full_environ)
    for stream in (1, 2):
        os.dup2(writing, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = os.fdopen(0)
    sys.argv = ["graphcli"]
    kind.within(shell.storage)
    code = run_command([*command.split(), "--no-input"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Claims: one run drives a thread at a time, and a claim dies with its process.

A claim is an advisory lock (`flock`) on a file of its own, so the kernel frees it however the
process ends. Looking and taking happen under a lock on the directory, the gate: without it a
look would for a moment be a claim itself, and refuse a run that nobody stands in the way of.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from graphcli.errors import StorageError, ThreadHeldError
from graphcli.hashes import sha256
from graphcli.storage.location import make_directory, os_error
from graphcli.text import safe_line

_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC

#: Where in its file a claim says how far its thread has got; before it stands who took it.
_REACHED: Final = 1024

#: Of a longer thread id, which no command line takes, the claim's file says nothing.
_LONGEST: Final = 128


class Claim(NamedTuple):
    """What the file of a claim says.

    `who` took it, for `thread`; `held` says whether that process still lives. `reached` is the
    `seq` of the last checkpoint that it was told was safe, None before the first.
    """

    who: str
    held: bool
    thread: str
    reached: int | None


class _Process:
    """The descriptors that this process holds for its claims.

    A fork shares them, and with them the lock: a child that lives on would keep the claim of a
    parent that is dead. So each child closes them, and a fork waits while one is being taken.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.held: set[int] = set()
        os.register_at_fork(
            before=lambda: self.lock.acquire(),
            after_in_parent=lambda: self.lock.release(),
            after_in_child=self._in_child,
        )

    def _in_child(self) -> None:
        self.lock = threading.RLock()
        for descriptor in self.held:
            # Closed, never unlocked: the lock belongs to the parent.
            os.close(descriptor)
        self.held = set()


_PROCESS = _Process()


class Claims:
    """The claims on the threads of one storage, as files in `directory`."""

    def __init__(self, directory: Path, now: Callable[[], str]) -> None:
        self._directory = directory
        self._now = now
        self._mine: dict[str, int] = {}

    @contextmanager
    def hold(self, thread: str) -> Iterator[None]:
        """Hold `thread` until the block ends.

        Raises:
            ThreadHeldError: another run holds it, in this process or another.
            StorageError: the directory cannot be used.
        """
        owner = os.getpid()
        descriptor = self._take(thread)
        try:
            yield
        finally:
            if os.getpid() == owner:
                self._release(thread, descriptor)

    def holder(self, thread: str) -> str | None:
        """Return who holds the claim on `thread`, as `process 12 on host since TIME`, or None."""
        if not self._directory.is_dir():
            return None
        with self.gate():
            claim = self._look(self._file(thread))
        return claim.who if claim is not None and claim.held else None

    def any_held(self) -> str | None:
        """Return who holds some claim of this storage, or None. Call it inside `gate`."""
        return next((claim.who for claim in self._every() if claim.held), None)

    def every(self) -> list[Claim]:
        """Return every claim, those of processes that have died included."""
        if not self._directory.is_dir():
            return []
        with self.gate():
            return self._every()

    def reached(self, thread: str, seq: int) -> None:
        """Note beside a claim of this process that its thread has got to checkpoint `seq`.

        Should the claim's process die and the database's log be lost, this is what tells.
        """
        descriptor = self._mine.get(thread)
        if descriptor in _PROCESS.held:
            with suppress(OSError):
                os.pwrite(descriptor, (seq + 1).to_bytes(8, "big"), _REACHED)

    def _every(self) -> list[Claim]:
        found = (self._look(path) for path in sorted(self._directory.iterdir()))
        return [claim for claim in found if claim is not None]

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Keep everyone else from taking, leaving or looking at claims for a moment."""
        make_directory(self._directory)
        with _PROCESS.lock:
            try:
                descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError as error:
                raise os_error(self._directory, error) from None
            try:
                _lock(descriptor, self._directory)
                yield
            finally:
                os.close(descriptor)

    def _take(self, thread: str) -> int:
        path = self._file(thread)
        with self.gate():
            try:
                descriptor = os.open(path, _FLAGS | os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise os_error(path, error) from None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._sign(descriptor, thread)
            except BlockingIOError:
                holder = _read(descriptor, held=True).who
                os.close(descriptor)
                raise ThreadHeldError(thread, holder) from None
            except OSError as error:
                os.close(descriptor)
                raise os_error(path, error) from None
            _PROCESS.held.add(descriptor)
            self._mine[thread] = descriptor
        return descriptor

    def _sign(self, descriptor: int, thread: str) -> None:
        who = {
            "pid": os.getpid(),
            "host": os.uname().nodename,
            "since": self._now(),
            "thread": thread if len(thread) <= _LONGEST else "",
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(who).encode(), 0)

    def _release(self, thread: str, descriptor: int) -> None:
        # The directory may be gone by now; the lock has to go in any case.
        with suppress(StorageError, OSError), self.gate():
            self._file(thread).unlink(missing_ok=True)
        with _PROCESS.lock:
            _PROCESS.held.discard(descriptor)
            self._mine.pop(thread, None)
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _look(self, path: Path) -> Claim | None:
        try:
            descriptor = os.open(path, _FLAGS | os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise os_error(path, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return _read(descriptor, held=False)
        except BlockingIOError:
            return _read(descriptor, held=True)
        except OSError as error:
            raise os_error(path, error) from None
        finally:
            os.close(descriptor)

    def _file(self, thread: str) -> Path:
        # A digest, because an id may differ from another in case only, hold `/`, or be long.
        name = sha256(thread.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._directory / f"{name}.lock"


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        raise os_error(directory, error) from None


def _read(descriptor: int, *, held: bool) -> Claim:
    said = os.pread(descriptor, _REACHED, 0).rstrip(b"\0")
    count = int.from_bytes(os.pread(descriptor, 8, _REACHED), "big")
    reached = count - 1 if count else None
    try:
        who: dict[str, Any] = json.loads(said)
        name = f"process {int(who['pid'])} on {who['host']} since {who['since']}"
    except (ValueError, TypeError, KeyError):
        return Claim("another process", held, "", None)
    return Claim(safe_line(name, 120), held, str(who.get("thread", "")), reached)

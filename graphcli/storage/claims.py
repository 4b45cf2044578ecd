"""Claims: one run drives a thread at a time, and a claim dies with its process.

A claim is an advisory lock (`flock`) on a file of its own, so the kernel frees it however the
process ends. Looking and taking happen under a lock on the directory, the gate: without it a
look would for a moment be a claim itself, and refuse a run that nobody stands in the way of.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphcli.errors import StorageError, ThreadHeldError
from graphcli.storage.location import make_directory, os_error
from graphcli.text import safe_line

_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


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
            return self._look(self._file(thread))

    def any_held(self) -> str | None:
        """Return who holds some claim of this storage, or None. Call it inside `gate`."""
        found = (self._look(path) for path in self._directory.iterdir())
        return next((holder for holder in found if holder is not None), None)

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
                fcntl.flock(descriptor, fcntl.LOCK_EX)
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
                self._sign(descriptor)
            except BlockingIOError:
                holder = _signature(descriptor)
                os.close(descriptor)
                raise ThreadHeldError(thread, holder) from None
            except OSError as error:
                os.close(descriptor)
                raise os_error(path, error) from None
            _PROCESS.held.add(descriptor)
        return descriptor

    def _sign(self, descriptor: int) -> None:
        who = {"pid": os.getpid(), "host": os.uname().nodename, "since": self._now()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(who).encode(), 0)

    def _release(self, thread: str, descriptor: int) -> None:
        # The directory may be gone by now; the lock has to go in any case.
        with suppress(StorageError, OSError), self.gate():
            self._file(thread).unlink(missing_ok=True)
        with _PROCESS.lock:
            _PROCESS.held.discard(descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _look(self, path: Path) -> str | None:
        try:
            descriptor = os.open(path, _FLAGS | os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise os_error(path, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _signature(descriptor)
        else:
            return None
        finally:
            os.close(descriptor)

    def _file(self, thread: str) -> Path:
        # A digest, because an id may differ from another in case only, hold `/`, or be long.
        name = hashlib.sha256(thread.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._directory / f"{name}.lock"


def _signature(descriptor: int) -> str:
    try:
        who = json.loads(os.pread(descriptor, 1000, 0))
        said = f"process {int(who['pid'])} on {who['host']} since {who['since']}"
    except (ValueError, TypeError, KeyError):
        return "another process"
    return safe_line(said, 120)

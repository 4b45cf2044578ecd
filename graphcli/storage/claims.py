"""Claims: one run drives a thread at a time, and a claim dies with its process.

A claim is an advisory lock (`flock`) on a slot, so the kernel frees it however the process ends.
Looking and taking happen under a lock on the directory, the gate: without it a look would for a
moment be a claim itself, and refuse a run that nobody stands in the way of.

What a slot says of a run that died is kept until its thread is claimed again: it tells that the
database's log is lost. Where the slot is needed for another thread, it moves to a file of its
own, whose name comes from the thread's id. (Earlier versions held each claim in such a file.)
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from graphcli.errors import ThreadHeldError
from graphcli.hashes import sha256
from graphcli.storage.location import make_directory, os_error
from graphcli.storage.slots import (
    FLAGS,
    Claim,
    Slot,
    free,
    lock,
    made,
    note_reached,
    read,
    set_aside,
    slots_in,
)

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

#: Ends the name of what is kept apart from the slots.
_SUFFIX: Final = ".lock"


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
        self._mine: dict[str, tuple[int, bytes]] = {}

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
        file = _file_of(thread)
        with self.gate() as directory, slots_in(directory) as slots:
            return _holder(_look(directory, file), slots, file)

    def any_held(self) -> str | None:
        """Return who holds some claim of this storage, or None. Call it inside `gate`."""
        directory = os.open(self._directory, _DIRECTORY)
        try:
            return next((claim.who for claim in _every(directory) if claim.held), None)
        finally:
            os.close(directory)

    def every(self) -> list[Claim]:
        """Return every claim, those of processes that have died included."""
        if not self._directory.is_dir():
            return []
        with self.gate() as directory:
            return _every(directory)

    def reached(self, thread: str, seq: int) -> None:
        """Note beside a claim of this process that its thread has got to checkpoint `seq`.

        Should the claim's process die and the database's log be lost, this is what tells.
        """
        descriptor, check = self._mine.get(thread, (-1, b""))
        if descriptor in _PROCESS.held:
            with suppress(OSError):
                note_reached(descriptor, check, seq)

    def settle(self) -> None:
        """Wait until what is said of claims is on the disk.

        A power cut could bring back what was said of a thread, and where it is deleted by then,
        that would look like a log that is lost.
        """
        with self.gate() as directory, slots_in(directory) as slots:
            for slot in slots:
                os.fsync(slot.descriptor)
            os.fsync(directory)

    @contextmanager
    def gate(self) -> Iterator[int]:
        """Keep everyone else from taking or looking at claims; yield the open directory."""
        with _PROCESS.lock:
            try:
                directory = self._opened()
                try:
                    fcntl.flock(directory, fcntl.LOCK_EX)
                    yield directory
                finally:
                    os.close(directory)
            except OSError as error:
                raise os_error(self._directory, error) from None

    def _opened(self) -> int:
        try:
            return os.open(self._directory, _DIRECTORY)
        except FileNotFoundError:
            make_directory(self._directory)
            return os.open(self._directory, _DIRECTORY)

    def _take(self, thread: str) -> int:
        file = _file_of(thread)
        with self.gate() as directory, slots_in(directory, os.O_RDWR) as slots:
            apart = _look(directory, file)
            if (holder := _holder(apart, slots, file)) is not None:
                raise ThreadHeldError(thread, holder)
            slot = self._slot_for(directory, slots, file)
            check = slot.sign(thread, file, self._now())
            if apart is not None:
                os.unlink(file, dir_fd=directory)
            slots.remove(slot)
            _PROCESS.held.add(slot.descriptor)
            self._mine[thread] = slot.descriptor, check
        return slot.descriptor

    def _slot_for(self, directory: int, slots: list[Slot], file: str) -> Slot:
        """A slot that nobody holds, held by us."""
        idle = [slot for slot in slots if not slot.held]
        slot = min(idle, key=lambda each: each.rank(file), default=None)
        if slot is None:
            slots.append(slot := made(directory, len(slots)))
        elif slot.rank(file) == 2:
            set_aside(directory, slot)
        return slot

    def _release(self, thread: str, descriptor: int) -> None:
        with _PROCESS.lock:
            _PROCESS.held.discard(descriptor)
            self._mine.pop(thread, None)
            with suppress(OSError):
                free(descriptor)
            os.close(descriptor)


def _holder(apart: Claim | None, slots: list[Slot], file: str) -> str | None:
    """Who holds the thread of `file`, in a slot or, as an earlier version does, apart."""
    if apart is not None and apart.held:
        return apart.who
    return next((slot.claim.who for slot in slots if slot.claim and slot.holds(file)), None)


def _every(directory: int) -> list[Claim]:
    with slots_in(directory) as slots:
        found = [slot.claim for slot in slots]
    apart = sorted(name for name in os.listdir(directory) if name.endswith(_SUFFIX))
    found += [_look(directory, file) for file in apart]
    return [claim for claim in found if claim is not None]


def _look(directory: int, file: str) -> Claim | None:
    """What a claim in a file of its own says; None where there is none."""
    try:
        descriptor = os.open(file, FLAGS | os.O_RDONLY, dir_fd=directory)
    except FileNotFoundError:
        return None
    try:
        return read(descriptor, held=not lock(descriptor))
    finally:
        os.close(descriptor)


def _file_of(thread: str) -> str:
    # A digest, because an id may differ from another in case only, hold `/`, or be long.
    return sha256(thread.encode("utf-8", "surrogatepass")).hexdigest()[:32] + _SUFFIX

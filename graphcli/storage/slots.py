"""One slot for a claim: a file whose lock says that a run lives, and whose text says which.

A slot is made once and used again and again: a file that comes and goes with each claim is two
changes of the directory, which the file system writes down along with the next commit (0.7 ms).
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from graphcli.text import safe_line

FLAGS: Final = os.O_NOFOLLOW | os.O_CLOEXEC

#: Where a slot says how far its thread has got; before it stands who took it. It begins with a
#: checksum of that, for a cut may keep the one of a claim and the other of the claim before it.
_REACHED: Final = 1024
_CHECK: Final = 4
_SIZE: Final = _REACHED + _CHECK + 8

_FREE: Final = b"\0"


class Claim(NamedTuple):
    """What is said of a claim.

    `who` took it, for `thread`; `held` says whether that process still lives. `reached` is the
    `seq` of the last checkpoint that it was told was safe, None before the first. `file` is where
    all this is kept once its slot is needed; it is empty where nobody can read what is said.
    """

    who: str
    held: bool
    thread: str
    reached: int | None
    file: str = ""


class Slot(NamedTuple):
    """An open slot. `claim` is None where it is free, or is just being let go of."""

    descriptor: int
    held: bool
    claim: Claim | None

    def holds(self, file: str) -> bool:
        """Whether a run that lives may have claimed the thread of `file` here."""
        return self.held and self.claim is not None and self.claim.file in ("", file)

    def rank(self, file: str) -> int:
        """How well it serves the thread of `file`, the lowest best: what it says may be lost."""
        if self.claim is None or not self.claim.file:
            return 1
        return 0 if self.claim.file == file else 2

    def sign(self, thread: str, file: str, since: str) -> bytes:
        """Say who takes it for `thread`; return what belongs to all that is said later."""
        said = _record(thread, file, since)
        os.pwrite(self.descriptor, said.ljust(_SIZE, b"\0"), 0)
        return _check_of(said)


@contextmanager
def slots_in(directory: int, access: int = os.O_RDONLY) -> Iterator[list[Slot]]:
    """Yield all slots, and close those that are still in the list at the end.

    To be called inside the gate: whether one is held is found out by holding it for a moment.
    """
    slots: list[Slot] = []
    try:
        while (slot := _opened(directory, len(slots), access)) is not None:
            slots.append(slot)
        yield slots
    finally:
        for slot in slots:
            os.close(slot.descriptor)


def made(directory: int, number: int) -> Slot:
    """Return a new slot, held by this process."""
    flags = FLAGS | os.O_RDWR | os.O_CREAT | os.O_EXCL
    descriptor = os.open(_name(number), flags, 0o600, dir_fd=directory)
    try:
        os.fchmod(descriptor, 0o600)  # a umask can take rights away even from us
        lock(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return Slot(descriptor, held=False, claim=None)


def set_aside(directory: int, slot: Slot) -> None:
    """Keep what the slot says of a run that died in a file of its own."""
    if slot.claim is None or not slot.claim.file:
        return
    flags = FLAGS | os.O_WRONLY | os.O_CREAT
    descriptor = os.open(slot.claim.file, flags, 0o600, dir_fd=directory)
    try:
        os.pwrite(descriptor, os.pread(slot.descriptor, _SIZE, 0), 0)
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> bool:
    """Lock a slot without waiting; return whether that went well."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def free(descriptor: int) -> None:
    """Let go of a slot: in this order, so that nobody finds a run that has died."""
    os.pwrite(descriptor, _FREE, 0)
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def note_reached(descriptor: int, check: bytes, seq: int) -> None:
    """Say that the thread of a slot has got to checkpoint `seq`; `check` is from `sign`."""
    os.pwrite(descriptor, check + (seq + 1).to_bytes(8, "big"), _REACHED)


def read(descriptor: int, *, held: bool) -> Claim:
    """Return what the file of a claim says."""
    return _parsed(os.pread(descriptor, _SIZE, 0), held=held)


def _opened(directory: int, number: int, access: int) -> Slot | None:
    try:
        descriptor = os.open(_name(number), FLAGS | access, dir_fd=directory)
    except FileNotFoundError:
        return None
    try:
        held = not lock(descriptor)
        said = os.pread(descriptor, _SIZE, 0)
    except BaseException:
        os.close(descriptor)
        raise
    claim = None if said[:1] in (b"", _FREE) else _parsed(said, held=held)
    return Slot(descriptor, held, claim)


def _name(number: int) -> str:
    return f"{number}.slot"


def _record(thread: str, file: str, since: str) -> bytes:
    who = {"pid": os.getpid(), "host": os.uname().nodename, "since": since, "file": file}
    said = json.dumps({**who, "thread": thread}).encode()
    if len(said) > _REACHED:  # a longer id than a command line takes: the file tells it apart
        said = json.dumps(who).encode()
    return said[:_REACHED]


def _check_of(said: bytes) -> bytes:
    return zlib.crc32(said).to_bytes(_CHECK, "big")


def _reached(said: bytes, who: bytes) -> int | None:
    """How far the claim of `who` has got; earlier versions have no checksum there."""
    check, count = said[_REACHED:-8], int.from_bytes(said[_REACHED:][-8:], "big")
    return count - 1 if count and check in (b"", _check_of(who)) else None


def _parsed(said: bytes, *, held: bool) -> Claim:
    text = said[:_REACHED].rstrip(b"\0")
    try:
        who: dict[str, Any] = json.loads(text)
        name = f"process {int(who['pid'])} on {who['host']} since {who['since']}"
    except (ValueError, TypeError, KeyError):
        return Claim("another process", held, "", None)
    told = (str(who.get("thread", "")), _reached(said, text), str(who.get("file", "")))
    return Claim(safe_line(name, 120), held, *told)

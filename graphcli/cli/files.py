"""The files that flags name: text of a bounded size, from whatever can be read to its end."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from typing import Final, TextIO

from graphcli.errors import UsageError

#: An answer or an input is what a person can read; what is larger was named by mistake (bytes).
MAX_SIZE: Final = 10 * 1024 * 1024
#: How long a named pipe may have no writer, in milliseconds: CI would wait for one for ever.
_PATIENCE: Final = 2_000
_CHUNK: Final = 64 * 1024


def read_text(name: str, source: str, stdin: TextIO, limit: int = MAX_SIZE) -> str:
    """Return the text in the file `name`, or in `stdin` for `-`; `source` is how messages call it.

    A mark of the byte order at its beginning is dropped, and every end of line is a newline. At
    most `limit` bytes.

    Raises:
        UsageError: it cannot be read, is larger, or is no UTF-8 text.
    """
    try:
        data = _of_stream(stdin, limit) if name == "-" else _of_file(name, source, limit)
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror}", "name a file that can be read") from None
    if len(data) > limit:
        raise UsageError(
            f"{source} is larger than {limit // 1024**2} MiB",
            "name a smaller file; a graph can read large ones itself, by their path",
        )
    return _decoded(data, source)


def _decoded(data: bytes, source: str) -> str:
    try:
        text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError:
        raise UsageError(f"{source}: it is not UTF-8 text", "save it as UTF-8") from None
    if "\0" in text:
        raise UsageError(f"{source}: it is no text, it holds a zero byte", "name a text file")
    return text


def _of_stream(stdin: TextIO, limit: int) -> bytes:
    buffer = getattr(stdin, "buffer", None)
    if buffer is not None:
        data: bytes = buffer.read(limit + 1)
        return data
    return stdin.read(limit + 1).encode()


def _of_file(name: str, source: str, limit: int) -> bytes:
    # Not waiting: to open a pipe that nobody writes to would last for ever.
    number = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise UsageError(f"{source}: it is a folder", "name a file in it")
        data = bytearray()
        for chunk in _chunks(number, source):
            data += chunk
            if len(data) > limit:
                break
        return bytes(data)
    finally:
        os.close(number)


def _chunks(number: int, source: str) -> Iterator[bytes]:
    """Yield what an open file holds; a pipe is over when its writers are gone, not before."""
    begun = not stat.S_ISFIFO(os.fstat(number).st_mode)
    while True:
        try:
            chunk = os.read(number, _CHUNK)
        except BlockingIOError:  # somebody has it open for writing, and is still at work
            _wait(number)
        else:
            if not chunk and begun:
                return
            if not chunk and not _wait(number, _PATIENCE):
                raise UsageError(f"{source}: it is a pipe that nobody writes to", "name a file")
            yield chunk
        begun = True


def _wait(number: int, patience: int | None = None) -> bool:
    # Deferred: only a pipe needs it.
    import select

    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(patience))

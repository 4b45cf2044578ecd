"""SHA-256 and BLAKE2b as `hashlib` has them, without OpenSSL: its loading is 3 ms of a start."""

from __future__ import annotations

TYPE_CHECKING = False  # typing has it as well, for half the cost of starting Python.
if TYPE_CHECKING:
    from collections.abc import Callable
    from hashlib import _Hash, blake2b
    from typing import Any
else:
    from _blake2 import blake2b

__all__ = ["blake2b", "sha256"]

#: From so many bytes on OpenSSL's is done sooner, its loading included: it is ten times as fast.
_MANY = 1 << 18


def sha256(data: bytes) -> _Hash:
    """Return the SHA-256 of `data`."""
    if len(data) >= _MANY or _small is None:
        # Deferred: OpenSSL.
        import hashlib

        return hashlib.sha256(data)
    return _small(data)


def _own() -> Callable[[bytes], _Hash] | None:
    """Python's own SHA-256; None where it was built without."""
    for module in ("_sha2", "_sha256"):  # since Python 3.12, and before
        try:
            made: Any = __import__(module)
        except ImportError:
            continue
        return made.sha256  # type: ignore[no-any-return]  # an inner module of Python's.
    return None


_small = _own()

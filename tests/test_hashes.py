"""Our hashes are the standard library's, with OpenSSL and without it."""

from __future__ import annotations

import hashlib
from itertools import repeat

import pytest

from graphcli import hashes

SIZES = (0, 1, 55, 56, 64, 1000, hashes._MANY - 1, hashes._MANY)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("own", [True, False])
def test_the_same_digest_whoever_makes_it(
    size: int, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not own:
        monkeypatch.setattr(hashes, "_small", None)
    data = bytes(range(256)) * (size // 256) + bytes(repeat(7, size % 256))
    assert hashes.sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()
    ours = hashes.blake2b(data, digest_size=16).hexdigest()
    assert ours == hashlib.blake2b(data, digest_size=16).hexdigest()

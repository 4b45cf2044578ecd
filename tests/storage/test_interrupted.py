"""Ctrl-C at every line of a commit or a look: what the run does next finds the storage as it is."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import graphcli.storage
from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.errors import StorageDamagedError
from graphcli.storage import Storage, sqlite
from tests.contract.build import begin, load

#: Where a signal is heard: at a line of the storage, and on the way into and out of a `with`.
PLACES = (str(Path(graphcli.storage.__file__).parent), contextlib.__file__)


class InterruptAt:
    """Raises KeyboardInterrupt at the n-th line that this thread runs there."""

    def __init__(self, line: int) -> None:
        self.left = line
        self._before = sys.gettrace()

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if not frame.f_code.co_filename.startswith(PLACES):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self._trace


def park(storage: Storage) -> None:
    storage.commit(Commit("release", 0, status=Status.STOPPED))


def look(storage: Storage) -> None:
    load(storage)


def interrupted(storage: Storage, work: Callable[[Storage], None]) -> int:
    """Interrupt `work` at each of its lines, and park while that is dealt with; count them."""
    begin(storage)
    for line in range(1, 10_000):
        at = InterruptAt(line)
        try:
            with at:
                work(storage)
        except KeyboardInterrupt:
            park(storage)  # as the run does that is left
            look(storage)
        if at.left > 0:
            return line
    raise AssertionError("it has no end")


@pytest.mark.parametrize("work", [park, look])
def test_ctrl_c_anywhere_leaves_no_transaction_open(
    storage: Storage, work: Callable[[Storage], None]
) -> None:
    assert interrupted(storage, work) > 50


def test_a_transaction_that_is_left_open_would_look_like_damage(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "roll_back", lambda _connection: None)
    with pytest.raises(StorageDamagedError, match="transaction within a transaction"):
        interrupted(storage, park)

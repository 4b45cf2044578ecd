"""What one evaluation may cost. Every number is far above honest use and far below harm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

MAX_SOURCE: Final = 2_000  # characters
MAX_NODES: Final = 400
MAX_DEPTH: Final = 40
MAX_STEPS: Final = 20_000  # nodes visited in one evaluation
MAX_LENGTH: Final = 100_000  # characters or elements of a computed value
MAX_INT: Final = 10**18
#: Units of work in one evaluation: a character is one, an element sixteen (about its bytes).
MAX_WORK: Final = 8_000_000
_ELEMENT: Final = 16


class LimitError(ValueError):
    """An evaluation would cost more than it may."""


class Meter:
    """Counts what one evaluation has cost, and stops it before it costs too much."""

    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._work = MAX_WORK

    def step(self) -> None:
        """Count one visited node.

        Raises:
            LimitError: there were more than MAX_STEPS.
        """
        self._steps -= 1
        if self._steps < 0:
            raise LimitError(f"the expression takes more than {MAX_STEPS} steps")

    def weigh(self, *values: Any) -> None:
        """Count all that is inside `values`, however often it is shared.

        A list of references is short, but what it becomes as text is not: whatever reads a
        value to its depth is weighed first.

        Raises:
            LimitError: there is more in them than MAX_WORK allows.
        """
        waiting = list(values)
        while waiting:
            value = waiting.pop()
            self._work -= _ELEMENT
            if isinstance(value, str | bytes):
                self._work -= len(value)
            elif isinstance(value, Mapping):
                self._room_for(len(value))
                waiting.extend(value)
                waiting.extend(value.values())
            elif isinstance(value, list | tuple | set | frozenset):
                self._room_for(len(value))
                waiting.extend(value)
            if self._work < 0:
                raise LimitError("the values are too large for an expression")

    def _room_for(self, count: int) -> None:
        if count * _ELEMENT > self._work:
            raise LimitError("the values are too large for an expression")

    def computed(self, value: Any) -> Any:
        """Return `value` if a computed value may be that large.

        Raises:
            LimitError: it is longer than MAX_LENGTH, beyond MAX_INT, or no finite number.
        """
        if isinstance(value, str | list | dict):
            check_length(len(value))
            if not isinstance(value, str):
                self.weigh(value)
        elif isinstance(value, int | float):
            _check_number(value)
        return value


def check_length(length: int) -> None:
    """Raise LimitError if a computed value of `length` is too long."""
    if length > MAX_LENGTH:
        raise LimitError(f"the result is longer than {MAX_LENGTH}")


def _check_number(value: int | float) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise LimitError("the result is no finite number")
    if isinstance(value, int) and abs(value) > MAX_INT:
        raise LimitError("the result is too large a number")

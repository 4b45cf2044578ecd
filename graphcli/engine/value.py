"""Values that nobody changes, of which a superstep makes many.

mypy keeps them frozen, as it does every dataclass here. Python does not check it again, because
making a value then takes five times as long, and that was a sixth of a superstep.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

__all__ = ["value"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, slots: bool) -> Any:
        """Make a dataclass that can be hashed like a frozen one."""
        return dataclasses.dataclass(slots=slots, unsafe_hash=frozen)

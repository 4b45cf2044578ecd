"""State keys that the engine fills in: a node reads them, and nobody writes or keeps them."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin


class Managed(Enum):
    """What a managed key tells a node about its run."""

    REMAINING_STEPS = "remaining_steps"
    IS_LAST_STEP = "is_last_step"

    def told(self, left: int) -> int | bool:
        """Return the value for a node with `left` supersteps to go, its own included."""
        return left if self is Managed.REMAINING_STEPS else left == 1


#: Annotates a state key with how many supersteps the run may still take, this one included.
RemainingSteps = Annotated[int, Managed.REMAINING_STEPS]

#: Annotates a state key that tells whether the run may take no superstep after this one.
IsLastStep = Annotated[bool, Managed.IS_LAST_STEP]


def managed_by(hint: Any) -> Managed | None:
    """Return what a key's annotation asks the engine for, None for an ordinary channel."""
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    if get_origin(hint) is not Annotated:
        return None
    return next((item for item in get_args(hint)[1:] if isinstance(item, Managed)), None)

"""Whether a failed task is tried again, and when."""

from __future__ import annotations

from collections.abc import Sequence

from graphcli.engine.values.model import RetryPolicy
from graphcli.errors import (
    InvalidGraphError,
    InvalidUpdateError,
    Rejected,
    UnsecretableError,
    UnsupportedValueError,
)

#: Said by the graph or about its code: trying again says the same again.
_FINAL = (
    Rejected,
    InvalidUpdateError,
    InvalidGraphError,
    UnsupportedValueError,
    UnsecretableError,
)


def delay_before_next(
    policies: Sequence[RetryPolicy], error: Exception, attempts: int
) -> float | None:
    """Return the seconds until the next attempt after `attempts` of them, None when there is none.

    The first policy that wants the error decides.
    """
    if isinstance(error, _FINAL):
        return None
    for policy in policies:
        if _wants(policy, error):
            return None if attempts >= policy.max_attempts else _backoff(policy, attempts)
    return None


def _wants(policy: RetryPolicy, error: Exception) -> bool:
    wanted = policy.retry_on
    if isinstance(wanted, Sequence):
        return isinstance(error, tuple(wanted))
    return isinstance(error, wanted) if isinstance(wanted, type) else wanted(error)


def _backoff(policy: RetryPolicy, attempts: int) -> float:
    delay = policy.initial_interval * policy.backoff_factor ** (attempts - 1)
    return min(policy.max_interval, delay) + (_jitter() if policy.jitter else 0.0)


def _jitter() -> float:
    # Deferred: only a retry needs it, and each run would pay for it.
    import random

    return random.uniform(0, 1)  # noqa: S311 - spreads retries, hides nothing.

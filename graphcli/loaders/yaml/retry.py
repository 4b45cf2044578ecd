"""`retry:` → the engine's policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcli.engine.values.model import RetryPolicy
from graphcli.errors import GraphcliError, NodeTimeoutError
from graphcli.loaders.yaml.nodes import CommandFailedError
from graphcli.loaders.yaml.words import seconds


def retry_policy(spec: Mapping[str, Any] | None) -> RetryPolicy | None:
    """Return the policy that `retry:` describes; the wait doubles each time."""
    if not spec:
        return None
    on = spec.get("on")
    names = on if isinstance(on, list) or on is None else [on]
    return RetryPolicy(
        initial_interval=seconds(spec.get("backoff", RetryPolicy().initial_interval)),
        # The YAML counts the tries after the first one, the engine counts them all.
        max_attempts=spec["max"] + 1,
        jitter=False,
        retry_on=lambda error: _may_pass(error) and (names is None or _is_named(error, names)),
    )


def _may_pass(error: Exception) -> bool:
    # An expression that fails, or a `next` where nothing holds, fails the same way again, and
    # would run the command again for nothing.
    return not isinstance(error, GraphcliError) or isinstance(
        error, CommandFailedError | NodeTimeoutError
    )


def _is_named(error: Exception, names: list[str | int]) -> bool:
    if isinstance(error, CommandFailedError) and ("exit" in names or error.status in names):
        return True
    if isinstance(error, NodeTimeoutError) and "timeout" in names:
        return True
    return any(kind.__name__ in names for kind in type(error).__mro__)

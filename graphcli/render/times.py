"""Times and durations as people say them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def duration(seconds: float) -> str:
    """Return how long something took: `1.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def age(iso: str, now: datetime) -> str:
    """Return how long ago an ISO 8601 time was: `now`, `3 min ago`, `2 days ago`.

    A time in the future, from a machine whose clock is ahead, is `now`; what is no time at all
    is shown as it is.
    """
    then = _parsed(iso)
    if then is None:
        return iso
    passed = int((now - then).total_seconds())
    if passed < _MINUTE:
        return "now"
    if passed < _HOUR:
        return f"{passed // _MINUTE} min ago"
    if passed < _DAY:
        return f"{passed // _HOUR} h ago"
    days = passed // _DAY
    return f"{days} day{'s' if days > 1 else ''} ago"


def moment(iso: str) -> str:
    """Return an ISO 8601 time for reading, to the second: `2026-11-21 03:04:31 UTC`."""
    then = _parsed(iso)
    return iso if then is None else then.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _parsed(iso: str) -> datetime | None:
    try:
        then = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return then if then.tzinfo else then.replace(tzinfo=UTC)

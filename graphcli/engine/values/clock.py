"""The one place that looks at the clock. Times are for people; order comes from `seq`."""

from __future__ import annotations

import time
from functools import lru_cache


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC, with microseconds."""
    seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
    return f"{_to_the_second(seconds)}.{nanos // 1000:06d}+00:00"


@lru_cache(maxsize=1)
def _to_the_second(seconds: int) -> str:
    # Not datetime: its import costs 3 ms, and it is not needed for anything else. Kept for as long
    # as it is right, because a superstep asks for the time more often than the second changes.
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))

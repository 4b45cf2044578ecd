"""What a thread is, and a thread as a list has it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """What a thread is: always exactly one of these."""

    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    FINISHED = "finished"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether the thread has ended for good."""
        return self in (Status.FINISHED, Status.REJECTED, Status.CANCELLED)


class ThreadLine(NamedTuple):
    """A thread as a list has it; see `ThreadInfo`, of which these are some fields."""

    id: str
    graph: str
    status: Status
    seq: int
    open: int
    created_at: str
    updated_at: str

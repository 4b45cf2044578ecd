"""What a task waits for: a pause, its async function, its memos, the subgraphs in it."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Generator, Iterable
from threading import Event
from typing import Any

from graphcli.engine.graph.structure import Node
from graphcli.engine.values.model import Result
from graphcli.errors import GraphInterrupt, NodeTimeoutError


class _Pause:
    """Suspends a task without an event loop; whoever advances it waits for that many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __await__(self) -> Generator[float, None, None]:
        yield float(self._seconds)


async def pause(seconds: float, *, on_loop: bool) -> None:
    """Let that time pass: on the event loop, or where a task is advanced without one."""
    if on_loop:
        import asyncio

        await asyncio.sleep(seconds)
    else:
        await _Pause(seconds)


async def all_done(memos: Iterable[Any]) -> None:
    """Wait for the async memos that a node left at work; one that fails or asks does so for it."""
    import asyncio

    await asyncio.gather(*memos)


async def let_go(memos: Iterable[Any], error: BaseException) -> None:
    """See to the async memos of an attempt that `error` ends."""
    import asyncio

    at_work = set(memos)
    if isinstance(error, (GraphInterrupt, BaseExceptionGroup)):
        await asyncio.wait(at_work)  # the question stops the node; what was begun is recorded
        return
    for memo in at_work:
        memo.cancel()


def advance(work: Coroutine[Any, Any, Result]) -> Result | float:
    """Run a task that needs no event loop: to its end, or to a pause between two attempts.

    Returns its Result, or the seconds after which it wants to go on.
    """
    try:
        seconds: float = work.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    return seconds


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a task that needs no event loop to its end, pauses included."""
    while not isinstance(said := advance(work), Result):
        time.sleep(said)
    return said


async def limited(node: Node, returned: Any) -> Any:
    """What an async node returns within its timeout."""
    if node.timeout is None:
        return await returned
    # Deferred: 72 ms, and a graph without async nodes never needs it.
    import asyncio

    try:
        async with asyncio.timeout(node.timeout) as limit:
            return await returned
    except TimeoutError:
        if limit.expired():
            raise NodeTimeoutError(node.name, node.timeout) from None
        raise  # the node's own: a request that timed out, say


async def all_over(at_work: Iterable[Event]) -> None:
    """Wait for the subgraphs that a node left at work when one of them asked.

    So does `asyncio.gather`; cut off, they would be uncertain.
    """
    import asyncio

    for over in list(at_work):
        await asyncio.to_thread(over.wait)

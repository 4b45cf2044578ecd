"""The async face of a run: the same loop, in a thread beside the caller's event loop.

The run itself is written once, for a thread: commits and sync nodes never block the caller's
loop, and async nodes run on it.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from graphcli.engine.running.interrupt import current_scope
from graphcli.engine.running.workers import Loop

if TYPE_CHECKING:
    import asyncio

E = TypeVar("E")
T = TypeVar("T")


async def in_thread(
    make: Callable[[Loop], Iterator[E]], told: Callable[[E], Iterable[T]]
) -> AsyncIterator[T]:
    """Yield what `told` makes of each event that `make(loop)` yields in a thread.

    The thread goes on when the next one is asked for, as a generator does. Who leaves early,
    or is cancelled, cancels the async nodes and waits until the run has parked the thread: a
    sync node cannot be stopped, so it is waited for. A subgraph that a TaskGroup cancels because
    its neighbour asks goes on to its own end or question, as beside `asyncio.gather`: cut off, its
    nodes would be uncertain, and what it asks would not be told.
    """
    import asyncio

    caller, scope = asyncio.get_running_loop(), current_scope()
    loop, heard = Loop(caller), asyncio.Queue[tuple[str, Any]]()
    side = _Side(caller, heard)
    work = copy_context().run
    threading.Thread(target=work, args=(side.run, make, loop, told), daemon=True).start()
    kind, said = "", None
    try:
        while (kind := (got := await heard.get())[0]) == "event":
            yield got[1]
            side.turn.release()
        said = got[1]
    finally:
        if kind in ("", "event") and not (scope is not None and scope.stopped):
            side.left.set()
            loop.leave()
        side.turn.release()
        while kind in ("", "event"):
            kind = (await heard.get())[0]
            side.turn.release()
    if said is not None:
        raise said


async def beside(work: Callable[[], T]) -> T:
    """Return what `work` returns in a thread beside the caller's loop.

    Who is cancelled waits until it has ended: what it claimed and wrote is then settled.
    """

    def once(_loop: Loop) -> Iterator[T]:
        yield work()

    (returned,) = [each async for each in in_thread(once, lambda each: (each,))]
    return returned


class _Side:
    """The thread in which the run is driven."""

    def __init__(
        self, caller: asyncio.AbstractEventLoop, heard: asyncio.Queue[tuple[str, Any]]
    ) -> None:
        self.left = threading.Event()
        self.turn = threading.Semaphore(0)
        self._caller = caller
        self._heard = heard

    def run(
        self,
        make: Callable[[Loop], Iterator[E]],
        loop: Loop,
        told: Callable[[E], Iterable[Any]],
    ) -> None:
        try:
            events = make(loop)
            for event in events:
                for each in told(event):
                    self._tell("event", each)
                    self.turn.acquire()
                    if self.left.is_set():
                        break
                if self.left.is_set():
                    events.close()  # type: ignore[attr-defined]  # every run is a generator.
                    break
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited.
            self._tell("error", error)
        else:
            self._tell("end", None)

    def _tell(self, kind: str, said: Any) -> None:
        try:
            self._caller.call_soon_threadsafe(self._heard.put_nowait, (kind, said))
        except RuntimeError:  # the caller's loop is gone, and nobody listens
            self.left.set()
            self.turn.release()

"""The async face of a run: the same loop, in a thread beside the caller's event loop.

The run itself is written once, for a thread: commits and sync nodes never block the caller's
loop, and async nodes run on it.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from graphcli.engine.workers import Loop

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


async def in_thread(
    make: Callable[[Loop], Iterator[T]], only: type[Any] = object
) -> AsyncIterator[T]:
    """Yield what `make(loop)` yields in a thread, or those of it that are an `only`.

    The thread goes on when the next one is asked for, as a generator does. Who leaves early,
    or is cancelled, cancels the async nodes and waits until the run has parked the thread: a
    sync node cannot be stopped, so it is waited for.
    """
    import asyncio

    caller = asyncio.get_running_loop()
    loop, told = Loop(caller), asyncio.Queue[tuple[str, Any]]()
    side = _Side(caller, told)
    work = copy_context().run
    threading.Thread(target=work, args=(side.run, make, loop, only), daemon=True).start()
    kind, said = "", None
    try:
        while (kind := (got := await told.get())[0]) == "event":
            yield got[1]
            side.turn.release()
        said = got[1]
    finally:
        side.left.set()
        side.turn.release()
        if kind in ("", "event"):
            loop.leave()
        while kind in ("", "event"):
            kind = (await told.get())[0]
    if said is not None:
        raise said


class _Side:
    """The thread in which the run is driven."""

    def __init__(
        self, caller: asyncio.AbstractEventLoop, told: asyncio.Queue[tuple[str, Any]]
    ) -> None:
        self.left = threading.Event()
        self.turn = threading.Semaphore(0)
        self._caller = caller
        self._told = told

    def run(self, make: Callable[[Loop], Iterator[T]], loop: Loop, only: type[Any]) -> None:
        try:
            events = make(loop)
            for event in events:
                if isinstance(event, only):
                    self._tell("event", event)
                    self.turn.acquire()
                if self.left.is_set():
                    events.close()  # type: ignore[attr-defined]  # every run is a generator.
                    break
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited.
            self._tell("error", error)
        else:
            self._tell("end", None)

    def _tell(self, kind: str, said: Any) -> None:
        try:
            self._caller.call_soon_threadsafe(self._told.put_nowait, (kind, said))
        except RuntimeError:  # the caller's loop is gone, and nobody listens
            self.left.set()
            self.turn.release()

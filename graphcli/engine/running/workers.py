"""Where tasks run besides here: in a few worker threads, or on one event loop."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

#: The same on every machine, so that a graph behaves the same everywhere: what nodes wait for is
#: a network or a program, hardly ever a processor. It is what Python's thread pool, and so
#: LangGraph, takes at most. A fan-out commits once for so many small tasks.
DEFAULT_WORKERS = 32

#: What a thread waits for while it rests.
_Bell = queue.SimpleQueue[None]


def is_cancelled(error: BaseException | None) -> bool:
    """Return whether `error` is how an asyncio task is told to stop."""
    asyncio = sys.modules.get("asyncio")  # where nobody has imported it, nobody has raised it
    return asyncio is not None and isinstance(error, asyncio.CancelledError)


def _taken(items: deque[T] | list[T]) -> T | None:
    """Take the first of a deque, the last of a list; None if there is none. No two get the same."""
    try:
        return items.popleft() if isinstance(items, deque) else items.pop()
    except IndexError:
        return None


def on_a_loop() -> bool:
    """Return whether an event loop runs in this very thread."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


class Workers(Generic[T]):
    """Calls `do`, which never raises, with what is submitted, in up to `limit` daemon threads.

    Each calls the next one before it begins, if there is more to do; that one gets its turn as
    soon as the first one waits for anything. Where nothing waits the first one does everything,
    since Python lets one thread run at a time: a thousand small tasks then cost hardly a switch
    between threads, nor starting more than two of them (26 us a task instead of 35).

    Daemon, so that a node which never ends cannot keep the process alive.
    """

    def __init__(self, do: Callable[[T], object], limit: int | None = None) -> None:
        self.limit = limit or DEFAULT_WORKERS
        self._do = do
        self._todo: deque[tuple[Context, T]] = deque()
        self._threads: list[_Bell] = []
        self._resting: list[_Bell] = []
        self._coming = False
        self._closed = False

    def submit(self, item: T) -> None:
        """Call with `item` as soon as a thread is free.

        It sees the caller's context variables.
        """
        self._todo.append((copy_context(), item))
        self._call()

    def take_back(self) -> list[T]:
        """Return what nobody has begun with, and nobody will."""
        return [item for _, item in iter(lambda: _taken(self._todo), None)]

    def close(self) -> None:
        """Let every thread end once it has nothing left to do."""
        self._closed = True
        for bell in self._threads:
            bell.put(None)

    def _call(self) -> None:
        """Let one more thread come, unless one is on its way already."""
        if self._coming:
            return
        bell = _taken(self._resting) or self._started()
        if bell is not None:  # else all are at work, and look for more when they have done
            self._coming = True  # until it has come
            bell.put(None)

    def _started(self) -> _Bell | None:
        """Start a thread that rests, if there may be one more."""
        if len(self._threads) >= self.limit:
            return None
        bell: _Bell = queue.SimpleQueue()
        thread = threading.Thread(
            target=self._work, args=(bell,), name="graphcli-task", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # the system allows no more
            if not self._threads:
                raise
            return None
        self._threads.append(bell)
        return bell

    def _work(self, bell: _Bell) -> None:
        process = os.getpid()
        while True:
            bell.get()
            self._coming = False  # before we look: who submits after that calls somebody
            while (taken := _taken(self._todo)) is not None:
                if self._todo:
                    self._call()
                taken[0].run(self._do, taken[1])
                # A child that a node forked has nobody else in it, and would wait for ever.
                if process != os.getpid():
                    return
            self._resting.append(bell)
            if self._todo:  # since we looked, and who submitted it saw nobody rest
                self._call()
            if self._closed:
                return


class Loop:
    """One event loop for a run's async nodes: the caller's, else one in a thread of its own."""

    def __init__(self, caller: asyncio.AbstractEventLoop | None = None) -> None:
        self._caller = caller
        self._own: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._left = False

    @property
    def is_callers(self) -> bool:
        """Whether it is a loop that the caller runs, who can be cancelled and then leaves it."""
        return self._caller is not None

    def submit(
        self, work: Coroutine[Any, Any, T], lost: Callable[[], Any], done: Callable[[T], Any]
    ) -> None:
        """Run `work` on the loop; `done` gets its result, `lost` tells that it never began."""

        def begin() -> None:
            task = loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(end)
            if self._left:
                task.cancel()

        def end(task: asyncio.Task[T]) -> None:
            self._tasks.discard(task)
            lost() if task.cancelled() else done(task.result())

        loop = self._caller or self._started()
        loop.call_soon_threadsafe(begin)

    def leave(self) -> None:
        """Cancel what runs, and what is still to begin; called on the caller's loop."""
        self._left = True
        for task in set(self._tasks):
            task.cancel()

    def close(self, *, wait: bool = True) -> None:
        """Stop the loop if it is our own; what still runs on it is cancelled."""
        if self._own is not None:
            self._own.call_soon_threadsafe(_cancel_all, self._own)
            if wait:
                self._thread.join()
            self._own = None

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._own is None:
            # Deferred: 72 ms, and a graph without async nodes never needs it.
            import asyncio

            self._own = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=_run_until_stopped, args=(self._own,), name="graphcli-loop", daemon=True
            )
            self._thread.start()
        return self._own


def _run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio

    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    loop.create_task(_stop_after(pending))


async def _stop_after(pending: set[asyncio.Task[Any]]) -> None:
    import asyncio

    await asyncio.gather(*pending, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
    asyncio.get_running_loop().stop()

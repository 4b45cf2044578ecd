"""Where tasks run besides here: in a few worker threads, or on one event loop."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

#: As many as the standard library's thread pool takes: more threads only wait for one another.
DEFAULT_WORKERS = min(32, (os.cpu_count() or 1) + 4)


def is_cancelled(error: BaseException | None) -> bool:
    """Return whether `error` is how an asyncio task is told to stop."""
    asyncio = sys.modules.get("asyncio")  # where nobody has imported it, nobody has raised it
    return asyncio is not None and isinstance(error, asyncio.CancelledError)


def on_a_loop() -> bool:
    """Return whether an event loop runs in this very thread."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


class Workers:
    """Runs callables in up to `limit` daemon threads, started when they are first needed.

    Daemon, so that a node which never ends cannot keep the process alive.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit or DEFAULT_WORKERS
        self._todo: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._threads = 0

    def submit(self, work: Callable[[], Any]) -> None:
        """Run `work`, which never raises, as soon as a thread is free.

        It sees the caller's context variables.
        """
        context = copy_context()
        self._todo.put(lambda: context.run(work))
        if self._threads < self.limit:
            self._threads += 1
            threading.Thread(target=self._work, name="graphcli-task", daemon=True).start()

    def close(self) -> None:
        """Let every thread end once it has nothing left to do."""
        for _ in range(self._threads):
            self._todo.put(None)
        self._threads = 0

    def _work(self) -> None:
        process = os.getpid()
        # A child that a node forked has nobody else in it, and would wait for ever.
        while process == os.getpid() and (work := self._todo.get()) is not None:
            work()


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

"""The async face of a run: the same loop, in a thread beside the caller's event loop.

The run itself is written once, for a thread: commits and sync nodes never block the caller's
loop, and async nodes run on it.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

from graphcli.engine.workers import Loop

T = TypeVar("T")


async def in_thread(make: Callable[[Loop], Iterator[T]]) -> AsyncIterator[T]:
    """Yield what `make(loop)` yields in a thread; leaving early closes it and waits for it."""
    import asyncio

    loop = asyncio.get_running_loop()
    told: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    left = threading.Event()

    def tell(kind: str, said: Any) -> None:
        with suppress(RuntimeError):  # the caller's loop is gone, and nobody listens
            loop.call_soon_threadsafe(told.put_nowait, (kind, said))

    def work() -> None:
        events = make(Loop(loop))
        try:
            for event in events:
                tell("event", event)
                if left.is_set():
                    events.close()  # type: ignore[attr-defined]  # every run is a generator.
                    break
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited.
            tell("error", error)
        else:
            tell("end", None)

    thread = threading.Thread(target=copy_context().run, args=(work,), daemon=True)
    thread.start()
    kind = ""
    try:
        while (kind := (said := await told.get())[0]) == "event":
            yield said[1]
        if kind == "error":
            raise said[1]
    finally:
        left.set()
        while kind == "event":  # left early: the run parks the thread before we go
            kind = (await told.get())[0]

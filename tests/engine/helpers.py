"""What the tests of the engine share: configs, and checkpointers that watch or refuse."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from graphcli import InMemorySaver, RetryPolicy
from graphcli.engine.running.events import Event, RunEnded
from graphcli.engine.values.checkpointer import Commit, Saved
from graphcli.engine.values.model import Answer, Asked, Result
from graphcli.errors import StorageError, UnsupportedValueError

#: Tries again at once.
AT_ONCE = RetryPolicy(initial_interval=0, jitter=False, max_attempts=3, retry_on=Exception)


def on(thread: str, **more: Any) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread}, **more}


def last(events: Iterable[Event]) -> RunEnded:
    """Drive `events` to their end and return the last one."""
    ended = list(events)[-1]
    assert isinstance(ended, RunEnded)
    return ended


def answer(asked: Asked, value: Any) -> Answer:
    return Answer(asked.id, asked.digest, value, by="ada", at="noon")


def payloads(output: dict[str, Any]) -> list[Any]:
    """What `invoke` returned as questions."""
    return [interrupt.value for interrupt in output["__interrupt__"]]


def saved(saver: InMemorySaver, thread: str = "t") -> Saved:
    found = saver.load(thread)
    assert found is not None
    return found


@dataclass
class Log:
    """What ran, in the order in which it did."""

    names: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> None:
        self.names.append(name)

    def taken(self) -> list[str]:
        """Return what ran since the last look."""
        names, self.names = self.names, []
        return names


class WatchingSaver(InMemorySaver):
    """Remembers every commit, and gives notice of each result once it is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Commit] = []
        self.notice: Callable[[Result], object] = lambda result: None

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        self.commits.append(commit)
        for result in commit.results:
            self.notice(result)


class StrictSaver(WatchingSaver):
    """Refuses functions, as a storage does that writes values down; `refused` tells that it did."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = threading.Event()

    def check(self, value: Any, path: str) -> None:
        if isinstance(value, FunctionType):
            self.refused.set()
            raise UnsupportedValueError(path, "a function")
        if isinstance(value, dict):
            for key, item in value.items():
                self.check(item, f"{path}.{key}")

    def commit(self, commit: Commit) -> None:
        for result in commit.results:
            self._check_result(result)
        for checkpoint in commit.checkpoints:
            for name in checkpoint.changed:
                self.check(checkpoint.values[name], name)
        for given in commit.answers:
            self.check(given.value, "answer")
        super().commit(commit)

    def _check_result(self, result: Result) -> None:
        for name, value in result.writes:
            self.check(value, name)
        if result.asked is not None:
            self.check(result.asked.payload, "payload")


class DyingSaver(WatchingSaver):
    """Simulates a process that dies: after `die()` nothing reaches the store.

    `revive()` is the next process, which finds the store as the first one left it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._dead = False

    def die(self) -> None:
        """Let nothing through any more, and stop the run."""
        self._dead = True
        raise KeyboardInterrupt

    def revive(self) -> None:
        self._dead = False

    def commit(self, commit: Commit) -> None:
        if self._dead:
            raise StorageError("a dead process writes nothing")
        super().commit(commit)

"""`task`: a memo inside a node. Its work is recorded when it is done, and not done again."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from graphcli.dataclass import dataclass
from graphcli.engine.graph.channels import isolated
from graphcli.engine.graph.functions import is_async
from graphcli.engine.running.interrupt import Frame, Scope, required_scope, within
from graphcli.engine.running.memos import Memos
from graphcli.engine.running.waiting import finish, pause
from graphcli.engine.values.digest import digest
from graphcli.engine.values.model import Result, RetryPolicy
from graphcli.engine.values.retry import delay_before_next
from graphcli.errors import UnsupportedValueError

if TYPE_CHECKING:
    import asyncio

P = ParamSpec("P")
T = TypeVar("T")

_RETURN, _ASKED, _SUBGRAPHS = "__return__", "__asked__", "__subgraphs__"


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What a memo on a sync function returned: its work was done at the call."""

    value: T

    def result(self, timeout: float | None = None) -> T:  # noqa: ARG002 - a future's signature.
        """Return the value; there is nothing to wait for."""
        return self.value

    def done(self) -> bool:
        """Return True."""
        return True

    def __await__(self) -> Generator[None, None, T]:
        yield from ()
        return self.value


@dataclass(frozen=True, slots=True)
class _Memo:
    """A function whose calls are remembered."""

    function: Callable[..., Any]
    name: str
    retry: tuple[RetryPolicy, ...]
    is_async: bool

    def call(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        scope = required_scope(self.name)
        frame = scope.frame_of(self.name, _form(args, kwargs))
        if not self.is_async:
            return Done(_value(finish(self._result(scope, frame, args, kwargs))))
        # Deferred: 72 ms, and a graph without async nodes never needs it.
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                f"task `{self.name}` is async, and node `{scope.node}` is not: "
                "define the node with `async def`"
            ) from None
        work = loop.create_task(_awaited(self._result(scope, frame, args, kwargs)))
        scope.pending.add(work)
        work.add_done_callback(scope.pending.discard)
        return work

    async def _result(
        self, scope: Scope, frame: Frame, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Result:
        """Recall the memo, or do its work and keep it."""
        memos: Memos | None = scope.lend("memos")
        if memos is not None and (known := memos.recall(frame.id)) is not None:
            told = dict(known.writes)
            scope.skip(told[_ASKED], dict(told[_SUBGRAPHS]))
            return known
        with within(frame):
            value = await self._attempts(args, kwargs)
        inside = (_ASKED, frame.asked), (_SUBGRAPHS, list(frame.subgraphs.items()))
        memo = Result(frame.id, self.name, "done", ((_RETURN, value), *inside))
        if memos is not None and not frame.stopped:
            await self._keep(memos, scope, memo)
        return memo

    async def _keep(self, memos: Memos, scope: Scope, memo: Result) -> None:
        if self.is_async:
            import asyncio

            await asyncio.to_thread(memos.keep, scope, memo)  # a commit never blocks the loop
        else:
            memos.keep(scope, memo)

    async def _attempts(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        attempt = 1
        while True:
            try:
                value = self.function(*args, **kwargs)
                return await value if self.is_async else value
            except Exception as error:
                delay = delay_before_next(self.retry, error, attempt)
                if delay is None:
                    raise
                await pause(delay, on_loop=self.is_async)
                attempt += 1


@overload
def task(
    function: None = None,
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
) -> Callable[[Callable[P, T]], Callable[P, Any]]: ...


@overload
def task(  # type: ignore[overload-overlap]  # an async function is no ordinary one.
    function: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, asyncio.Task[T]]: ...


@overload
def task(function: Callable[P, T]) -> Callable[P, Done[T]]: ...


def task(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
) -> Any:
    """Make a function a memo: its value is recorded, and a node that runs again gets it back.

    To be called inside a node. A call is known again by the function's name, its arguments and
    how often it was called with them; arguments that have no JSON form are left out of account.
    A sync function has done its work at the call, and `.result()` returns its value; an async
    one begins at the call and is awaited. What it raises is raised and not recorded.

    Raises:
        RuntimeError: on a call outside of a node, or of an async function in a sync node.
        UnsupportedValueError: on a call, the value cannot be stored.
    """
    if function is None:
        return functools.partial(task, name=name, retry_policy=retry_policy)
    policies = (retry_policy,) if isinstance(retry_policy, RetryPolicy) else retry_policy
    named: str = name or getattr(function, "__qualname__", "") or type(function).__name__
    memo = _Memo(function, named, tuple(policies or ()), is_async(function))

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        return memo.call(args, kwargs)

    return called


def _form(args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    try:
        return digest([args, kwargs])
    except UnsupportedValueError:
        return ""  # a client, a session: told apart by the order of the calls


def _value(memo: Result) -> Any:
    return isolated(memo.writes[0][1])


async def _awaited(work: Awaitable[Result]) -> Any:
    return _value(await work)

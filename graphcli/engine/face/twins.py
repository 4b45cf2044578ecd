"""The async face of looking at a thread: each method is its sync twin, beside the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphcli.deferred import later
from graphcli.engine.face.invoking import Config
from graphcli.engine.face.states import States
from graphcli.engine.values.model import StateSnapshot, StateUpdate

if TYPE_CHECKING:
    from graphcli.engine.face import asynchronous
    from graphcli.engine.face.drawing import Drawing
else:
    asynchronous = later("graphcli.engine.face.asynchronous")


class AsyncTwins(States):
    """Methods that never block the event loop; who is cancelled waits until the thread is free."""

    async def aget_graph(
        self, config: Config | None = None, *, xray: int | bool = False
    ) -> Drawing:
        """Do as `get_graph`."""
        return self.get_graph(config, xray=xray)

    async def aget_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """Do as `get_state`."""
        return await asynchronous.beside(lambda: self.get_state(config, subgraphs=subgraphs))

    def aget_state_history(
        self,
        config: Config,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangGraph's name.
        before: Config | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """Do as `get_state_history`."""
        return asynchronous.in_thread(
            lambda _loop: self.get_state_history(config, filter=filter, before=before, limit=limit),
            lambda snapshot: (snapshot,),
        )

    async def aget_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> AsyncIterator[tuple[str, Any]]:
        """Do as `get_subgraphs`."""
        for found in self.get_subgraphs(namespace=namespace, recurse=recurse):
            yield found

    async def aupdate_state(
        self,
        config: Config,
        values: Any,
        as_node: str | None = None,
        task_id: str | None = None,
    ) -> dict[str, Any]:
        """Do as `update_state`."""
        return await asynchronous.beside(
            lambda: self.update_state(config, values, as_node, task_id)
        )

    async def abulk_update_state(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> dict[str, Any]:
        """Do as `bulk_update_state`."""
        return await asynchronous.beside(lambda: self.bulk_update_state(config, supersteps))

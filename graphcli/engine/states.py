"""How a program looks at the threads of a compiled graph, back in time too, and changes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphcli.engine.clock import utc_now
from graphcli.engine.foundation import Foundation
from graphcli.engine.invoking import Config, checkpoint_named, thread_id
from graphcli.engine.model import StateSnapshot, StateUpdate
from graphcli.engine.resume import new_thread
from graphcli.engine.snapshot import empty_snapshot, snapshot
from graphcli.engine.updating import Update


class States(Foundation):
    """The state of a thread: now, as it was, and as somebody changes it."""

    def get_state(self, config: Config) -> StateSnapshot:
        """Return where a thread stands; an empty snapshot for one that does not exist.

        With a `checkpoint_id` in the config, return that checkpoint as it was recorded.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
        """
        configurable = dict(config.get("configurable", {}))
        thread = thread_id(config)
        id_ = configurable.get("checkpoint_id")
        saved = self._kept().load(thread, "", id_)
        if saved is None:
            return empty_snapshot(dict(config))
        return snapshot(self.graph, saved, live=id_ is None)

    def get_state_history(
        self,
        config: Config,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangGraph's name.
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """Yield the checkpoints of a thread as they were recorded, the newest first.

        `filter` compares metadata (`source`, `step`), `before` names a checkpoint in a config.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
        """
        before_id = checkpoint_named(before or {})
        left = limit
        for saved in self._kept().history(thread_id(config), "", before_id):
            found = snapshot(self.graph, saved, live=False)
            metadata = found.metadata or {}
            if any(metadata.get(key) != wanted for key, wanted in (filter or {}).items()):
                continue
            if left is not None and (left := left - 1) < 0:
                return
            yield found

    def update_state(
        self,
        config: Config,
        values: Any,
        as_node: str | None = None,
        task_id: str | None = None,
    ) -> dict[str, Any]:
        """Write `values` as if a node had returned them; return the config of the new checkpoint.

        `as_node` is by default the node that wrote last. `END` without values drops what was
        planned, `"__input__"` gives new input, `"__copy__"` copies the checkpoint. With a
        `checkpoint_id` in the config the new checkpoint follows that one. Open questions are
        withdrawn.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
            InvalidUpdateError: the values do not fit, or several nodes wrote last.
            ThreadHeldError: a run holds the thread.
        """
        return self.bulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    def bulk_update_state(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> dict[str, Any]:
        """Write several supersteps of updates at once; return the config of the last checkpoint.

        The updates of one superstep are folded together, in the order given; each names its node.

        Raises:
            ValueError: there is no update, or as `update_state` raises.
            InvalidUpdateError: an update does not fit; then none of them is written.
            ThreadHeldError: a run holds the thread.
        """
        checkpointer, thread = self._kept(), thread_id(config)
        with checkpointer.claim(thread):
            begins = new_thread(thread, self.name, "", utc_now())
            update = Update(self.graph, checkpointer, begins, checkpoint_named(config))
            made = update.write(supersteps)
        configurable = {**config.get("configurable", {}), "checkpoint_ns": ""}
        return {**config, "configurable": {**configurable, "checkpoint_id": made.id}}

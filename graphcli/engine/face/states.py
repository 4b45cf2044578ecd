"""How a program looks at the threads of a compiled graph, back in time too, and changes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphcli.deferred import later
from graphcli.engine.face.foundation import Foundation
from graphcli.engine.face.invoking import Config, checkpoint_named, namespace, thread_id
from graphcli.engine.graph.place import graph_at, names_in
from graphcli.engine.resuming.resume import new_thread
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import StateSnapshot, StateUpdate

if TYPE_CHECKING:
    from graphcli.engine.past import snapshot, updating, views
else:
    updating = later("graphcli.engine.past.updating")
    views = later("graphcli.engine.past.views")
    snapshot = later("graphcli.engine.past.snapshot")


class States(Foundation):
    """The state of a thread: now, as it was, and as somebody changes it."""

    def get_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """Return where a thread stands; an empty snapshot for one that does not exist.

        With a `checkpoint_id` in the config, return that checkpoint as it was recorded; with a
        `checkpoint_ns`, the subgraph there. A task that runs a subgraph has in its `state` the
        config that leads to it, or with `subgraphs` its snapshot.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
        """
        ns, id_ = namespace(config), checkpoint_named(config)
        saved = self._kept().load(thread_id(config), ns, id_)
        if saved is None:
            return snapshot.empty_snapshot(dict(config))
        graph = graph_at(self.graph, ns)
        return views.look(graph, saved, self._kept(), live=id_ is None, deep=subgraphs)

    def get_state_history(
        self,
        config: Config,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangGraph's name.
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """Yield the checkpoints of a thread as they were recorded, the newest first.

        With a `checkpoint_ns` in the config they are those of the subgraph there. `filter`
        compares metadata (`source`, `step`), `before` names a checkpoint in a config.

        Raises:
            ValueError: the graph has no checkpointer, or the config no `thread_id`.
        """
        ns, kept = namespace(config), self._kept()
        graph = graph_at(self.graph, ns)
        history = kept.history(thread_id(config), ns, checkpoint_named(before or {}))
        snapshots = (views.look(graph, saved, kept, live=False, deep=False) for saved in history)
        yield from views.matching(snapshots, filter, limit)

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
        `checkpoint_id` in the config the new checkpoint follows that one; with a `checkpoint_ns`
        it is one of the subgraph there. Open questions are withdrawn.

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
        checkpointer, thread, ns = self._kept(), thread_id(config), namespace(config)
        graph = graph_at(self.graph, ns)
        if graph is None:
            raise ValueError(
                f"Subgraph {'|'.join(names_in(ns))} not found: no node of the graph is one"
            )
        with checkpointer.claim(thread):
            begins = new_thread(thread, self.name, "", utc_now(), self.fingerprint)
            update = updating.Update(graph, checkpointer, begins, ns, checkpoint_named(config))
            made = update.write(supersteps)
        given = {k: v for k, v in config.get("configurable", {}).items() if k != "checkpoint_map"}
        place = snapshot.config_of(made)["configurable"]
        return {**config, "configurable": {**given, **place}}

    def get_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> Iterator[tuple[str, States]]:
        """Yield the compiled graphs that are nodes, by name; with `recurse`, those in them too.

        `namespace` is the path of the one that is wanted, names joined with `|`.
        """
        for name, subgraph in self.subgraphs.items():
            if namespace is None or namespace == name:
                yield name, subgraph
            if recurse:
                rest = None
                if namespace is not None:
                    if not namespace.startswith(f"{name}|"):
                        continue
                    rest = namespace.removeprefix(f"{name}|")
                inner = subgraph.get_subgraphs(namespace=rest, recurse=True)
                yield from ((f"{name}|{below}", found) for below, found in inner)

"""What is going on when the process dies, and who judges what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphcli.storage import open_storage
from tests.faults import graphs, upkeep
from tests.faults.place import Place
from tests.faults.threads import Threaded


def nothing(place: Place) -> None:
    """The process that dies is the first one."""


def made(place: Place) -> None:
    """There is an empty storage."""
    open_storage(place.storage).close()


@dataclass(frozen=True)
class Scenario:
    """`act` dies at some call; `judge` looks at what is left, and raises if a promise is broken.

    `before` has happened long ago. A power cut is tried only where what was told is on the disk.
    """

    act: Callable[[Place], object]
    judge: Callable[[Place], None]
    before: Callable[[Place], None] = nothing
    synced: bool = True


def _threaded(thread: Threaded, *, begun: bool = False) -> Scenario:
    before = thread.begin if begun else made
    return Scenario(thread.act, thread.judge, before, thread.durability == "sync")


SCENARIOS = {
    "chain": _threaded(Threaded(graphs.chain, ("a", "b", "c"))),
    "async": _threaded(Threaded(graphs.chain, ("a", "b", "c"), durability="async")),
    "parallel": _threaded(Threaded(graphs.parallel, ("a", "b", "c", "d"))),
    "fan-out": _threaded(Threaded(graphs.fan_out, ("x", "y", "z", "end"))),
    "crowd": _threaded(Threaded(graphs.crowd, tuple("uvwxyz"), workers=2)),
    "subgraph": _threaded(Threaded(graphs.subgraph, ("a", "b", "c"))),
    "invoked": _threaded(Threaded(graphs.invoked, ("a", "b", "c"))),
    "two-deep": _threaded(Threaded(graphs.two_deep, ("before", "act-so"))),
    "question": _threaded(Threaded(graphs.question, ("act-so", "after"))),
    "answer": _threaded(Threaded(graphs.question, ("act-so", "after")), begun=True),
    "questions": _threaded(Threaded(graphs.questions, ("a-so", "b-so", "c"))),
    "memo": _threaded(Threaded(graphs.memo, ("m", "n"), settles=False)),
    "tools": _threaded(Threaded(graphs.tools, ("pay", "mail-so"))),
    "create": Scenario(upkeep.create, upkeep.judge_created),
    "migrate": Scenario(upkeep.migrate, upkeep.judge_migrated, upkeep.prepare),
    "update": Scenario(upkeep.update, upkeep.judge_updated, upkeep.prepare),
    "cancel": Scenario(upkeep.cancel, upkeep.judge_cancelled, upkeep.prepare),
    "delete": Scenario(upkeep.delete, upkeep.judge_deleted, upkeep.prepare),
    "prune": Scenario(upkeep.prune, upkeep.judge_pruned, upkeep.prepare),
    "backup": Scenario(upkeep.backup, upkeep.judge_copied, upkeep.prepare),
}

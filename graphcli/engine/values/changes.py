"""A change in a graph, as events and commands tell it."""

from __future__ import annotations

from typing import Literal

from graphcli.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of a graph that is gone, new or changed.

    `part` is `node`, `edges` (where a node leads) or `state` (a key of it), `path` names the node
    or the key. `concerns` says that the thread stands there: the node waits, has failed, may have
    run or comes next, or the key holds a value.
    """

    change: Literal["gone", "new", "changed"]
    part: str
    path: str
    concerns: bool = False

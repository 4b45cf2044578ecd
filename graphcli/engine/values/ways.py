"""Where a thread goes on, told before it does: what a graph says without being run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphcli.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A node that comes next; `END` stands for the end of its graph.

    `ends` is what the thread is afterwards, where the node does nothing else (`rejected`), and
    without a node where nothing comes next (`failed`). `waits_for` are the nodes that have to
    end as well before it runs.
    """

    node: str
    ends: str = ""
    waits_for: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.node:
            return f"nowhere (ends: {self.ends})"
        if self.ends:
            return f"{self.node} (ends: {self.ends})"
        waits = f" (waits for {', '.join(self.waits_for)})" if self.waits_for else ""
        return f"{self.node}{waits}"


@dataclass(frozen=True, slots=True)
class Way:
    """What comes after a node: all of `to`, and some of `either`; which, nobody can tell yet."""

    to: tuple[Target, ...] = ()
    either: tuple[Target, ...] = ()

    def __str__(self) -> str:
        parts = (_listed(self.to, "and"), _listed(self.either, "or"))
        return "→ " + ", and ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Lead:
    """The way that an answer takes: `value` in `field` (the name of a form's field, else empty).

    A value of UNSET stands for whatever is answered.
    """

    field: str
    value: Any
    way: Way


def _listed(targets: Sequence[Target], word: str) -> str:
    *first, last = [str(target) for target in targets] or [""]
    return f"{', '.join(first)} {word} {last}" if first else last

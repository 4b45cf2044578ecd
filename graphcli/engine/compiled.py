"""A compiled graph: run it, resume it, look at its threads. LangGraph's names and meaning."""

from __future__ import annotations

from types import GenericAlias
from typing import Any, ClassVar

from graphcli.engine.calling import Calling
from graphcli.engine.drawing import Drawing, draw
from graphcli.engine.driving import Driving
from graphcli.engine.foundation import SubgraphNode
from graphcli.engine.invoking import Config
from graphcli.engine.states import States
from graphcli.engine.twins import AsyncTwins


class CompiledGraph(Calling, States, Driving, AsyncTwins):
    """A graph that runs. Made by `StateGraph.compile()`."""

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)  # for annotations only

    def get_graph(
        self,
        config: Config | None = None,  # noqa: ARG002 - LangGraph's; nothing here depends on it.
        *,
        xray: int | bool = False,
    ) -> Drawing:
        """Return the graph as nodes and arrows; `xray` opens subgraphs, a number of levels or all.

        The nodes of a subgraph are called by their paths: `audit/sign`.
        """
        return draw(self.graph, xray)

    def draw_mermaid(self, *, xray: bool = False) -> str:
        """Return the graph as Mermaid text, with `xray` its subgraphs opened."""
        return draw(self.graph, xray).draw_mermaid()


def as_function(node: Any) -> Any:
    """Return what a node is made of as a function, where it is a compiled graph."""
    return SubgraphNode(node) if isinstance(node, CompiledGraph) else node

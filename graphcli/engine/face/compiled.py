"""A compiled graph: run it, resume it, look at its threads. LangGraph's names and meaning."""

from __future__ import annotations

from types import GenericAlias
from typing import Any, ClassVar

from graphcli.engine.face.calling import Calling
from graphcli.engine.face.driving import Driving
from graphcli.engine.face.foundation import SubgraphNode
from graphcli.engine.face.twins import AsyncTwins


class CompiledGraph(Calling, Driving, AsyncTwins):
    """A graph that runs. Made by `StateGraph.compile()`."""

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)  # for annotations only


def as_function(node: Any) -> Any:
    """Return what a node is made of as a function, where it is a compiled graph."""
    return SubgraphNode(node) if isinstance(node, CompiledGraph) else node

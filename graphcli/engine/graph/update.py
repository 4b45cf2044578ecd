"""What an input or a node's return value writes, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcli.dataclass import fields, is_dataclass
from graphcli.engine.graph.channels import ATOMS, ROOT, Channel, isolated
from graphcli.engine.graph.structure import Graph
from graphcli.engine.values.model import Command, Send
from graphcli.errors import InvalidUpdateError, did_you_mean

_MAY_STEER = (Command, Send, list, tuple)

Writes = tuple[tuple[str, Any], ...]
Targets = tuple[str | Send, ...]


def read_input(graph: Graph, value: Any) -> Writes:
    """Return what a graph's input writes: a copy, without keys that the input schema lacks.

    Raises:
        InvalidUpdateError: it is not a set of keys.
    """
    known = {key: graph.channels[key] for key in graph.input.keys}
    return _copied(_known_pairs(value, known))


def interpret(graph: Graph, node: str, returned: Any) -> tuple[Writes, Targets]:
    """Return what a node's return value writes, and where its Commands and Sends lead.

    The values are copies: what a node keeps of them and changes later changes nothing.

    Raises:
        InvalidUpdateError: it is neither an update nor a Command.
        InvalidGraphError: it leads to something that is not a node.
    """
    if not isinstance(returned, _MAY_STEER) or not _steers(returned):
        return _copied(_pairs(node, returned, graph)), ()
    writes: list[tuple[str, Any]] = []
    goto: list[str | Send] = []
    for item in _parts(returned):
        if isinstance(item, Send):
            goto.append(item)
        elif isinstance(item, Command):
            writes += _pairs(node, _update(item, node), graph)
            goto += _targets(item.goto, node)
        else:
            writes += _pairs(node, item, graph)
    for target in goto:
        graph.require(target.node if isinstance(target, Send) else target, node)
    return _copied(writes), tuple(goto)


def for_parent(returned: Any) -> Command[Any] | None:
    """Return the Command in what a node returned that is for the graph which runs its graph."""
    for item in _parts(returned) if _steers(returned) else ():
        if isinstance(item, Command) and item.graph == Command.PARENT:
            return item
    return None


def shared(graph: Graph, output: Any) -> Any:
    """Return the part of a subgraph's output that `graph` has keys for."""
    if ROOT in graph.channels or not isinstance(output, Mapping):
        return output
    return {name: value for name, value in output.items() if name in graph.channels}


def _update(command: Command[Any], node: str) -> Any:
    if command.graph is not None:
        raise InvalidUpdateError(
            f"node `{node}` addressed a parent; There is no parent graph",
            "leave `graph` out of the Command",
        )
    return command.update


def _steers(returned: Any) -> bool:
    """Whether what a node returned is, or has in it, a Command or a Send: else it is an update."""
    if isinstance(returned, (list, tuple)):
        return any(isinstance(item, (Command, Send)) for item in returned)
    return isinstance(returned, (Command, Send))


def _parts(returned: Any) -> Sequence[Any]:
    """The updates, Commands and Sends in what a node returned that steers."""
    return returned if isinstance(returned, (list, tuple)) else [returned]


def _copied(writes: Sequence[tuple[str, Any]]) -> Writes:
    return tuple([(name, v if type(v) in ATOMS else isolated(v)) for name, v in writes])


def _targets(goto: Any, node: str) -> list[str | Send]:
    if isinstance(goto, (str, Send)):
        return [goto]
    if isinstance(goto, (list, tuple)):
        return list(goto)
    raise InvalidUpdateError(
        f"node `{node}` returned a Command whose goto is {goto!r:.80}",
        "give the name of a node, a Send, or a list of them",
    )


def _pairs(node: str, update: Any, graph: Graph) -> list[tuple[str, Any]]:
    """Return an update as (channel, value) pairs.

    Takes None, a dict, a list of (key, value) pairs, a dataclass or a pydantic model; for a state
    of one bare type the value itself.

    Raises:
        InvalidUpdateError: it is something else, or names a key that the state does not have.
    """
    channels = graph.channels
    if update is None:
        return []
    if ROOT in channels:
        return [(ROOT, update)]
    found = list(update.items()) if type(update) is dict else _items(update)
    if found is None:
        raise InvalidUpdateError(
            f"node `{node}` returned a {type(update).__name__}; expected dict, got {update!r:.80}",
            "return a dict of state keys, a Command, or nothing",
        )
    if graph.managed:  # a node may hand back the whole state that it was given
        found = [(name, value) for name, value in found if name not in graph.managed]
    for name, _ in found:
        if name not in channels:
            raise InvalidUpdateError(
                f"node `{node}` wrote `{name}`, which is not a key of the state"
                + did_you_mean(str(name), channels),
                f"the state has {', '.join(f'`{key}`' for key in channels)}",
            )
    return found


def _known_pairs(update: Any, channels: Mapping[str, Channel]) -> list[tuple[str, Any]]:
    """Return the pairs of an input, leaving out keys that the state does not have.

    Raises:
        InvalidUpdateError: it is not a set of keys.
    """
    if ROOT in channels:
        return [(ROOT, update)]
    found = _items(update)
    if found is None:
        raise InvalidUpdateError(
            f"the input is a {type(update).__name__}; expected dict, got {update!r:.80}",
            "give a dict of state keys",
        )
    return [(name, value) for name, value in found if name in channels]


def _items(update: Any) -> list[tuple[str, Any]] | None:
    if type(update) is dict or isinstance(update, Mapping):  # the first is ten times faster
        return list(update.items())
    if hasattr(type(update), "model_fields"):
        return _model_items(update)
    if is_dataclass(update) and not isinstance(update, type):
        return [
            (f.name, getattr(update, f.name))
            for f in fields(update)
            if getattr(update, f.name, None) is not None
        ]
    if isinstance(update, (list, tuple)) and all(
        isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in update
    ):
        return list(update)
    return None


def _model_items(update: Any) -> list[tuple[str, Any]]:
    """The fields of a pydantic model that were set, or that say more than their default None."""
    fields = type(update).model_fields
    return [
        (name, value)
        for name in fields
        if (value := getattr(update, name)) is not None
        or fields[name].default is not None
        or name in update.model_fields_set
    ]

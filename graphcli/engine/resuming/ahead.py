"""What a graph's edges, path maps and declared destinations tell of the way ahead. PURE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from graphcli.dataclass import replace
from graphcli.engine.graph.structure import Graph
from graphcli.engine.resuming.question import Field, Kind, Option, Question
from graphcli.engine.values.model import END, UNSET
from graphcli.engine.values.ways import Lead, Target, Way

#: Where a thread goes on from a question if these fields of it are answered so.
Foresee = Callable[[Mapping[str, Any]], Way | None]

#: Options beyond these are not told apart: nobody reads so many, and each is worked out.
_MOST_OPTIONS: Final = 500


def way_after(graph: Graph, path: str) -> Way | None:
    """Return what comes after the node at `path`, or None where the graph does not say.

    A node of a subgraph is called by its path, as is the end of that graph (`audit/END`). What
    a function calls is not known, nor where a branch without path map or a node without edges
    and declared destinations goes.
    """
    *outer, name = path.split("/")
    for each in outer:
        node = graph.nodes.get(each)
        if node is None or node.subgraph is None:
            return None
        graph = node.subgraph
    found = _way(graph, name)
    return found if found is None or not outer else _placed(found, "/".join(outer))


def _way(graph: Graph, name: str) -> Way | None:
    branches = graph.branches.get(name, ())
    if any(branch.ends is None for branch in branches):
        return None
    edges = [Target(_end(target)) for target in graph.edges.get(name, ())]
    joins = [
        Target(join.target, waits_for=tuple(each for each in join.sources if each != name))
        for join in graph.joins
        if name in join.sources
    ]
    node = graph.nodes.get(name)
    chosen = [target for branch in branches for target in (branch.ends or {}).values()]
    chosen += (node.destinations or ()) if node is not None else ()
    either = dict.fromkeys(Target(_end(target)) for target in chosen)
    way = Way((*edges, *joins), tuple(either))
    return way if way.to or way.either else None


def _end(name: str) -> str:
    return "END" if name == END else name


def _placed(way: Way, outer: str) -> Way:
    to, either = (
        tuple(replace(target, node=f"{outer}/{target.node}") for target in targets)
        for targets in (way.to, way.either)
    )
    return Way(to, either)


def with_leads(question: Question, foresee: Foresee) -> Question:
    """Return `question` with the way that each of its answers takes, as far as `foresee` tells.

    A choice has a way of its own only where another answer to the same field takes another.
    """
    whatever = foresee({})
    if whatever is None:
        return question
    fields = [(part, _leads(part, foresee)) for part in question.field.fields]
    leads = tuple(lead for _, found in fields for lead in found)
    if leads:
        inner = tuple(_told(part, found) for part, found in fields)
        field = replace(question.field, fields=inner)
    else:
        field = replace(question.field, leads=(("", str(whatever)),))
    return replace(question, field=field, leads=(*leads, Lead("", UNSET, whatever)))


def _leads(field: Field, foresee: Foresee) -> tuple[Lead, ...]:
    found = [
        Lead(field.name, value, way)
        for value in _values(field)
        if (way := foresee({field.name: value})) is not None
    ]
    return tuple(found) if len({lead.way for lead in found}) > 1 else ()


def _values(field: Field) -> Iterator[Any]:
    if field.kind is Kind.CONFIRM:
        yield from (True, False)
    elif field.kind is Kind.CHOICE and len(field.options) <= _MOST_OPTIONS:
        yield from (option.value for option in field.options)


def _told(field: Field, leads: tuple[Lead, ...]) -> Field:
    """Return the field with the words for its leads beside its choices."""
    if field.kind is Kind.CONFIRM:
        words = {True: "yes", False: "no"}
        return replace(field, leads=tuple((words[lead.value], str(lead.way)) for lead in leads))
    return replace(field, options=tuple(_labelled(option, leads) for option in field.options))


def _labelled(option: Option, leads: tuple[Lead, ...]) -> Option:
    way = next((lead.way for lead in leads if lead.value is option.value), None)
    return option if way is None else replace(option, leads=str(way))

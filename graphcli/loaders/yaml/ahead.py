"""The way that `next:` takes after an answer of which some fields are known. PURE, never a guess.

A condition is computed with the answer as far as it is known. One that reads what is not known is
given up at that moment, so that whatever does come out holds for every answer there can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphcli.engine.ways import Target, Way
from graphcli.errors import RunFailedError
from graphcli.loaders.yaml.values import Condition, Names, names_in
from graphcli.loaders.yaml.words import LAST, verb_of


class UnknownError(BaseException):
    """An expression reads what nobody has answered yet.

    No `Exception`: what catches those turns them into the value or the failure of an expression.
    """


class Veiled(Mapping[str, Any]):
    """A mapping of which some values are not known: to read one of them is an UnknownError."""

    def __init__(self, known: Mapping[str, Any], keys: Sequence[str] | None) -> None:
        self._known = known
        self._keys = keys

    def __getitem__(self, key: str) -> Any:
        if key in self._known:
            return self._known[key]
        if self._keys is None or key in self._keys:
            raise UnknownError
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise UnknownError

    def __len__(self) -> int:
        raise UnknownError


def foreseeing(
    nodes: Mapping[str, Any], state: Sequence[str]
) -> Callable[[str, Mapping[str, Any], Mapping[str, Any]], Way | None]:
    """Return the function that tells the way after a node from the state and a part of its answer.

    `nodes` are those of the YAML, `state` the names of its state. The way is None where a
    condition cannot be computed.
    """

    def foresee(path: str, values: Mapping[str, Any], answer: Mapping[str, Any]) -> Way | None:
        spec = nodes.get(path)
        if spec is None:
            return None
        next_ = spec.get("next", LAST)
        if isinstance(next_, str):
            return Way((_target(nodes, next_),))
        if isinstance(next_[0], str):
            return Way(tuple(_target(nodes, name) for name in next_))
        names = _names(values, path, spec, answer, (tuple(state), tuple(nodes)))
        return _chosen(nodes, next_, names)

    return foresee


def _names(
    values: Mapping[str, Any],
    node: str,
    spec: Mapping[str, Any],
    answer: Mapping[str, Any],
    keys: tuple[tuple[str, ...], tuple[str, ...]],
) -> Names:
    """What conditions see once the node has ended, its answer known in part."""
    names = names_in(values, *keys)
    others = {name: left for name, left in names["nodes"].items() if name != node}
    fields = spec["ask"].get("fields") if isinstance(spec.get("ask"), Mapping) else None
    known = {**others, node: Veiled(answer, tuple(fields))} if fields else others
    return {**names, "nodes": Veiled(known, keys[1])}


def _chosen(
    nodes: Mapping[str, Any], next_: Sequence[Mapping[str, str]], names: Names
) -> Way | None:
    possible: list[Target] = []
    for item in next_:
        try:
            holds = "when" not in item or Condition(item["when"], "next")(names)
        except UnknownError:
            possible.append(_target(nodes, item["to"]))
            continue
        except RunFailedError:
            return None
        if holds:
            return _of([*possible, _target(nodes, item["to"])])
    return _of([*possible, Target("", ends="failed")])


def _of(targets: Sequence[Target]) -> Way:
    several = tuple(dict.fromkeys(targets))
    return Way(several) if len(several) == 1 else Way(either=several)


def _target(nodes: Mapping[str, Any], name: str) -> Target:
    fails = name != LAST and verb_of(nodes[name]) == "fail"
    return Target(name, "rejected" if fails else "")

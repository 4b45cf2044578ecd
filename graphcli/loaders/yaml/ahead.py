"""The way that `next:` takes after an answer of which some fields are known. PURE, never a guess.

A condition is computed with the answer as far as it is known. One that reads a field with few
values is computed for each of them; one that reads anything else that is not known is given up at
that moment, so that whatever does come out holds for every answer there can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from graphcli.engine.values.ways import Target, Way
from graphcli.errors import RunFailedError
from graphcli.loaders.yaml.values import Condition, Names, names_in
from graphcli.loaders.yaml.words import LAST, field_kind, verb_of

#: So often a way is worked out for one question: beyond it, fields are not told apart any more.
_MOST: Final = 50


class UnknownError(BaseException):
    """An expression reads what nobody has answered yet; `field` is where it is one of the answer.

    No `Exception`: what catches those turns them into the value or the failure of an expression.
    """

    def __init__(self, field: str = "") -> None:
        self.field = field


class Veiled(Mapping[str, Any]):
    """A mapping of which some values are not known: to read one of them is an UnknownError.

    With `answer` it says which, for a field may have few values.
    """

    def __init__(
        self, known: Mapping[str, Any], keys: Sequence[str] | None, *, answer: bool = False
    ) -> None:
        self._known = known
        self._keys = keys
        self._answer = answer

    def __getitem__(self, key: str) -> Any:
        if key in self._known:
            return self._known[key]
        if self._keys is None or key in self._keys:
            raise UnknownError(key if self._answer else "")
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
        keys = (tuple(state), tuple(nodes))
        look = Look(next_, _few(spec), lambda told: _names(values, path, spec, told, keys))
        places = look.reached(answer)
        ends = [*(_target(nodes, item["to"]) for item in next_), Target("", ends="failed")]
        return None if places is None else _of([ends[place] for place in sorted(places)])

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
    veiled = Veiled(answer, tuple(fields), answer=True) if fields else None
    known = others if veiled is None else {**others, node: veiled}
    return {**names, "nodes": Veiled(known, keys[1])}


def _few(spec: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields of a question that have few values, with all of them."""
    ask = spec.get("ask")
    fields = ask.get("fields") or {} if isinstance(ask, Mapping) else {}
    kinds = {name: field_kind(field) for name, field in fields.items()}
    listed = {
        name: [True, False] if kinds[name] == "boolean" else list(field["choices"])
        for name, field in fields.items()
        if kinds[name] in ("boolean", "choice") and not field.get("multiselect")
    }
    asked = {
        n for n, field in fields.items() if field.get("required", True) and "when" not in field
    }
    return {name: values if name in asked else [*values, None] for name, values in listed.items()}


class Look:
    """A look at the conditions of a `next:`, after an answer of which some fields are known.

    `few` has the fields with few values, `names` returns what the conditions see of an answer.
    """

    def __init__(
        self,
        next_: Sequence[Mapping[str, str]],
        few: Mapping[str, Sequence[Any]],
        names: Callable[[Mapping[str, Any]], Names],
    ) -> None:
        whens = [item.get("when") for item in next_]
        self._conditions = [None if each is None else Condition(each, "next") for each in whens]
        self._few = few
        self._names = names
        self._left = _MOST

    def reached(self, answer: Mapping[str, Any]) -> set[int] | None:
        """Return the places in `next:` that may be taken, its length for none of them.

        None where a condition cannot be computed.
        """
        self._left -= 1
        names, possible = self._names(answer), set[int]()
        for place, condition in enumerate(self._conditions):
            try:
                holds = condition is None or condition(names)
            except UnknownError as unknown:
                if 0 < len(self._few.get(unknown.field, ())) <= self._left:
                    return self._for_each(unknown.field, answer)
                possible.add(place)
                continue
            except RunFailedError:
                return None
            if holds:
                return possible | {place}
        return possible | {len(self._conditions)}

    def _for_each(self, field: str, answer: Mapping[str, Any]) -> set[int] | None:
        """The places after each value that the field can have."""
        found = [self.reached({**answer, field: value}) for value in self._few[field]]
        places = [one for one in found if one is not None]
        return set[int]().union(*places) if len(places) == len(found) else None


def _of(targets: Sequence[Target]) -> Way:
    several = tuple(dict.fromkeys(targets))
    return Way(several) if len(several) == 1 else Way(either=several)


def _target(nodes: Mapping[str, Any], name: str) -> Target:
    fails = name != LAST and verb_of(nodes[name]) == "fail"
    return Target(name, "rejected" if fails else "")

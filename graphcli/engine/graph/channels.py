"""The state schema: each key is a channel, and a reducer says how writes are folded."""

from __future__ import annotations

import collections.abc
import copy
import inspect
import operator
import types
from collections.abc import Callable, Iterable, Mapping
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from graphcli.dataclass import dataclass, field, is_dataclass
from graphcli.engine.graph.managed import Managed, managed_by
from graphcli.engine.graph.messages import MESSAGE_REDUCERS, reducer_for
from graphcli.engine.values.model import Overwrite
from graphcli.errors import InvalidUpdateError

Reducer = Callable[[Any, Any], Any]

#: A new state, and for each channel that was written how many leading list items are the same.
Folded = tuple[dict[str, Any], dict[str, int]]

#: The one channel of a state that is not a set of keys, as in `StateGraph(Annotated[list, add])`.
ROOT = "__root__"

#: Reducers that, for lists, append: storage writes the tail only.
_APPENDING: set[Any] = {operator.add, operator.concat}

#: Reducers that never change their arguments, so that nothing is copied for them.
_PURE: set[Any] = _APPENDING | MESSAGE_REDUCERS

_ABSTRACT: dict[Any, type] = {
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Collection: list,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}

#: Types of values that nobody can change, most of what a state holds.
ATOMS = frozenset({str, int, float, bool, type(None), bytes})


@dataclass(frozen=True, slots=True)
class Channel:
    """One key of the state. Without a reducer the last write wins, and two in a superstep clash.

    `type` is how the key is annotated; nothing is checked against it.
    """

    name: str
    reducer: Reducer | None = None
    initial: Callable[[], Any] | None = None
    type: Any = None


@dataclass(frozen=True, slots=True)
class Schema:
    """A type that names channels, and how a node sees them (dict, dataclass or pydantic model).

    `managed` are its keys that are no channels: the engine fills them in.
    """

    type: Any
    keys: tuple[str, ...]
    build: Callable[[dict[str, Any]], Any] | None
    managed: Mapping[str, Managed] = field(default_factory=dict)
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the keys as a set: most nodes read the whole state."""
        object.__setattr__(self, "names", frozenset(self.keys))

    def read(self, values: Mapping[str, Any], left: int) -> Any:
        """Return what a node gets, with `left` supersteps to go, its own included.

        It is the node's own copy, so that changing it in place changes nothing.
        """
        if values.keys() == self.names:
            seen = dict(values)
        else:
            seen = {key: values[key] for key in self.keys if key in values}
        if not ATOMS.issuperset(map(type, seen.values())):
            seen = {key: isolated(value) for key, value in seen.items()}
        for key, what in self.managed.items():
            seen[key] = what.told(left)
        return self.build(seen) if self.build is not None else seen


def schema_of(type_: Any) -> tuple[Schema, dict[str, Channel]]:
    """Return the schema of a TypedDict, dataclass, pydantic model or bare type, and its channels.

    Raises:
        ValueError: an `Annotated` reducer does not take two values.
    """
    hints = _hints(type_)
    if hints is None:
        return Schema(type_, (ROOT,), _build_root), {ROOT: _channel(ROOT, type_)}
    managed = {name: what for name, hint in hints.items() if (what := managed_by(hint))}
    channels = {name: _channel(name, hint) for name, hint in hints.items() if name not in managed}
    return Schema(type_, tuple(channels), _builder(type_), managed), channels


def initial_values(channels: Mapping[str, Channel]) -> dict[str, Any]:
    """Return what the channels hold before anything is written: reducers start empty."""
    return {name: c.initial() for name, c in channels.items() if c.initial is not None}


def filled(channels: Mapping[str, Channel], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `values` with what channels hold that did not exist when the thread began."""
    new = {name: value for name, value in initial_values(channels).items() if name not in values}
    return {**values, **new} if new else values


def fold(
    channels: Mapping[str, Channel],
    values: Mapping[str, Any],
    writes: Iterable[tuple[str, str, Any]],
) -> Folded:
    """Fold (node, channel, value) writes in order into `values`.

    Returns the new values, and for each written channel how many leading list items are known
    to be unchanged.

    Raises:
        InvalidUpdateError: two nodes wrote a channel without a reducer, or overwrote one with.
    """
    new = dict(values)
    changed: dict[str, int] = {}
    writer: dict[str, str] = {}
    ours: set[str] = set()  # lists that this fold has made, which it may go on with in place
    for node, name, value in writes:
        reducer, overwrites = channels[name].reducer, False
        if reducer is not None or type(value) is Overwrite:
            overwrites, value = _unwrapped(value, reducer)  # noqa: PLW2901 - the same, bare.
        if reducer is None or overwrites:
            if name in writer:
                raise _clash(name, writer[name], node, reducer)
            new[name], writer[name], changed[name] = value, node, 0
        elif name in writer:
            continue  # overwritten: what others add in the same superstep does not count
        elif name in ours and type(value) is list:
            new[name] += value  # a new list for each of a thousand Sends would be half a million
        elif name not in new:
            new[name], changed[name] = value, 0
        else:
            old = new[name] if reducer in _PURE else isolated(new[name])
            new[name] = reducer(old, value)
            kept = _kept(reducer, old, value, new[name])
            changed[name] = min(changed.get(name, kept), kept)
            if reducer in _APPENDING and type(old) is list and type(value) is list:
                ours.add(name)
    return new, changed


def has_instances(type_: Any) -> bool:
    """Return whether a state of this type is an object (dataclass, pydantic model), not a dict."""
    return is_dataclass(type_) or hasattr(type_, "model_fields")


def _unwrapped(value: Any, reducer: Reducer | None) -> tuple[bool, Any]:
    """Whether a write passes the reducer by, and what it puts there."""
    if type(value) is Overwrite:
        return True, value.value
    if reducer is not None and type(value) is dict:  # else a dict is what it is
        if len(value) == 1 and "__overwrite__" in value:
            return True, value["__overwrite__"]
        if value.get("type") == "__overwrite__" and "value" in value:
            return True, value["value"]  # an Overwrite that went through JSON
    return False, value


def isolated(value: Any) -> Any:
    """Return a copy that shares nothing that could be changed in place.

    A value that contains itself, or lies deeper than Python can follow, is shared: storage
    refuses it, and says where it is.
    """
    if type(value) in ATOMS:
        return value
    try:
        return _copied(value)
    except RecursionError:
        return value


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in ATOMS:
        return value
    # Asking for all types at once keeps a long conversation of texts four times faster; looking at
    # them one by one here saves a call for most items.
    if kind is dict:
        if ATOMS.issuperset(map(type, value.values())):
            return value.copy()
        return {key: i if type(i) in ATOMS else _copied(i) for key, i in value.items()}
    if kind is list:
        if ATOMS.issuperset(map(type, value)):
            return value.copy()
        return [i if type(i) in ATOMS else _copied(i) for i in value]
    if kind is tuple:
        return tuple([_copied(item) for item in value])
    if isinstance(value, (str, int, float, bytes)):
        return value
    try:
        return copy.deepcopy(value)
    except RecursionError:
        raise
    except Exception:  # noqa: BLE001 - a lock, a client, a generator: shared, as nobody can copy it.
        return value


def _kept(reducer: Reducer, old: Any, update: Any, new: Any) -> int:
    """How many leading items of a list are known to be the same."""
    if type(old) is not list:
        return 0
    if reducer in MESSAGE_REDUCERS:  # what they have not replaced is the same object
        shared = min(len(old), len(new))
        if all(map(operator.is_, old, new)):
            return shared
        return next(n for n in range(shared) if old[n] is not new[n])
    return len(old) if reducer in _APPENDING and type(update) is list else 0


def _clash(name: str, first: str, second: str, reducer: Reducer | None) -> InvalidUpdateError:
    who = f"nodes `{first}` and `{second}` both wrote" if first != second else f"`{first}` wrote"
    if reducer is not None:
        return InvalidUpdateError(
            f"At key '{name}': Can receive only one Overwrite value per super-step; {who} one",
            "let one node overwrite it, in a superstep of its own",
        )
    return InvalidUpdateError(
        f"At key '{name}': Can receive only one value per step; {who} it in one superstep",
        "give the key a reducer: Annotated[list, operator.add]",
    )


def _hints(type_: Any) -> dict[str, Any] | None:
    """The keys of a type with their annotations; None for a type that is one bare value."""
    if not isinstance(type_, type) or type_.__module__ == "builtins":
        return None
    hints = get_type_hints(type_, include_extras=True)
    keyed = is_typeddict(type_) or is_dataclass(type_) or bool(hints)
    return hints if keyed else None


def _channel(name: str, hint: Any) -> Channel:
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    if get_origin(hint) is not Annotated or not callable(get_args(hint)[-1]):
        return Channel(name, type=hint)
    reducer = get_args(hint)[-1]
    if isinstance(reducer, type):
        return Channel(name, type=hint)  # a marker class, as pydantic and others put there
    _check_reducer(reducer)
    value = get_args(hint)[0]
    return Channel(name, reducer_for(reducer, value), _initial(value), hint)


def _check_reducer(reducer: Reducer) -> None:
    if any(reducer is known for known in _PURE):
        return  # to read the signature of a builtin takes 3 ms of a start
    try:
        signature = inspect.signature(reducer)
    except ValueError:
        return  # a builtin that does not tell
    positional = [
        p
        for p in signature.parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(positional) != 2:
        raise ValueError(f"Invalid reducer signature. Expected (a, b) -> c. Got {signature}")


def _initial(hint: Any) -> Callable[[], Any] | None:
    while get_origin(hint) in (Annotated, Required, NotRequired):
        hint = get_args(hint)[0]
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return None
    kind = _ABSTRACT.get(origin or hint, origin or hint)
    try:
        kind()
    except Exception:  # noqa: BLE001 - any constructor may refuse: the channel then starts absent.
        return None
    return kind  # type: ignore[no-any-return]  # it is a class that was just called


def _build_root(values: dict[str, Any]) -> Any:
    return values.get(ROOT)


def _builder(type_: Any) -> Callable[[dict[str, Any]], Any] | None:
    return (lambda values: type_(**values)) if has_instances(type_) else None

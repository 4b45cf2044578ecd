"""What a model may call: a function with what the model sees of it, and what the run lends it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from graphcli.dataclass import dataclass
from graphcli.engine.tools.calls import ToolCall
from graphcli.errors import InvalidGraphError, RunFailedError

STATE = "state"
CALL_ID = "tool_call_id"

#: What has to be lent to a tool, by the marker of the parameter. LangGraph's have the same names.
_MARKERS = {"InjectedState": STATE, "InjectedToolCallId": CALL_ID}


class InjectedState:
    """Mark a tool's parameter that gets the state, or one key of it, and that no model sees.

    As in `state: Annotated[dict, InjectedState]` or `user: Annotated[str, InjectedState("user")]`.
    """

    def __init__(self, field: str | None = None) -> None:
        self.field = field


class InjectedToolCallId:
    """Mark a tool's parameter that gets the id of its call, and that no model sees."""


@dataclass(frozen=True, slots=True)
class Lent:
    """What a parameter gets: `source` is one of INJECTED, STATE or CALL_ID.

    `field` is the one key of the state that is wanted, `optional` says that it may be missing.
    """

    source: str
    field: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call by `name`.

    `parameters` returns the JSON Schema of what the model gives. `lent` has what the run gives,
    `hidden` every parameter that is not the model's. `call` takes the call, the arguments and
    the run's config; awaiting it suspends only where the tool `is_async`.
    """

    name: str
    description: str
    parameters: Callable[[], Mapping[str, Any]]
    lent: Mapping[str, Lent]
    hidden: frozenset[str]
    is_async: bool
    call: Callable[[ToolCall, dict[str, Any], Mapping[str, Any]], Coroutine[Any, Any, Any]]

    @property
    def wants(self) -> frozenset[str]:
        """What the run has to lend: names of INJECTED, and STATE."""
        return frozenset(lent.source for lent in self.lent.values()) - {CALL_ID}

    @property
    def definition(self) -> dict[str, Any]:
        """The tool as OpenAI's models are told of it."""
        said = {"name": self.name, "description": self.description}
        return {"type": "function", "function": {**said, "parameters": dict(self.parameters())}}

    def arguments(self, call: ToolCall, around: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the model gave with what the run lends: a model cannot forge the latter.

        Raises:
            RunFailedError: a key of the state is wanted that is not there.
        """
        given = {name: value for name, value in call.args.items() if name not in self.hidden}
        for name, lent in self.lent.items():
            source = call.id if lent.source == CALL_ID else around[lent.source]
            if lent.field is None:
                given[name] = source
            elif (found := _key(source, lent.field)) is not None:
                given[name] = found[0]
            elif not lent.optional:
                raise RunFailedError(f"tool `{self.name}` needs `{lent.field}` of the state")
        return given


def hints_of(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a tool's function.

    Raises:
        InvalidGraphError: they name something that is not there.
    """
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise InvalidGraphError(
            f"the annotations of tool `{name}` cannot be read: {error}",
            "import what they name at the top of its module",
        ) from None
    except TypeError:
        return {}  # an object with `__call__`, say


def lent_to(
    hints: Mapping[str, Any], parameters: Iterable[inspect.Parameter], by_name: Iterable[str]
) -> dict[str, Lent]:
    """Return what parameters are lent: those that are marked, and those named as in `by_name`."""
    found = {}
    for parameter in parameters:
        optional = parameter.default is not parameter.empty
        marks = [(_MARKERS[kind], mark) for mark, kind in _marks(hints, parameter.name)]
        if marks:
            source, mark = marks[0]
            found[parameter.name] = Lent(source, getattr(mark, "field", None), optional)
        elif parameter.name in by_name:
            found[parameter.name] = Lent(parameter.name)
    return found


def is_hidden(hint: Any) -> bool:
    """Return whether LangChain's `InjectedToolArg` marks a parameter as none of the model's."""
    return any("InjectedToolArg" in _kinds(mark) for mark in _metadata(hint))


def _marks(hints: Mapping[str, Any], name: str) -> list[tuple[Any, str]]:
    marks = _metadata(hints.get(name))
    return [(mark, kind) for mark in marks for kind in _kinds(mark) if kind in _MARKERS]


def _metadata(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _kinds(mark: Any) -> list[str]:
    """The names of the classes of a marker, which may be given as a class or as an object."""
    return [cls.__name__ for cls in (mark if isinstance(mark, type) else type(mark)).__mro__]


def _key(state: Any, key: str) -> tuple[Any] | None:
    if isinstance(state, Mapping):
        return (state[key],) if key in state else None
    return (getattr(state, key),) if hasattr(state, key) else None

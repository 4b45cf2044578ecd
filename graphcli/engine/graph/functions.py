"""What a function says of itself: its name, its annotations, whether it is async."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable
from typing import Any, Literal, get_args, get_origin, get_type_hints

from graphcli.engine.values.model import Command
from graphcli.errors import InvalidGraphError


def named(
    node: str | Callable[..., Any], action: Callable[..., Any] | None
) -> tuple[str, Callable[..., Any]]:
    """Return a node's name and function; without `action`, `node` is the function.

    Raises:
        InvalidGraphError: there is no function.
    """
    if isinstance(node, str):
        if action is None:
            raise InvalidGraphError(f"node `{node}` has no function", "add_node(name, function)")
        return node, _callable(action)
    name = getattr(node, "__name__", None) or getattr(node, "name", None) or type(node).__name__
    return name, _callable(action or node)


def _callable(action: Any) -> Callable[..., Any]:
    if callable(action):
        return action  # type: ignore[no-any-return]  # that is what callable() has just said.
    if hasattr(action, "invoke"):  # a LangChain runnable
        return lambda state: action.invoke(state)
    raise InvalidGraphError(f"a node is a function, not a {type(action).__name__}")


def is_async(function: Callable[..., Any]) -> bool:
    """Return whether calling `function` gives something to await."""
    while isinstance(function, functools.partial):
        function = function.func
    call = type(function).__call__  # an object with `async def __call__` is async as well
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def first_hint(function: Callable[..., Any]) -> Any:
    """Return the type that names keys with which the first parameter is annotated, else None."""
    try:
        first = next(iter(inspect.signature(function).parameters))
    except (TypeError, ValueError, StopIteration):
        return None
    hint = hints_of(function).get(first)
    return hint if _names_keys(hint) else None


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function, a partial or an object that can be called.

    Nothing is returned where one of them names what is not there at run time.
    """
    while isinstance(function, functools.partial):
        function = function.func
    annotated = function if inspect.isroutine(function) else type(function).__call__
    try:
        return get_type_hints(annotated, include_extras=True)
    except (TypeError, NameError):
        return {}


def _names_keys(hint: Any) -> bool:
    return (
        isinstance(hint, type)
        and hint.__module__ != "builtins"
        and bool(getattr(hint, "__annotations__", None))
    )


def declared_destinations(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the nodes in `-> Command[Literal["a", "b"]]`: for drawing only."""
    try:
        returns = get_type_hints(function).get("return")
    except (TypeError, NameError):
        return None
    if get_origin(returns) is not Command:
        return None
    return tuple(
        name for arg in get_args(returns) if get_origin(arg) is Literal for name in get_args(arg)
    )


def literal_ends(path: Callable[..., Any]) -> dict[Hashable, str] | None:
    """Return the targets in `-> Literal["a", "b"]`: they serve as a path map."""
    try:
        returns = get_type_hints(path).get("return")
    except (TypeError, NameError):
        return None
    if get_origin(returns) is not Literal:
        return None
    return {name: name for name in get_args(returns)}

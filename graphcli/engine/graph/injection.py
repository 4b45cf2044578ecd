"""What a function asks for besides its state: by the name of a parameter, or by its type."""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections.abc import Callable
from inspect import Parameter
from typing import Annotated, Any, Union, get_args, get_origin

from graphcli.engine.graph.functions import hints_of

StreamWriter = Callable[[Any], None]

#: What can be asked for by name.
INJECTED = frozenset({"config", "writer", "runtime"})

#: By type. LangChain's RunnableConfig is known by its name, so that it need not be installed.
_TYPES = {"RunnableConfig": "config", "Runtime": "runtime", "StreamWriter": "writer"}


def wanted(function: Callable[..., Any]) -> dict[str, str]:
    """Return the parameters after the first one that are handed over, with what each is given."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):
        return {}
    hints = hints_of(function)
    bound = function.keywords if isinstance(function, functools.partial) else {}
    asked = {
        parameter.name: _meant(parameter, hints.get(parameter.name, parameter.annotation))
        for parameter in parameters
        if parameter.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        and parameter.name not in bound
    }
    return {name: what for name, what in asked.items() if what is not None}


def _meant(parameter: Parameter, hint: Any) -> str | None:
    own = parameter.default is not Parameter.empty and parameter.default is not None
    # Many a function fits the type of a writer: a parameter that has one keeps it.
    if not (own and hint == StreamWriter) and (what := _by_type(hint)) is not None:
        return what
    if own and hint is not Parameter.empty:
        return None  # a `config` of another type, and there already
    return parameter.name if parameter.name in INJECTED else None


def _by_type(hint: Any) -> str | None:
    if isinstance(hint, str):  # a name that cannot be resolved where the function stands
        return next((_TYPES[word] for word in re.findall(r"\w+", hint) if word in _TYPES), None)
    if hint == StreamWriter:
        return "writer"
    if get_origin(hint) in (Union, types.UnionType, Annotated):
        return next((what for arg in get_args(hint) if (what := _by_type(arg))), None)
    return _TYPES.get(getattr(get_origin(hint) or hint, "__name__", ""))

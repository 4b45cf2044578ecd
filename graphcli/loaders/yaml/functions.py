"""`python:` → the function it names, checked against how it will be called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphcli.errors import GraphLoadError
from graphcli.loaders.imports import attribute, import_file, import_name


def function_named(reference: str, folder: Path) -> Callable[..., Any]:
    """Return the function that `./file.py:fn` (beside the YAML file) or `pkg.mod:fn` names.

    Raises:
        GraphLoadError: it cannot be imported, or is no function.
    """
    module_name, _, name = reference.rpartition(":")
    if module_name.endswith(".py"):
        module = import_file((folder / module_name).resolve())
    else:
        module = import_name(module_name, folder)
    found = attribute(module, name, f"`{module_name}`")
    if not callable(found):
        raise GraphLoadError(f"`{reference}` is a {type(found).__name__}, not a function")
    function: Callable[..., Any] = found
    return function


def misfit(function: Callable[..., Any], arguments: Mapping[str, Any] | None) -> str:
    """Return why `function` cannot be called with these keyword arguments, or nothing.

    Without arguments it is called with one mapping of `inputs`, `state` and `nodes`.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ""  # a builtin that does not tell
    try:
        signature.bind({}) if arguments is None else signature.bind(**arguments)
    except TypeError as error:
        how = "with one mapping" if arguments is None else f"with {', '.join(arguments) or 'none'}"
        return f"it cannot be called {how}: {error}"
    return ""

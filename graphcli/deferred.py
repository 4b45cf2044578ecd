"""Modules of ours that are loaded when a name in them is first used: few commands need all."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing has it as well, for half the cost of starting Python.
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def names_of(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of `package`: it finds a name in its home, and keeps it there.

    `homes` maps each module to the names that are at home in it, with spaces between them.
    """

    def load(name: str) -> object:
        for home, names in homes.items():
            if name in names.split():
                found = getattr(_loaded(home), name)
                setattr(sys.modules[package], name, found)
                return found
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load


def later(module: str) -> Any:
    """Return what stands for a module of ours that few commands need: its names load it.

    For mypy and the reader it stands in the `else` of the import that it takes the place of:

        if TYPE_CHECKING:
            from graphcli.engine.past import travel
        else:
            travel = later("graphcli.engine.past.travel")
    """
    return _Later(module)


class _Later:
    """A module whose names are looked up in it each time, for tests put others in their place."""

    __slots__ = ("_module",)

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(_loaded(self._module), name)


def _loaded(module: str) -> Any:
    __import__(module)  # not import_module, which `-X importtime` does not show
    return sys.modules[module]

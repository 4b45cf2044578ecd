"""The names of a package, whose modules are loaded when a name is first used."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing has it as well, for half the cost of starting Python.
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def names_of(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of `package`: it finds a name in its home, and keeps it there.

    `homes` maps each module to the names that are at home in it, with spaces between them.
    """

    def load(name: str) -> object:
        from importlib import import_module

        for home, names in homes.items():
            if name in names.split():
                found = getattr(import_module(home), name)
                setattr(sys.modules[package], name, found)
                return found
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load

"""A reference → a graph: a Python file or module, a YAML file, or a name that is looked up.

A name's module is loaded when the name is first used, and either format with its first graph.
"""

from typing import TYPE_CHECKING

from graphcli.deferred import names_of

if TYPE_CHECKING:
    from graphcli.loaders.loading import load
    from graphcli.loaders.names import available, resolve
    from graphcli.loaders.yaml.load import check_file
    from graphcli.loaders.yaml.shape import format_schema

__all__ = ["available", "check_file", "format_schema", "load", "resolve"]

_HOMES = {
    "graphcli.loaders.loading": "load",
    "graphcli.loaders.names": "available resolve",
    "graphcli.loaders.yaml.load": "check_file",
    "graphcli.loaders.yaml.shape": "format_schema",
}

if not TYPE_CHECKING:  # else a misspelt name would be no error
    __getattr__ = names_of(__name__, _HOMES)

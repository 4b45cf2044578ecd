"""A reference → a graph, by the kind of file that it names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graphcli.deferred import later
from graphcli.engine.running.protocol import LoadedGraph
from graphcli.loaders.module import load_file, load_name
from graphcli.loaders.names import YAML_ENDINGS, ModuleTarget, resolve

if TYPE_CHECKING:
    from graphcli.loaders.yaml import load as yaml_file
else:
    yaml_file = later("graphcli.loaders.yaml.load")


def load(reference: str, *, cwd: Path, looking: bool = False) -> LoadedGraph:
    """Load the graph that `reference` names, relative to `cwd`; its own reference is absolute.

    Nothing but the graph that was named is imported, and while it is its stdout is stderr. Only
    `looking`, a YAML file imports nothing, and its graph cannot be run.

    Raises:
        GraphLoadError: there is no such graph, or it cannot be loaded.
        InvalidGraphError: it is wrong; every problem is in it, with its place.
    """
    found = resolve(reference, cwd)
    if isinstance(found, ModuleTarget):
        return load_name(found.name, found.attr, found.folder)
    if found.file.suffix in YAML_ENDINGS:
        return yaml_file.load_yaml(found.file, _shown(found.file, cwd), cwd, looking=looking)
    return load_file(found.file, found.attr)


def _shown(file: Path, cwd: Path) -> str:
    """Return the shortest name of `file` that a person in `cwd` can use."""
    return str(file.relative_to(cwd)) if file.is_relative_to(cwd) else str(file)

"""What the word GRAPH on a command line means: a file, a module, or a name that is looked up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from graphcli.dataclass import dataclass
from graphcli.errors import GraphLoadError, did_you_mean
from graphcli.graphnames import named_graphs
from graphcli.loaders.imports import is_file
from graphcli.text import safe_line

YAML_ENDINGS: Final = (".yaml", ".yml")
_ATTRIBUTE: Final = r":([A-Za-z_]\w*)?$"
_MODULE: Final = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"


@dataclass(frozen=True, slots=True)
class FileTarget:
    """A graph in a file; `attr` is empty where the only graph is meant, and in YAML."""

    file: Path
    attr: str = ""


@dataclass(frozen=True, slots=True)
class ModuleTarget:
    """A graph in a module that is imported by name, from the Python path or else `folder`."""

    name: str
    attr: str
    folder: Path


def resolve(reference: str, cwd: Path) -> FileTarget | ModuleTarget:
    """Return what `reference` names, relative paths being relative to `cwd`.

    Raises:
        GraphLoadError: it names nothing that is there.
    """
    if not reference or "\0" in reference:
        raise GraphLoadError("no graph was named", _known_names(cwd))
    before, attr = _split(reference)
    if reference.endswith(YAML_ENDINGS):
        return FileTarget(cwd / reference)
    if before.endswith(".py"):
        return FileTarget(cwd / before, attr)
    name = before.rpartition("/")[2]
    if before != reference and re.fullmatch(_MODULE, name):
        return ModuleTarget(name, attr, cwd / before[: -len(name)])
    return _named(reference, cwd)


def available(cwd: Path) -> list[tuple[str, Path]]:
    """Return the graphs that have a name: those in `./graphs`, then the bundled ones."""
    return [(name, Path(file)) for name, file in named_graphs(str(cwd)).items()]


def _split(reference: str) -> tuple[str, str]:
    match = re.search(_ATTRIBUTE, reference)
    return (reference[: match.start()], match[1] or "") if match else (reference, "")


def _named(name: str, cwd: Path) -> FileTarget:
    names = dict(available(cwd))
    if name in names:
        return FileTarget(names[name])
    shown = safe_line(name, 80)
    if is_file(cwd / name):
        raise GraphLoadError(f"`{shown}` is not a graph file", "graphs end in .py, .yaml or .yml")
    raise GraphLoadError(
        f"there is no graph `{shown}`{did_you_mean(name, names)}", _known_names(cwd)
    )


def _known_names(cwd: Path) -> str:
    names = ", ".join(safe_line(name, 40) for name, _ in available(cwd))
    listed = f"known by name: {names}; or " if names else ""
    return (
        f"{listed}name a file (`file.yaml`, `file.py:graph`) or a module (`package.module:graph`)"
    )

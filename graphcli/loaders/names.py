"""What the word GRAPH on a command line means: a file, a module, or a name that is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphcli.errors import GraphLoadError, did_you_mean
from graphcli.text import safe_line

YAML_ENDINGS: Final = (".yaml", ".yml")
_ENDINGS: Final = (".py", *YAML_ENDINGS)
_ATTRIBUTE: Final = re.compile(r":([A-Za-z_]\w*)?$")
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_PACKAGE: Final = Path(__file__).parent.parent


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
    if before != reference and _MODULE.fullmatch(name):
        return ModuleTarget(name, attr, cwd / before[: -len(name)])
    return _named(reference, cwd)


def available(cwd: Path) -> list[tuple[str, Path]]:
    """Return the graphs that have a name: those in `./graphs`, then the bundled ones."""
    found: dict[str, Path] = {}
    for folder in _folders(cwd):
        for file in _graphs_in(folder):
            found.setdefault(file.stem, file)
    return list(found.items())


def _split(reference: str) -> tuple[str, str]:
    match = _ATTRIBUTE.search(reference)
    return (reference[: match.start()], match[1] or "") if match else (reference, "")


def _named(name: str, cwd: Path) -> FileTarget:
    names = dict(available(cwd))
    if name in names:
        return FileTarget(names[name])
    shown = safe_line(name, 80)
    if (cwd / name).is_file():
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


def _folders(cwd: Path) -> Iterator[Path]:
    yield cwd / "graphs"
    # Installed, the examples lie inside the package; in a checkout, beside it.
    yield _PACKAGE / "graphs"
    yield _PACKAGE.parent / "graphs"


def _graphs_in(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    files = [file for file in entries if file.suffix in _ENDINGS and file.is_file()]
    # Of two that share a stem Python wins, as the first of the endings.
    files.sort(key=lambda file: (file.stem, _ENDINGS.index(file.suffix)))
    return [file for file in files if not file.name.startswith(("_", "."))]

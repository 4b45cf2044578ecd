"""The graphs that have a name. Found with `os` alone: a shell that completes one waits for it."""

from __future__ import annotations

import os

#: Of two that share a name the first of these wins.
_ENDINGS = (".py", ".yaml", ".yml")
_PACKAGE = os.path.dirname(__file__)  # noqa: PTH120 - pathlib costs half of what Python does.


def named_graphs(cwd: str) -> dict[str, str]:
    """Return the files of the graphs in `cwd`/graphs, then of the bundled ones, by their names."""
    found: dict[str, str] = {}
    # Installed, the examples lie inside the package; in a checkout, beside it.
    for place in (cwd, _PACKAGE, os.path.dirname(_PACKAGE)):  # noqa: PTH120
        for name, file in _graphs_in(os.path.join(place, "graphs")):  # noqa: PTH118
            found.setdefault(name, file)
    return found


def _graphs_in(folder: str) -> list[tuple[str, str]]:
    try:
        with os.scandir(folder) as entries:
            files = [entry for entry in entries if entry.is_file()]
    except OSError:
        return []
    parts = [(*os.path.splitext(entry.name), entry.path) for entry in files]  # noqa: PTH122
    graphs = [part for part in parts if part[1] in _ENDINGS and not part[0].startswith(("_", "."))]
    graphs.sort(key=lambda part: (part[0], _ENDINGS.index(part[1])))
    return [(name, path) for name, _, path in graphs]

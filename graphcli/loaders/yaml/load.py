"""A YAML file → a loaded graph."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphcli.engine.running.protocol import LoadedGraph
from graphcli.engine.values.model import Secret
from graphcli.errors import GraphLoadError, InvalidGraphError, did_you_mean
from graphcli.loaders.yaml.ahead import foreseeing
from graphcli.loaders.yaml.build import build
from graphcli.loaders.yaml.check import check
from graphcli.loaders.yaml.functions import function_named
from graphcli.loaders.yaml.outline import outlined
from graphcli.loaders.yaml.positions import MAX_BYTES, Document, read
from graphcli.loaders.yaml.questions import form, required_inputs
from graphcli.loaders.yaml.values import Computed, names_in
from graphcli.loaders.yaml.words import field_kind
from graphcli.text import safe_line


def load_yaml(file: Path, shown: str, cwd: Path, *, looking: bool = False) -> LoadedGraph:
    """Load the graph in a YAML file, which messages call `shown`.

    Only `looking`, nothing that it names is imported, and the graph cannot be run.

    Inputs of type `path` are made absolute from `cwd`, the caller's folder: commands run in the
    folder of the file, and the thread may be resumed from any other.

    Raises:
        GraphLoadError: the file cannot be read.
        InvalidGraphError: it is wrong; every problem is in it, with its place.
    """
    document = check_file(file, shown)
    data = document.data
    file = file.resolve()
    name = data.get("name", file.stem)
    return LoadedGraph(
        name=name,
        reference=str(file),
        graph=build(document, name, file.parent, outlined if looking else function_named),
        description=data.get("description", ""),
        inputs=form(data.get("inputs", {}), required_inputs(data.get("inputs", {}))),
        initial=_initial(data, cwd),
        output=_output(data),
        foresee=foreseeing(data["nodes"], tuple(data.get("state", {}))),
    )


def check_file(file: Path, shown: str) -> Document:
    """Return the checked document in `file`, without importing or running what it names.

    Raises:
        GraphLoadError: the file cannot be read.
        InvalidGraphError: it is wrong; every problem is in it, with its place.
    """
    shown = safe_line(shown)
    document = read(_text(file, shown), shown)
    check(document)
    return document


def _text(file: Path, shown: str) -> str:
    data = _bytes(file, shown)
    if len(data) > MAX_BYTES:
        raise InvalidGraphError(f"{shown} is larger than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidGraphError(
            f"{shown}:{line}: this is not UTF-8 text", "save the file as UTF-8"
        ) from None


def _bytes(file: Path, shown: str) -> bytes:
    try:
        # A pipe would be waited for, and a device never ends.
        if not stat.S_ISREG(os.stat(file).st_mode):  # noqa: PTH116 - one call, and its error.
            raise GraphLoadError(f"`{shown}` is not a file")
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = did_you_mean(file.name, _siblings(file))
        raise GraphLoadError(f"there is no file `{shown}`{near}") from None
    except OSError as error:
        raise GraphLoadError(f"`{shown}` cannot be read: {error.strerror}") from None


def _siblings(file: Path) -> list[str]:
    try:
        return [entry.name for entry in file.parent.iterdir()]
    except OSError:
        return []


def _initial(data: Mapping[str, Any], cwd: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the function from given inputs to the input of the graph, defaults filled in."""
    inputs, state = data.get("inputs", {}), data.get("state", {})

    def initial(given: Mapping[str, Any]) -> dict[str, Any]:
        filled = {
            name: _placed(given.get(name, spec.get("default")), spec, cwd)
            for name, spec in inputs.items()
        }
        return {"inputs": filled, **{name: _first(spec) for name, spec in state.items()}}

    return initial


def _placed(value: Any, spec: Mapping[str, Any], cwd: Path) -> Any:
    """Return the value of an input; a path as an absolute one, `~` being the person's home.

    A secret is a reference.
    """
    kind = field_kind(spec)
    if kind == "secret" and isinstance(value, str):  # the default: a reference, as was checked
        return Secret(value)
    if kind != "path" or not isinstance(value, str):
        return value
    return str(cwd / os.path.expanduser(value))  # noqa: PTH111 - an unknown `~user` stays a name.


def _first(spec: Mapping[str, Any]) -> Any:
    empty: dict[str, Any] = {"append": [], "merge": {}}
    return spec.get("default", empty.get(spec.get("reducer", "last")))


def _output(data: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Return the function from the final values to what is printed: `output:`, or the state."""
    keys, nodes = tuple(data.get("state", {})), tuple(data["nodes"])
    output = data.get("output", {key: f"{{{{ state.{key} }}}}" for key in keys})
    computed = Computed(output, "output")
    return lambda values: computed(names_in(values, keys, nodes))

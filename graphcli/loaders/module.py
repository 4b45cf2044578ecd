"""`file.py[:attr]` and `package.module:attr` → a compiled graph."""

from __future__ import annotations

import copy
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from graphcli.dataclass import replace
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.face.graph import StateGraph
from graphcli.engine.running.protocol import LoadedGraph
from graphcli.errors import InvalidGraphError
from graphcli.loaders.imports import attribute, guarded, import_file, import_name
from graphcli.loaders.inputs import inputs_of
from graphcli.text import safe_line

#: What `compile()` calls a graph that was given no name.
_UNNAMED: Final = "graph"


def load_file(file: Path, attr: str) -> LoadedGraph:
    """Load the graph in a Python file: `attr`, or the only one there is.

    Raises:
        GraphLoadError: the file cannot be run, or holds no such graph.
    """
    file = file.resolve()
    module = import_file(file)
    place = f"`{file.name}`"
    attr, found = (attr, attribute(module, attr, place)) if attr else _only(module, place)
    return _loaded(found, f"{place} `{attr}`", file.stem, f"{file}:{attr}")


def load_name(name: str, attr: str, folder: Path) -> LoadedGraph:
    """Load `attr` of the module `name`, which may lie in `folder`.

    Raises:
        GraphLoadError: the module cannot be imported, or holds no such graph.
    """
    module = import_name(name, folder)
    place = f"`{name}`"
    attr, found = (attr, attribute(module, attr, place)) if attr else _only(module, place)
    return _loaded(
        found, f"{place} `{attr}`", name.rpartition(".")[2], f"{_anywhere(module, folder)}:{attr}"
    )


def _anywhere(module: ModuleType, folder: Path) -> str:
    """Return a reference to a module that works from any folder, with the folder it lies in."""
    top = sys.modules[module.__name__.partition(".")[0]]
    places = [*getattr(top, "__path__", ()), getattr(top, "__file__", None) or ""]
    here = any(Path(place).resolve().parent == folder.resolve() for place in places if place)
    return f"{folder.resolve()}/{module.__name__}" if here else module.__name__


def _only(module: ModuleType, place: str) -> tuple[str, Any]:
    """Return the one graph of a module: `graph`, the only compiled one, or the only builder."""
    named = vars(module)
    if "graph" in named and (_is_graph(named["graph"]) or inspect.isfunction(named["graph"])):
        return "graph", named["graph"]
    for kind in (CompiledGraph, StateGraph):
        found = _distinct({key: value for key, value in named.items() if isinstance(value, kind)})
        if len(found) == 1:
            return found[0], named[found[0]]
        if found:
            listed = ", ".join(f"`{key}`" for key in found)
            raise InvalidGraphError(
                f"{place} has {len(found)} graphs: {listed}", f"name one, as in `…:{found[0]}`"
            )
    raise InvalidGraphError(f"{place} has no graph", _remedy(named))


def _distinct(found: dict[str, Any]) -> list[str]:
    """The first name of each object: `app = graph` is one graph, not two."""
    return list({id(value): name for name, value in reversed(found.items())}.values())[::-1]


def _remedy(named: dict[str, Any]) -> str:
    foreign = [key for key, value in named.items() if _is_langgraph(value)]
    if foreign:
        return _port(foreign[0])
    functions = [
        key for key, value in named.items() if inspect.isfunction(value) and not key.startswith("_")
    ]
    listed = f"; it has the functions {', '.join(functions[:8])}" if functions else ""
    return f"make one with `graph = builder.compile()`, or name a function that returns one{listed}"


def _port(name: str) -> str:
    return f"`{name}` is LangGraph's: import StateGraph from `graphcli` instead"


def _is_graph(value: Any) -> bool:
    return isinstance(value, CompiledGraph | StateGraph)


def _is_langgraph(value: Any) -> bool:
    # By the name of its module: LangGraph itself is never imported here.
    return not isinstance(value, type | ModuleType) and any(
        base.__module__.split(".")[0] == "langgraph" and base.__name__ in ("StateGraph", "Pregel")
        for base in type(value).__mro__
    )


def _loaded(found: Any, place: str, stem: str, reference: str) -> LoadedGraph:
    compiled = _compiled(found, place, stem)
    types = (compiled.input_schema, compiled.output_schema)
    return LoadedGraph(
        name=compiled.name,
        reference=reference,
        graph=compiled,
        description=_description(found),
        inputs=inputs_of(types[0]),
        output=_output_of(types[1]),
        notes=_notes(compiled),
    )


def _compiled(found: Any, place: str, stem: str) -> CompiledGraph:
    if not _is_graph(found) and callable(found) and not isinstance(found, type):
        found = _made(found, place)
    if isinstance(found, StateGraph):
        builder = found
        return guarded(lambda: builder.compile(name=stem), place)
    if isinstance(found, CompiledGraph):
        return found if found.name != _UNNAMED else _renamed(found, stem)
    if _is_langgraph(found):
        raise InvalidGraphError(f"{place} is no graph of graphcli", _port(place.split("`")[-2]))
    raise InvalidGraphError(
        f"{place} is {_article(type(found).__name__)}, not a graph",
        "name a compiled graph, a StateGraph, or a function that returns one",
    )


def _made(factory: Any, place: str) -> Any:
    """Call a factory: without arguments, or with an empty `config` if it takes one."""
    try:
        wanted = [
            parameter
            for parameter in inspect.signature(factory).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
    except (TypeError, ValueError):
        wanted = []
    if len(wanted) > 1:
        names = ", ".join(parameter.name for parameter in wanted)
        raise InvalidGraphError(
            f"{place} takes {len(wanted)} arguments ({names})",
            "a function that returns a graph takes none, or one `config`",
        )
    made = guarded(lambda: factory({}) if wanted else factory(), place)
    if inspect.iscoroutine(made):
        made.close()
        raise InvalidGraphError(f"{place} is async", "a function that returns a graph is not")
    if not _is_graph(made) and not _is_langgraph(made):
        raise InvalidGraphError(
            f"{place} returned {_article(type(made).__name__)}, not a graph",
            "return a compiled graph or a StateGraph",
        )
    return made


def _renamed(compiled: CompiledGraph, name: str) -> CompiledGraph:
    """Return the graph under the name of its file, so that lists tell threads apart."""
    renamed = copy.copy(compiled)
    renamed.graph = replace(compiled.graph, name=name)
    return renamed


def _description(found: Any) -> str:
    text = inspect.getdoc(found) if inspect.isfunction(found) else None
    return safe_line((text or "").split("\n\n")[0])


def _output_of(type_: Any) -> Any:
    """Return a function that keeps of the final values what the output schema names."""
    keys = frozenset(inputs_of(type_)["properties"])

    def output(values: Any) -> Any:
        if not keys or not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if key in keys}

    return output


def _notes(compiled: CompiledGraph) -> tuple[str, ...]:
    if compiled.checkpointer is None:
        return ()
    kind = type(compiled.checkpointer).__name__
    return (f"the graph has its own {kind}; its threads are kept in graphcli's storage instead",)


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {safe_line(name)}"

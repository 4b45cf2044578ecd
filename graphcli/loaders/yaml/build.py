"""A checked document → a graph that runs."""

from __future__ import annotations

import inspect
import json
import operator
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, TypedDict

from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.face.graph import StateGraph
from graphcli.engine.resuming.prints import FunctionReader, print_of
from graphcli.engine.values.model import START
from graphcli.errors import GraphLoadError, RunFailedError
from graphcli.loaders.yaml.fields import python_type
from graphcli.loaders.yaml.findings import Finding, refusal
from graphcli.loaders.yaml.functions import function_named, misfit
from graphcli.loaders.yaml.nodes import (
    Node,
    ask_node,
    fail_node,
    python_node,
    run_node,
    set_node,
)
from graphcli.loaders.yaml.positions import Document, Path
from graphcli.loaders.yaml.retry import retry_policy
from graphcli.loaders.yaml.values import Condition, Names, channel_of, names_in
from graphcli.loaders.yaml.words import LAST, one_line, seconds, target, verb_of

#: Running these again after a crash changes nothing outside.
_HARMLESS = ("ask", "set", "fail")


#: What finds the function that `python:` names; None where it cannot tell what it looks like.
Finder = Callable[[str, FilePath], Callable[..., Any] | None]


def build(
    document: Document, name: str, folder: FilePath, find: Finder = function_named
) -> CompiledGraph:
    """Return the graph that a checked document describes; commands run in `folder`.

    A graph that is only looked at has its functions found by `outlined`, and cannot run.

    Raises:
        InvalidGraphError: a function that it names cannot be used; every problem is in it.
    """
    return _Builder(document, folder, find).build(name)


class _Builder:
    def __init__(self, document: Document, folder: FilePath, find: Finder) -> None:
        self._document = document
        self._folder = folder
        self._find = find
        self._state: dict[str, Any] = document.data.get("state", {})
        self._nodes: dict[str, Any] = document.data["nodes"]
        self._findings: list[Finding] = []

    def build(self, name: str) -> CompiledGraph:
        functions = dict(self._functions())
        if error := refusal(self._document, self._findings):
            raise error
        graph = StateGraph(self._schema())
        for id_, spec in self._nodes.items():
            self._add(graph, id_, spec, functions)
        graph.add_edge(START, next(iter(self._nodes)))
        return graph.compile(name=name)

    def view(self, state: Mapping[str, Any]) -> Names:
        return names_in(state, tuple(self._state), tuple(self._nodes))

    def _schema(self) -> Any:
        keys: dict[str, Any] = {"inputs": dict[str, Any]}
        keys |= {name: _channel(spec) for name, spec in self._state.items()}
        keys |= {channel_of(node): Any for node in self._nodes}
        return TypedDict("State", keys)  # type: ignore[operator]  # made at run time.

    def _add(
        self,
        graph: StateGraph,
        name: str,
        spec: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]],
    ) -> None:
        verb = verb_of(spec)
        node = self._node(verb, name, spec, functions)
        is_async = inspect.iscoroutinefunction(node)
        graph.add_node(
            name,
            node,
            retry_policy=retry_policy(spec.get("retry")),
            # A command's own timeout ends its processes; this one is for async functions.
            timeout=seconds(spec["timeout"]) if is_async and "timeout" in spec else None,
            on_crash=spec.get("on_crash", "rerun" if verb in _HARMLESS else "ask"),
            fingerprint=_fingerprint(spec, functions.get(name)),
        )
        self._lead(graph, name, spec.get("next", LAST))

    def _node(
        self,
        verb: str,
        name: str,
        spec: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]],
    ) -> Node:
        makers: dict[str, Callable[[], Node]] = {
            "run": lambda: run_node(name, spec, self.view, self._folder),
            "python": lambda: python_node(name, spec, self.view, functions[name]),
            "ask": lambda: ask_node(name, spec, self.view),
            "set": lambda: set_node(name, spec, self.view, self._state),
            "fail": lambda: fail_node(name, spec, self.view),
        }
        return makers[verb]()

    def _lead(self, graph: StateGraph, name: str, next_: Any) -> None:
        if isinstance(next_, str):
            graph.add_edge(name, target(next_))
        elif isinstance(next_[0], str):
            for item in next_:
                graph.add_edge(name, target(item))
        else:
            chosen, ends = self._choice(name, next_)
            graph.add_conditional_edges(name, chosen, ends)

    def _choice(
        self, name: str, next_: list[dict[str, str]]
    ) -> tuple[Callable[[Any], str], dict[Hashable, str]]:
        """Return the function that chooses a label, and where each label leads."""
        ends: dict[Hashable, str] = {_label(item): target(item["to"]) for item in next_}
        conditions = [
            (_label(item), Condition(item["when"], f"node `{name}`, next"))
            for item in next_
            if "when" in item
        ]
        fallback = next((_label(item) for item in next_ if "when" not in item), None)

        def choose(state: dict[str, Any]) -> str:
            names = self.view(state)
            for label, condition in conditions:
                if condition(names):
                    return label
            if fallback is None:
                raise RunFailedError(
                    f"node `{name}`: no condition of `next` holds",
                    "end the list with one that has no `when`, as in `- {to: END}`",
                )
            return fallback

        return choose, ends

    def _functions(self) -> Iterator[tuple[str, Callable[..., Any]]]:
        for name, spec in self._nodes.items():
            if "python" in spec:
                function = self._function(("nodes", name), spec)
                if function is not None:
                    yield name, function

    def _function(self, path: Path, spec: Mapping[str, Any]) -> Callable[..., Any] | None:
        try:
            function = self._find(spec["python"], self._folder)
        except GraphLoadError as error:
            self._findings.append(Finding((*path, "python"), error.message))
            return None
        if function is None:
            return _unseen
        if problem := misfit(function, spec.get("with")):
            self._findings.append(Finding((*path, "python"), f"`{spec['python']}`: {problem}"))
        if "timeout" in spec and not inspect.iscoroutinefunction(function):
            self._findings.append(Finding((*path, "timeout"), _NO_TIMEOUT, key=True))
        return function


def _unseen(*_given: Any, **_named: Any) -> None:
    """Stand for a function of which only running its module tells what it is."""


_NO_TIMEOUT = (
    "a function that is not async cannot be stopped from outside: make it `async def`, or use `run`"
)


def _channel(spec: Mapping[str, Any]) -> Any:
    reducer = spec.get("reducer", "last")
    if reducer == "append":
        # `operator.add` is known to keep what was there, so that storage writes the tail only.
        return Annotated[list[Any], operator.add]
    if reducer == "merge":
        return Annotated[dict[str, Any], merge]
    return python_type(spec.get("type", "any"))


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of both; `new` wins."""
    return {**old, **new}


def _label(item: Mapping[str, str]) -> str:
    return one_line(item["when"]) if "when" in item else "else"


def _fingerprint(spec: Mapping[str, Any], function: Callable[..., Any] | None) -> str:
    """What a node does: where it leads is told by its edges."""
    own = {key: item for key, item in spec.items() if key != "next"}
    text = json.dumps(own, sort_keys=True, separators=(",", ":"))
    return print_of(text, "" if function is None else FunctionReader().print(function))

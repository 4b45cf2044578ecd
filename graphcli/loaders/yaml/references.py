"""Checks of expressions and `{{ }}`: their syntax, and that every name in them exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphcli.errors import did_you_mean
from graphcli.expressions import Expression, ExpressionError, StaticPath, Template
from graphcli.loaders.yaml.findings import Finding, from_expression
from graphcli.loaders.yaml.positions import Path
from graphcli.loaders.yaml.words import ROOTS, RUN_RESULT, VERBS


class Known:
    """The names that a graph defines: its inputs, its state, and what each node leaves."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._nodes = _mapping(data.get("nodes"))
        self._names = {
            "inputs": tuple(_mapping(data.get("inputs"))),
            "state": tuple(_mapping(data.get("state"))),
            "nodes": tuple(self._nodes),
        }
        self._secrets = frozenset(_secrets(data))

    def check_data(self, path: Path, value: Any, *, takes: bool = False) -> Iterator[Finding]:
        """Yield what is wrong with every `{{ }}` inside `value`.

        What `takes` secrets may be one, and nothing but it.
        """
        if isinstance(value, str):
            yield from self._check_template(path, value, takes=takes)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                yield from self.check_data((*path, key), item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.check_data((*path, index), item)

    def check_condition(self, path: Path, source: str) -> Iterator[Finding]:
        """Yield what is wrong with a bare expression."""
        if source.strip().startswith("{{"):
            yield Finding(path, "`when` takes the bare expression, without `{{ }}`")
            return
        try:
            expression = Expression.parse(source, ROOTS)
        except ExpressionError as error:
            yield from_expression(path, error)
        else:
            yield from self._check_paths(path, expression.paths)

    def _check_template(self, path: Path, text: str, *, takes: bool) -> Iterator[Finding]:
        try:
            template = Template.parse(text, ROOTS)
        except ExpressionError as error:
            yield from_expression(path, error)
            return
        for offset, expression in template.expressions:
            alone = text == f"{{{{{expression.source}}}}}"
            given = expression.source.strip() if takes and alone else ""
            yield from self._check_paths(path, expression.paths, offset, given)

    def _check_paths(
        self, path: Path, found: Iterable[StaticPath], shift: int = 0, given: str = ""
    ) -> Iterator[Finding]:
        """Yield what is wrong with paths; the secret that is `given` whole is none of it."""
        for static in found:
            if message := self._unknown(static.names) or self._told(static.names, given):
                span = (static.offset + shift, static.stop + shift)
                yield Finding(path, message, span=span)

    def _unknown(self, names: tuple[str, ...]) -> str:
        """Return why the dotted path `names` leads nowhere, or nothing."""
        root, *rest = names
        if root not in self._names or not rest:
            return ""
        if rest[0] not in self._names[root]:
            return f"`{root}` has no `{rest[0]}`{_near(rest[0], self._names[root])}"
        if root == "nodes":
            return self._unknown_in_node(*rest[:2])
        return ""

    def _told(self, names: tuple[str, ...], given: str) -> str:
        """Return why the secret that `names` lead to may not stand here, or nothing."""
        secret = next((s for s in self._secrets if names[: len(s)] == s), ())
        whole = ".".join(secret)
        if not secret or whole == given:
            return ""
        return f"`{whole}` is a secret: it can only be a whole value, in `env` or `with`"

    def _unknown_in_node(self, node: str, key: str | None = None) -> str:
        spec = _mapping(self._nodes[node])
        if "set" in spec or "fail" in spec:
            verb = "set" if "set" in spec else "fail"
            return f"node `{node}` leaves nothing behind: it is a `{verb}`"
        keys = _keys_left_by(spec)
        if key is None or keys is None or key in keys:
            return ""
        if not keys:
            return f"`nodes.{node}` is one text, it has no `{key}`"
        return f"`nodes.{node}` has no `{key}`{_near(key, keys)}"


def _secrets(data: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the path of each secret: inputs, answers, fields of answers."""
    for name, field in _mapping(data.get("inputs")).items():
        if _mapping(field).get("type") == "secret":
            yield "inputs", name
    for node, spec in _mapping(data.get("nodes")).items():
        ask = _mapping(_mapping(spec).get("ask"))
        if ask.get("type") == "secret":
            yield "nodes", node
        for name, field in _mapping(ask.get("fields")).items():
            if _mapping(field).get("type") == "secret":
                yield "nodes", node, name


def _keys_left_by(spec: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the keys of a node's result, none for plain text, None where nobody can know."""
    if "run" in spec:
        return RUN_RESULT
    if "ask" not in spec or not set(spec) & set(VERBS):
        return None
    fields = _mapping(_mapping(spec["ask"]).get("fields"))
    return tuple(fields)


def _near(name: str, known: Iterable[str]) -> str:
    names = tuple(known)
    listed = f"; it has {', '.join(names[:12])}" if names else "; there are none"
    return did_you_mean(name, names) or listed


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

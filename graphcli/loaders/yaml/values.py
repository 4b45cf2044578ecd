"""Data with `{{ }}` in it, made ready once and computed often; and the names it sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphcli.dataclass import fields, is_dataclass
from graphcli.engine.values.model import Secret
from graphcli.errors import RunFailedError
from graphcli.expressions import Expression, ExpressionError, Template
from graphcli.loaders.yaml.words import ROOTS

Names = Mapping[str, Any]


def channel_of(node: str) -> str:
    """Return the key of the state that holds what a node left behind."""
    return f"nodes.{node}"


def names_in(state: Mapping[str, Any], keys: tuple[str, ...], nodes: tuple[str, ...]) -> Names:
    """Return what expressions see of a state: `inputs`, `state` and `nodes`, absent ones null."""
    return {
        "inputs": state.get("inputs") or {},
        "state": {key: state.get(key) for key in keys},
        "nodes": {node: state.get(channel_of(node)) for node in nodes},
    }


class Computed:
    """A value from the YAML in which every `{{ }}` is computed anew each time.

    `place` says where it stands, for the message of an error.
    """

    def __init__(self, value: Any, place: str) -> None:
        self._place = place
        self._compute = _computed(value)

    def __call__(self, names: Names) -> Any:
        """Return the value over `names`.

        Raises:
            RunFailedError: an expression cannot be computed from them.
        """
        try:
            return self._compute(names)
        except ExpressionError as error:
            raise failure(self._place, error) from None


class Condition:
    """A bare expression that is true or false."""

    def __init__(self, source: str, place: str) -> None:
        self._place = place
        self._expression = Expression.parse(source, ROOTS)

    def __call__(self, names: Names) -> bool:
        """Return whether it holds.

        Raises:
            RunFailedError: it cannot be computed from `names`.
        """
        try:
            return bool(self._expression.evaluate(names))
        except ExpressionError as error:
            raise failure(self._place, error) from None


def failure(place: str, error: ExpressionError) -> RunFailedError:
    """Return what a run fails with when an expression cannot be computed."""
    return RunFailedError(f"{place}: {error.pretty()}")


def plain(value: Any) -> Any:
    """Return `value` as plain data: expressions and the storage know no classes of the user's."""
    if is_dataclass(value) and not isinstance(value, type | Secret):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if hasattr(type(value), "model_fields") and hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _computed(value: Any) -> Callable[[Names], Any]:
    if isinstance(value, str) and "{{" in value:
        return Template.parse(value, ROOTS).evaluate
    if isinstance(value, Mapping):
        parts = {key: _computed(item) for key, item in value.items()}
        return lambda names: {key: part(names) for key, part in parts.items()}
    if isinstance(value, list):
        items = [_computed(item) for item in value]
        return lambda names: [item(names) for item in items]
    return lambda _: value

"""One expression: checked once, evaluated often."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from graphcli.expressions.check import Source, StaticPath, parse
from graphcli.expressions.evaluate import evaluate


class Expression:
    """A checked expression over a fixed set of names.

    `paths` are the dotted paths in it that are known before anything runs.
    """

    def __init__(self, source: Source, tree: ast.expr, paths: tuple[StaticPath, ...]) -> None:
        self._source = source
        self._tree = tree
        self.paths = paths

    @classmethod
    def parse(cls, source: str, roots: Iterable[str]) -> Expression:
        """Return the expression that `source` spells, over the names `roots`.

        Raises:
            ExpressionError: it is too long, no expression, or uses what is not allowed.
        """
        text = Source(source)
        return cls(text, *parse(text, roots))

    @property
    def source(self) -> str:
        """The text it was parsed from."""
        return self._source.text

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Return its value; `names` has one for each root.

        Raises:
            ExpressionError: a key is missing, a type does not fit, or a limit is reached.
        """
        return evaluate(self._tree, self._source, names)

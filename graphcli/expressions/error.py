"""The one error of the expression language."""

from __future__ import annotations

from typing import ClassVar

from graphcli.errors import GraphLoadError


class ExpressionError(GraphLoadError):
    """An expression is wrong, or cannot be computed from the values it was given.

    `source` is the text that holds it; `offset` and `stop` are the character range in `source`
    that is wrong. `missing` tells that a key was absent, which `default()` may replace.
    """

    code: ClassVar[str] = "expression"

    def __init__(
        self, message: str, source: str, offset: int = 0, stop: int = 0, *, missing: bool = False
    ) -> None:
        super().__init__(message)
        self.source = source
        self.offset = min(offset, len(source))
        self.stop = max(self.offset + 1, stop)
        self.missing = missing

    @property
    def line(self) -> int:
        """The line of the mistake, counted from 1."""
        return self.source.count("\n", 0, self.offset) + 1

    @property
    def column(self) -> int:
        """The column of the mistake in its line, counted from 1."""
        return self.offset - self.source.rfind("\n", 0, self.offset)

    @property
    def end(self) -> int:
        """The column after the mistake, counted from 1, on the same line."""
        line_end = self.source.find("\n", self.offset)
        stop = self.stop if line_end < 0 else min(self.stop, line_end)
        return self.column + max(1, stop - self.offset)

    def inside(self, source: str, shift: int) -> ExpressionError:
        """Return the same error, placed in a longer text that holds this source at `shift`."""
        return ExpressionError(
            self.message, source, self.offset + shift, self.stop + shift, missing=self.missing
        )

    def pretty(self) -> str:
        """Return the message, the line and a caret under the mistake."""
        lines = self.source.split("\n")
        text = lines[self.line - 1].replace("\t", " ")
        caret = " " * (self.column - 1) + "^" * (self.end - self.column)
        return f"{self.message}\n    {text}\n    {caret}"

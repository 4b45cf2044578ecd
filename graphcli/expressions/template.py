"""Text with `{{ }}` in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from graphcli.expressions.error import ExpressionError
from graphcli.expressions.expression import Expression
from graphcli.expressions.functions import text_of
from graphcli.expressions.limits import LimitError, Meter

#: Pieces of one template: parsing tries each `}}` for each `{{`, so the number is bounded.
_MAX_PIECES: Final = 200
#: Tries to find the `}}` that ends one `{{`: so many may stand in its texts and mappings.
_MAX_TRIES: Final = 20


class Template:
    """Text in which each `{{ }}` is computed; exactly one `{{ }}` and nothing else keeps its type.

    `expressions` are those inside with the offset of each in the text.
    """

    def __init__(self, text: str, pieces: tuple[str | tuple[int, Expression], ...]) -> None:
        self.text = text
        self._pieces = pieces

    @classmethod
    def parse(cls, text: str, roots: Iterable[str]) -> Template:
        """Return the template that `text` spells, over the names `roots`.

        Raises:
            ExpressionError: an expression inside is wrong; its place is in `text`.
        """
        pieces = tuple(_pieces(text, frozenset(roots)))
        return cls(text, pieces)

    @property
    def expressions(self) -> tuple[tuple[int, Expression], ...]:
        """The expressions inside, each with the offset of its source in the text."""
        return tuple(piece for piece in self._pieces if not isinstance(piece, str))

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Return the value of the only `{{ }}`, or the text with each one computed.

        Raises:
            ExpressionError: a key is missing, a type does not fit, or a limit is reached.
        """
        if len(self._pieces) == 1 and not isinstance(self._pieces[0], str):
            return self._value(*self._pieces[0], names)
        meter = Meter()
        return "".join(self._text(piece, names, meter) for piece in self._pieces)

    def _text(
        self, piece: str | tuple[int, Expression], names: Mapping[str, Any], meter: Meter
    ) -> str:
        if isinstance(piece, str):
            return piece
        offset, expression = piece
        value = self._value(offset, expression, names)
        try:
            meter.weigh(value)
            return text_of(value)
        except (LimitError, TypeError, ValueError, RecursionError) as error:
            end = offset + len(expression.source)
            raise ExpressionError(str(error), self.text, offset, end) from None

    def _value(self, offset: int, expression: Expression, names: Mapping[str, Any]) -> Any:
        try:
            return expression.evaluate(names)
        except ExpressionError as error:
            raise error.inside(self.text, offset) from None


def _pieces(text: str, roots: frozenset[str]) -> Iterator[str | tuple[int, Expression]]:
    position = 0
    for _ in range(_MAX_PIECES):
        start = text.find("{{", position)
        if start < 0:
            break
        if start > position:
            yield text[position:start]
        expression, position = _expression(text, start, roots)
        yield start + 2, expression
    else:
        raise ExpressionError(f"more than {_MAX_PIECES} `{{{{ }}}}`", text, position)
    if position < len(text) or not text:
        yield text[position:]


def _expression(text: str, start: int, roots: frozenset[str]) -> tuple[Expression, int]:
    """Parse what follows the `{{` at `start`; `}}` may also stand inside a text or a mapping."""
    first: ExpressionError | None = None
    end = text.find("}}", start + 2)
    for _ in range(_MAX_TRIES):
        if end < 0:
            break
        try:
            return Expression.parse(text[start + 2 : end], roots), end + 2
        except ExpressionError as error:
            first = first or error.inside(text, start + 2)
        # Only what could be cut short by this `}}` is tried again with the next one.
        if not _cut_short(text[start + 2 : end]):
            break
        end = text.find("}}", end + 1)
    raise first or ExpressionError("`{{` without `}}`", text, start, start + 2)


def _cut_short(source: str) -> bool:
    return len(source) < 2_000 and any(char in source for char in "'\"{")

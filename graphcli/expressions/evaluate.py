"""A checked tree and names → a value, within the limits."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from graphcli.errors import did_you_mean
from graphcli.expressions.check import CONSTANTS, Source
from graphcli.expressions.error import ExpressionError
from graphcli.expressions.functions import COST, DEFAULT, FUNCTIONS, kind_of
from graphcli.expressions.limits import Meter, check_length

Names = Mapping[str, Any]


class _MissingKeyError(LookupError):
    """A key that `default()` may replace."""


def evaluate(tree: ast.expr, source: Source, names: Names) -> Any:
    """Return the value of `tree`.

    Raises:
        ExpressionError: a key is missing, a type does not fit, or a limit is reached.
    """
    return _Evaluator(source).value(tree, names)


class _Evaluator:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._meter = Meter()

    def value(self, node: ast.expr, names: Names) -> Any:
        try:
            self._meter.step()
            return _METHODS[type(node)](self, node, names)
        except ExpressionError:
            raise
        except _MissingKeyError as error:
            raise self._source.error(node, str(error), missing=True) from None
        # Values come from outside: whatever their comparison or conversion raises is an answer
        # about this expression, and has its place here.
        except Exception as error:  # noqa: BLE001 - see above.
            raise self._source.error(node, str(error) or type(error).__name__) from None

    def constant(self, node: ast.Constant, _: Names) -> Any:
        return node.value

    def name(self, node: ast.Name, names: Names) -> Any:
        return names[node.id] if node.id in names else CONSTANTS[node.id]

    def attribute(self, node: ast.Attribute, names: Names) -> Any:
        return _key(self.value(node.value, names), node.attr)

    def subscript(self, node: ast.Subscript, names: Names) -> Any:
        value = self.value(node.value, names)
        if isinstance(node.slice, ast.Slice):
            return self._meter.computed(self._slice(value, node.slice, names))
        key = self.value(node.slice, names)
        if isinstance(value, Mapping) or value is None:
            return _key(value, key)
        return _element(value, key)

    def _slice(self, value: Any, part: ast.Slice, names: Names) -> Any:
        if not isinstance(value, str | list | tuple):
            raise TypeError(f"{kind_of(value)} cannot be sliced")
        lower, upper, stride = (
            None if bound is None else self.value(bound, names)
            for bound in (part.lower, part.upper, part.step)
        )
        check_length(len(range(*slice(lower, upper, stride).indices(len(value)))))
        return value[lower:upper:stride]

    def logic(self, node: ast.BoolOp, names: Names) -> Any:
        decides = isinstance(node.op, ast.Or)
        for operand in node.values:
            result = self.value(operand, names)
            if bool(result) is decides:
                break
        return result

    def unary(self, node: ast.UnaryOp, names: Names) -> Any:
        value = self.value(node.operand, names)
        if isinstance(node.op, ast.Not):
            return not value
        if not isinstance(value, int | float):
            raise TypeError(f"needs a number, not {kind_of(value)}")
        return self._meter.computed(-value if isinstance(node.op, ast.USub) else +value)

    def choice(self, node: ast.IfExp, names: Names) -> Any:
        return self.value(node.body if self.value(node.test, names) else node.orelse, names)

    def binary(self, node: ast.BinOp, names: Names) -> Any:
        if isinstance(node.op, ast.BitOr):
            return self._filtered(node, names)
        left, right = self.value(node.left, names), self.value(node.right, names)
        return self._meter.computed(_OPERATORS[type(node.op)](left, right))

    def compare(self, node: ast.Compare, names: Names) -> bool:
        left = self.value(node.left, names)
        for comparison, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator, names)
            self._meter.weigh(left, right)
            if not _COMPARISONS[type(comparison)](left, right):
                return False
            left = right
        return True

    def items(self, node: ast.List | ast.Tuple, names: Names) -> list[Any]:
        result: list[Any] = self._meter.computed([self.value(item, names) for item in node.elts])
        return result

    def mapping(self, node: ast.Dict, names: Names) -> dict[str, Any]:
        keys = [self.value(key, names) for key in node.keys if key is not None]
        if not all(isinstance(key, str) for key in keys):
            raise TypeError("the keys of a mapping are text")
        values = [self.value(value, names) for value in node.values]
        result: dict[str, Any] = self._meter.computed(dict(zip(keys, values, strict=True)))
        return result

    def call(self, node: ast.Call, names: Names) -> Any:
        return self._apply(node.func, node.args, names)

    def _filtered(self, node: ast.BinOp, names: Names) -> Any:
        if isinstance(node.right, ast.Call):
            return self._apply(node.right.func, [node.left, *node.right.args], names)
        return self._apply(node.right, [node.left], names)

    def _apply(self, function: ast.expr, arguments: list[ast.expr], names: Names) -> Any:
        assert isinstance(function, ast.Name)  # noqa: S101 - the check let nothing else through.
        if function.id == DEFAULT:
            return self._default(arguments, names)
        values = [self.value(argument, names) for argument in arguments]
        for _ in range(COST.get(function.id, 1)):
            self._meter.weigh(*values)
        try:
            return self._meter.computed(FUNCTIONS[function.id](*values))
        except TypeError as error:
            raise TypeError(f"`{function.id}`: {_plain_words(error)}") from None

    def _default(self, arguments: list[ast.expr], names: Names) -> Any:
        if len(arguments) != 2:
            raise TypeError("`default` takes a value and what stands in for it")
        try:
            value = self.value(arguments[0], names)
        except ExpressionError as error:
            if not error.missing:
                raise
            value = None
        return self.value(arguments[1], names) if value is None else value

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, names: Names) -> list[Any]:
        result: list[Any] = self._meter.computed(list(self._loop(node, 0, names)))
        return result

    def _loop(
        self, node: ast.ListComp | ast.GeneratorExp, level: int, names: Names
    ) -> Iterator[Any]:
        if level == len(node.generators):
            yield self.value(node.elt, names)
            return
        loop = node.generators[level]
        items = self.value(loop.iter, names)
        if not isinstance(items, list | tuple | str | Mapping):
            raise TypeError(f"loops over a list, not {kind_of(items)}")
        assert isinstance(loop.target, ast.Name)  # noqa: S101 - the check let nothing else through.
        for item in items:
            # An empty body still costs: a loop over a long list in a loop is counted here.
            self._meter.step()
            inner = {**names, loop.target.id: item}
            if all(self.value(condition, inner) for condition in loop.ifs):
                yield from self._loop(node, level + 1, inner)


def _key(value: Any, key: Any) -> Any:
    if value is None:
        raise _MissingKeyError(f"null has no key `{key}`: there is no value here")
    if not isinstance(value, Mapping):
        raise TypeError(f"{kind_of(value)} has no keys (wanted `{key}`)")
    if key in value:
        return value[key]
    near = did_you_mean(key, filter(_is_text, value)) if isinstance(key, str) else ""
    raise _MissingKeyError(f"no key `{key}`{near}")


def _is_text(key: object) -> bool:
    return isinstance(key, str)


def _element(value: Any, index: Any) -> Any:
    if not isinstance(value, str | list | tuple):
        raise TypeError(f"{kind_of(value)} has no elements")
    if not isinstance(index, int):
        raise TypeError(f"an element is named by a number, not {kind_of(index)}")
    if not -len(value) <= index < len(value):
        raise _MissingKeyError(f"no element {index}: there are {len(value)}")
    return value[index]


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        check_length(len(left) + len(right))
        return left + right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        check_length(len(left) + len(right))
        return [*left, *right]
    return operator.add(*_both_numbers(left, right))


def _multiply(left: Any, right: Any) -> Any:
    for text, count in ((left, right), (right, left)):
        if isinstance(text, str) and isinstance(count, int):
            check_length(len(text) * count)
            return text * count
    return operator.mul(*_both_numbers(left, right))


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: compute(*_both_numbers(left, right))


def _both_numbers(left: Any, right: Any) -> tuple[Any, Any]:
    for value in (left, right):
        if isinstance(value, str | Mapping | list | tuple | bytes) or value is None:
            raise TypeError(f"cannot compute {kind_of(left)} with {kind_of(right)}")
    return left, right


def _in(left: Any, right: Any) -> bool:
    if not isinstance(right, str | Mapping | list | tuple | set | frozenset):
        raise TypeError(f"`in` needs a list, a mapping or text, not {kind_of(right)}")
    return left in right


def _not_in(left: Any, right: Any) -> bool:
    return not _in(left, right)


def _plain_words(error: TypeError) -> str:
    """Shorten Python's words for a wrong number of arguments, which name our functions."""
    text = str(error)
    return "takes another number of arguments" if "positional argument" in text else text


_OPERATORS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: _add,
    ast.Sub: _arithmetic(operator.sub),
    ast.Mult: _multiply,
    ast.Div: _arithmetic(operator.truediv),
    ast.FloorDiv: _arithmetic(operator.floordiv),
    ast.Mod: _arithmetic(operator.mod),
}
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: _in,
    ast.NotIn: _not_in,
}
_METHODS: Final[dict[type[ast.expr], Callable[[_Evaluator, Any, Names], Any]]] = {
    ast.Constant: _Evaluator.constant,
    ast.Name: _Evaluator.name,
    ast.Attribute: _Evaluator.attribute,
    ast.Subscript: _Evaluator.subscript,
    ast.BoolOp: _Evaluator.logic,
    ast.UnaryOp: _Evaluator.unary,
    ast.IfExp: _Evaluator.choice,
    ast.BinOp: _Evaluator.binary,
    ast.Compare: _Evaluator.compare,
    ast.List: _Evaluator.items,
    ast.Tuple: _Evaluator.items,
    ast.Dict: _Evaluator.mapping,
    ast.Call: _Evaluator.call,
    ast.ListComp: _Evaluator.comprehension,
    ast.GeneratorExp: _Evaluator.comprehension,
}

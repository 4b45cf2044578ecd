"""Source text → a syntax tree in which nothing is left but what the language allows."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from typing import Final

from graphcli.dataclass import dataclass
from graphcli.errors import did_you_mean
from graphcli.expressions.error import ExpressionError
from graphcli.expressions.functions import DEFAULT, FUNCTIONS
from graphcli.expressions.limits import MAX_DEPTH, MAX_NODES, MAX_SOURCE, LimitError, Meter

CONSTANTS: Final = {
    "true": True, "false": False, "null": None, "none": None,
}  # fmt: skip
_CALLABLE: Final = (*FUNCTIONS, DEFAULT)
_ALLOWED: Final = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript,
    ast.Slice, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.BitOr, ast.Compare, ast.Eq,
    ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.IfExp,
    ast.List, ast.Tuple, ast.Dict, ast.Call, ast.ListComp, ast.GeneratorExp, ast.comprehension,
)  # fmt: skip
_HINTS: Final = (("&&", "and"), ("||", "or"), ("!", "not"))


@dataclass(frozen=True, slots=True)
class StaticPath:
    """A dotted path that is known before anything runs, as in `inputs.tag`.

    `offset` and `stop` are its character range in the source.
    """

    names: tuple[str, ...]
    offset: int
    stop: int


class Source:
    """An expression's text, and where in it a node of its tree stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lead = len(text) - len(text.lstrip())
        # One line whatever the YAML wrapped: line breaks inside an expression mean nothing.
        self.line = "".join(" " if char in "\n\r\t\f\v" else char for char in text).strip()

    def error(self, node: ast.AST, message: str, *, missing: bool = False) -> ExpressionError:
        """Return an error that points at `node`."""
        offset, stop = self.span(node)
        return ExpressionError(message, self.text, offset, stop, missing=missing)

    def at(self, message: str, column: int = 0, end: int = 0) -> ExpressionError:
        """Return an error at characters `column` to `end` of the line, counted from 0."""
        return ExpressionError(message, self.text, self._lead + column, self._lead + end)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the character range of `node` in the text."""
        start = self._character(getattr(node, "col_offset", 0))
        return start, self._character(getattr(node, "end_col_offset", None) or 0)

    def _character(self, byte: int) -> int:
        # The parser counts UTF-8 bytes, people count characters.
        return self._lead + len(self.line.encode()[:byte].decode(errors="ignore"))


def parse(source: Source, roots: Iterable[str]) -> tuple[ast.expr, tuple[StaticPath, ...]]:
    """Return the checked tree of `source` and the static paths in it.

    Raises:
        ExpressionError: it is too long, no expression, or uses what is not allowed.
    """
    tree = _tree(source)
    checker = _Checker(source)
    checker.check(tree, 0, frozenset(roots))
    return tree, tuple(checker.paths)


def _tree(source: Source) -> ast.expr:
    if len(source.text) > MAX_SOURCE:
        raise source.at(f"the expression is longer than {MAX_SOURCE} characters")
    if not source.line:
        raise source.at("the expression is empty")
    try:
        with warnings.catch_warnings():
            # `"\d"` and `1if x` only warn; the checks below say what is wrong with the rest.
            warnings.simplefilter("ignore")
            return ast.parse(source.line, mode="eval").body
    except SyntaxError as error:
        # An expression that stops too early is wrong at its end.
        start, end = (error.offset or len(source.line)) - 1, (error.end_offset or 1) - 1
        raise source.at(f"{error.msg}{_hint(source.line)}", start, end) from None
    except (RecursionError, MemoryError):
        raise source.at("the expression is too deeply nested") from None
    except ValueError:
        raise source.at("the expression has a character that cannot be read") from None


def _hint(line: str) -> str:
    for wrong, right in _HINTS:
        if wrong in line.replace("!=", ""):
            return f"; write `{right}`, not `{wrong}`"
    return ""


class _Checker:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._count = 0
        self.paths: list[StaticPath] = []

    def check(self, node: ast.AST, depth: int, names: frozenset[str]) -> None:
        self._count += 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            raise self._source.error(node, "the expression is too complex")
        if not isinstance(node, _ALLOWED):
            raise self._source.error(node, f"{_called(node)} is not allowed in an expression")
        for child, inner in self._children(node, names):
            self.check(child, depth + 1, inner)

    def _children(
        self, node: ast.AST, names: frozenset[str]
    ) -> Iterator[tuple[ast.AST, frozenset[str]]]:
        """Check `node` itself, and yield what is inside with the names that are known there."""
        match node:
            case ast.Constant():
                self._constant(node)
            case ast.Name():
                self._name(node, names)
            case ast.Attribute() | ast.Subscript() if path := _static(node):
                self._path(node, path, names)
                return
            case ast.Attribute():
                self._attribute(node)
            case ast.Call():
                yield from ((part, names) for part in self._call(node))
                return
            case ast.BinOp(op=ast.BitOr()):
                yield from ((part, names) for part in self._filter(node))
                return
            case ast.Compare():
                self._compare(node)
            case ast.Dict(keys=keys) if None in keys:
                raise self._source.error(node, "`**` is not allowed in an expression")
            case ast.ListComp() | ast.GeneratorExp():
                yield from self._comprehension(node, names)
                return
        yield from ((child, names) for child in ast.iter_child_nodes(node))

    def _constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, str | int | float | None):
            raise self._source.error(node, f"{type(node.value).__name__} literals are not allowed")
        try:
            Meter().computed(node.value)
        except LimitError as error:
            raise self._source.error(node, str(error)) from None

    def _name(self, node: ast.Name, names: frozenset[str]) -> None:
        if node.id in names or node.id in CONSTANTS:
            return
        near = did_you_mean(node.id, names) or f"; known here: {', '.join(sorted(names))}"
        raise self._source.error(node, f"unknown name `{node.id}`{near}")

    def _attribute(self, node: ast.Attribute) -> None:
        if node.attr.startswith("__"):
            raise self._source.error(node, f"the name `{node.attr}` is not allowed")

    def _path(self, node: ast.expr, path: tuple[str, ...], names: frozenset[str]) -> None:
        if len(path) > MAX_DEPTH:
            raise self._source.error(node, "the expression is too complex")
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute):
                self._attribute(part)
            elif isinstance(part, ast.Name):
                self._name(part, names)
        self.paths.append(StaticPath(path, *self._source.span(node)))

    def _call(self, node: ast.Call) -> list[ast.expr]:
        if not isinstance(node.func, ast.Name):
            raise self._source.error(
                node.func, "methods cannot be called; use a function, as in `x | upper`"
            )
        self._function(node.func)
        if node.keywords:
            raise self._source.error(node, "arguments have no names here")
        if node.func.id == DEFAULT and not node.args:
            raise self._source.error(node, "`default` needs a value")
        return node.args

    def _filter(self, node: ast.BinOp) -> list[ast.expr]:
        right = node.right
        if isinstance(right, ast.Call):
            return [node.left, *self._call(right)]
        if not isinstance(right, ast.Name):
            raise self._source.error(right, "after `|` comes the name of a function")
        self._function(right)
        if right.id == DEFAULT:
            raise self._source.error(right, "`default` needs a value, as in `x | default('')`")
        return [node.left]

    def _function(self, node: ast.Name) -> None:
        if node.id not in _CALLABLE:
            near = did_you_mean(node.id, _CALLABLE) or f"; known: {', '.join(sorted(_CALLABLE))}"
            raise self._source.error(node, f"unknown function `{node.id}`{near}")

    def _compare(self, node: ast.Compare) -> None:
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Is | ast.IsNot) and not _is_constant(right):
                raise self._source.error(right, "`is` compares with null, true or false; use `==`")

    def _comprehension(
        self, node: ast.ListComp | ast.GeneratorExp, names: frozenset[str]
    ) -> Iterator[tuple[ast.AST, frozenset[str]]]:
        for loop in node.generators:
            if not isinstance(loop.target, ast.Name) or loop.is_async:
                raise self._source.error(loop.target, "a loop has one plain name")
            if loop.target.id in names or loop.target.id in CONSTANTS:
                raise self._source.error(loop.target, f"`{loop.target.id}` is taken; name it anew")
            yield loop.iter, names
            names |= {loop.target.id}
            yield from ((condition, names) for condition in loop.ifs)
        yield node.elt, names


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id in CONSTANTS
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _called(node: ast.AST) -> str:
    """What people call a kind of node: `Lambda` → `lambda`."""
    known = {"Pow": "`**`", "JoinedStr": "an f-string", "NamedExpr": "`:=`", "Lambda": "`lambda`"}
    known |= {"Invert": "`~`", "BitAnd": "`&`", "BitXor": "`^`", "Starred": "`*`"}
    name = type(node).__name__
    return known.get(name, f"`{name}`")


def _static(node: ast.AST) -> tuple[str, ...]:
    """Return the dotted path that `node` spells, or nothing if a part of it is computed."""
    names: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        elif isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            names.append(node.slice.value)
        else:
            return ()
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()

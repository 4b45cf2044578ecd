"""A function → its print: what its code says, whatever its layout, comments and docstrings."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from graphcli.deferred import later
from graphcli.engine.values.digest import short_hash

if TYPE_CHECKING:
    from graphcli.engine.tools import node as toolnode
else:
    toolnode = later("graphcli.engine.tools.node")

#: The print of what cannot be read: nobody can say whether it has changed.
UNKNOWN: Final = "?"

#: Functions of ours are known by their names: a newer graphcli has not changed anybody's graph.
_OWN: Final = __name__.partition(".")[0]

#: How many hex digits tell one print from another: a thread keeps one for each piece of its graph.
_DIGITS: Final = 12

#: What of a syntax tree is layout: a prefix, a comment, whether a name is read or written.
_LAYOUT: Final = frozenset({"kind", "type_comment", "type_ignores", "ctx"})

#: What functions say, by their files and code: a graph that is compiled again in a process reads
#: no file again, of which even a short one takes 2 ms to parse.
_CODES: Final[dict[tuple[str, CodeType], str]] = {}
_MOST_CODES: Final = 1024

_CONSTANTS: Final = (str, int, float, bool, bytes, type(None))

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def print_of(*parts: object) -> str:
    """Return a print of `parts`, told apart by their texts."""
    return short_hash(*map(str, parts))[:_DIGITS]


def same(before: str, now: str) -> bool:
    """Return whether two prints say the same, as far as anybody can know.

    Bytecode can be compared within one version of Python alone.
    """
    versions = before.rpartition(":")[0], now.rpartition(":")[0]
    return before == now or UNKNOWN in (before, now) or (all(versions) and len({*versions}) > 1)


class FunctionReader:
    """Makes prints of functions. Each source file is read once."""

    def __init__(self) -> None:
        self._files: dict[str, ast.Module | None] = {}

    def print(self, function: Any) -> str:
        """Return the print of anything that can be called.

        It is of the syntax tree of a function, of the functions and plain values it closes over
        or is bound to. Where there is no source it is of the bytecode, and then begins with the
        version of Python; UNKNOWN where there is not even that.
        """
        try:
            parts = list(self._parts(function, set()))
        except Exception:  # noqa: BLE001 - an object may do anything when it is looked at.
            return UNKNOWN
        made_of_code = any(part.startswith("code:") for part in parts)
        version = f"{sys.version_info[0]}.{sys.version_info[1]}:" if made_of_code else ""
        return version + print_of(*parts)

    def _parts(self, function: Any, seen: set[int]) -> Iterator[str]:
        """What a print is of, in order; `seen` ends the circle of a function that knows itself."""
        if id(function) in seen:
            return
        seen.add(id(function))
        match function:
            case functools.partial():
                yield from self._parts(function.func, seen)
                yield from self._values(function.args, seen)
                yield from self._named(function.keywords, seen)
            case MethodType(__self__=toolnode.ToolNode() as tools):
                yield from self._named(tools.tools_by_name, seen)
            case MethodType():
                yield from self._parts(function.__func__, seen)
            case FunctionType() if hasattr(function, "__wrapped__"):
                yield from self._parts(inspect.unwrap(function), seen)
            case FunctionType():
                own = (
                    str(function.__module__).partition(".")[0] == _OWN
                )  # the same, whatever it does
                yield function.__qualname__ if own else self._code(function)
                yield from self._values(_closed_over(function), seen)
            case type():
                yield function.__qualname__
            case _:
                yield from self._object(function, seen)

    def _object(self, thing: Any, seen: set[int]) -> Iterator[str]:
        """An object that can be called, a tool of LangChain, or a function written in C."""
        yield getattr(thing, "__qualname__", type(thing).__qualname__)
        own = [getattr(thing, name, None) for name in ("func", "coroutine")]
        for function in (*own, vars(type(thing)).get("__call__")):
            if isinstance(function, FunctionType):
                yield from self._parts(function, seen)

    def _values(self, values: Iterable[Any], seen: set[int]) -> Iterator[str]:
        """Plain values as they are, functions by their prints, of other things only the type."""
        for value in values:
            if isinstance(value, _CONSTANTS):
                yield repr(value)
            elif isinstance(value, tuple):
                yield from self._values(value, seen)
            elif isinstance(value, (FunctionType, MethodType, functools.partial)):
                yield from self._parts(value, seen)
            else:
                yield type(value).__qualname__

    def _named(self, values: Mapping[str, Any], seen: set[int]) -> Iterator[str]:
        for name in sorted(values):
            yield name
            value = values[name]
            yield from self._parts(value, seen) if callable(value) else self._values([value], seen)

    def _code(self, function: FunctionType) -> str:
        code = function.__code__
        place = (code.co_filename, code)
        if (told := _CODES.get(place)) is None:
            try:
                found = self._definition(function)
            except RecursionError:  # a tree deeper than Python can follow
                found = None
            told = _told_root(found) if found is not None else f"code:{_told_code(code)}"
            # No older one is dropped for a newer: who makes functions for ever makes new code.
            if len(_CODES) < _MOST_CODES:
                _CODES[place] = told
        return told

    def _definition(self, function: FunctionType) -> _Definition | None:
        """The syntax tree of a function; None where its file is not what it was made from."""
        code = function.__code__
        if code.co_filename not in self._files:
            lines = linecache.getlines(code.co_filename, function.__globals__)
            self._files[code.co_filename] = _parsed("".join(lines))
        module = self._files[code.co_filename]
        found = [] if module is None else list(_beginning_at(module, code.co_firstlineno))
        if code.co_name != "<lambda>":
            named = [each for each in found if getattr(each, "name", "") == code.co_name]
            return named[-1] if named else None
        return _lambda_of(code, [each for each in found if isinstance(each, ast.Lambda)])


def _closed_over(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # not filled yet


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _beginning_at(node: ast.AST, line: int) -> Iterator[_Definition]:
    """Yield the functions that begin in `line`, decorators included, the outer ones first."""
    for child in ast.iter_child_nodes(node):
        first = min([d.lineno for d in _decorators(child)], default=getattr(child, "lineno", line))
        if first <= line <= (getattr(child, "end_lineno", None) or line):
            if first == line and isinstance(child, _Definition):
                yield child
            yield from _beginning_at(child, line)


def _decorators(node: ast.AST) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])


def _lambda_of(code: CodeType, found: list[ast.Lambda]) -> ast.Lambda | None:
    """Which of the lambdas that begin in one line `code` was made from."""
    places = [
        (line, column)
        for line, _, column, end in code.co_positions()
        if line is not None and column is not None and column != end
    ]
    fitting = [each for each in found if all(_spans(each.body, place) for place in places)]
    return fitting[-1] if fitting and (places or len(found) == 1) else None


def _spans(body: ast.expr, place: tuple[int, int]) -> bool:
    end = (body.end_lineno or body.lineno, body.end_col_offset or body.col_offset)
    return (body.lineno, body.col_offset) <= place <= end


def _told_root(root: _Definition) -> str:
    """A function without its own name, which is not the node's."""
    return _fields(type(root).__name__, root, _LAYOUT | {"name"})


def _told(value: Any) -> str:
    if isinstance(value, ast.AST):
        return _fields(type(value).__name__, value, _LAYOUT)
    if isinstance(value, list):
        return f"[{','.join(map(_told, value))}]"
    return repr(value)


def _fields(kind: str, node: ast.AST, without: frozenset[str]) -> str:
    """A node of a syntax tree as text, without empty fields: not every Python has the same."""
    fields = {name: value for name, value in ast.iter_fields(node) if name not in without}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        fields["body"] = node.body[ast.get_docstring(node, clean=False) is not None :]
    told = (f"{name}={_told(v)}" for name, v in fields.items() if v is not None and v != [])
    return f"{kind}({','.join(told)})"


def _told_code(code: CodeType) -> str:
    """What a function without source does: its instructions, and the values and names in them."""
    constants = [_told_constant(constant) for constant in code.co_consts]
    return print_of(code.co_code.hex(), *constants, *code.co_names, *code.co_varnames)


def _told_constant(constant: Any) -> str:
    if isinstance(constant, CodeType):
        return _told_code(constant)
    if isinstance(constant, frozenset):  # its order differs from process to process
        return repr(sorted(map(repr, constant)))
    return repr(constant)

"""`python:` → the outline of the function it names, read from its source: nothing is imported.

`check` and `show` look at a graph that may be a stranger's. What a function looks like from
outside, how it is called and whether it is async, is in its `def`; and a `def` without body,
decorators, defaults and annotations runs nothing of it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from graphcli.errors import GraphLoadError, did_you_mean
from graphcli.loaders.imports import near_file, syntax_text
from graphcli.text import safe_line

#: A source file that is larger was not written by a person.
_MAX_BYTES = 4 * 1024 * 1024

Function = ast.FunctionDef | ast.AsyncFunctionDef


def outlined(reference: str, folder: Path) -> Callable[..., Any] | None:
    """Return a function that is called as the one which `FILE.py:fn` or `pkg.mod:fn` names.

    None where only running the module would tell: it is imported there, computed, or decorated.

    Raises:
        GraphLoadError: there is no such file, module or name, or it is not Python.
    """
    module, _, name = reference.rpartition(":")
    file = (folder / module).resolve() if module.endswith(".py") else _source(module, folder)
    if file is None:
        return None
    tree = _parsed(file)
    found = _last_def(tree, name)
    if isinstance(found, Function):
        return None if found.decorator_list else _stub(found)
    if found is None and not _may_bind(tree, name):
        known = [each.name for each in tree.body if isinstance(each, Function | ast.ClassDef)]
        near = did_you_mean(name, known)
        raise GraphLoadError(f"`{safe_line(module)}` has no `{safe_line(name)}`{near}")
    return None


def _source(module: str, folder: Path) -> Path | None:
    """The source file of a module, None if it has none; found without importing its packages."""
    top, *parts = module.split(".")
    spec, name = _top_spec(top, folder), top
    for part in parts:
        if spec is None:
            break
        inside, name = spec.submodule_search_locations, f"{name}.{part}"
        spec = None if inside is None else PathFinder.find_spec(name, list(inside))
    if spec is None:
        raise GraphLoadError(
            f"there is no module `{safe_line(name)}`",
            f"looked on the Python path and in {safe_line(str(folder))}",
        )
    is_source = isinstance(spec.loader, SourceFileLoader)
    return Path(spec.origin) if is_source and spec.origin else None


def _top_spec(name: str, folder: Path) -> ModuleSpec | None:
    try:
        found = find_spec(name)  # of a name without a dot, this imports nothing
    except ValueError:
        found = None
    return found or PathFinder.find_spec(name, [str(folder)])


def _parsed(file: Path) -> ast.Module:
    shown = safe_line(str(file))
    try:
        if not file.is_file():
            raise GraphLoadError(f"there is no file `{shown}`{near_file(file)}")
        with file.open("rb") as stream:
            source = stream.read(_MAX_BYTES + 1)
        if len(source) > _MAX_BYTES:
            raise GraphLoadError(f"`{shown}` is larger than 4 MiB")
        return ast.parse(source, str(file))
    except OSError as error:
        raise GraphLoadError(f"`{shown}` cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        raise GraphLoadError(syntax_text(error)) from None
    except (ValueError, RecursionError, MemoryError):
        raise GraphLoadError(f"`{shown}` is not Python source") from None


def _last_def(tree: ast.Module, name: str) -> ast.stmt | None:
    """The statement of the module that binds `name` last, where that is a plain one."""
    found: ast.stmt | None = None
    for each in tree.body:
        if isinstance(each, Function | ast.ClassDef):
            found = each if each.name == name else found
        elif name in _bound(each):
            found = each
    return found


def _may_bind(tree: ast.Module, name: str) -> bool:
    """Whether running the module may bind `name` in a way that its text does not show."""
    dynamic = any(alias.name == "*" for alias in _aliases(tree))
    made = any(isinstance(each, Function) and each.name == "__getattr__" for each in tree.body)
    return dynamic or made or name in _bound(tree)


def _aliases(tree: ast.AST) -> Iterator[ast.alias]:
    yield from (each for each in ast.walk(tree) if isinstance(each, ast.alias))


def _bound(tree: ast.AST) -> set[str]:
    """The names that are assigned, imported or defined anywhere in a piece of source."""
    bound = {alias.asname or alias.name.partition(".")[0] for alias in _aliases(tree)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            bound.add(each.id)
        elif isinstance(each, Function | ast.ClassDef):
            bound.add(each.name)
    return bound


def _stub(found: Function) -> Callable[..., Any]:
    """A function with the parameters of `found`, which does nothing."""
    given = found.args
    for parameter in (
        *given.posonlyargs,
        *given.args,
        *given.kwonlyargs,
        given.vararg,
        given.kwarg,
    ):
        if parameter is not None:
            parameter.annotation = None
    none = ast.Constant(None)
    given.defaults = [none for _ in given.defaults]
    given.kw_defaults = [None if default is None else none for default in given.kw_defaults]
    found.body, found.returns = [ast.Pass()], None
    module = ast.fix_missing_locations(ast.Module([found], []))
    names: dict[str, Any] = {}
    # No expression of the source is left in it: see above.
    exec(compile(module, "<outline>", "exec"), names)  # noqa: S102
    function: Callable[..., Any] = names[found.name]
    return function

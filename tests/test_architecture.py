"""The import rules of graphcli, kept by machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "graphcli"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: Leaves: they import nothing of ours but `errors`, so everyone may import them.
LEAVES = {"deferred", "errors", "expressions", "graphnames", "hidden", "schema", "text", "values"}

#: What each part may import besides itself and the leaves.
ALLOWED = {
    **{leaf: set[str]() for leaf in LEAVES},
    "engine": set[str](),
    "storage": {"engine"},
    "loaders": {"engine"},
    "prompts": {"engine"},
    "render": {"engine"},
    "settings": set[str](),
    "drive": {"engine"},
    "cli": {"engine", "storage", "loaders", "prompts", "render", "settings", "drive"},
    "offers": {"graphnames"},
    "__init__": {"engine"},
    # The package itself is where `--version` is.
    "__main__": {"cli", "offers", "__version__"},
}

#: The only home of each library that costs start-up time or reaches outside.
HOMES = {
    "questionary": {"prompts"},
    "prompt_toolkit": {"prompts"},
    "rich": {"render", "cli"},
    "termaid": {"render"},
    "ormsgpack": {"storage"},
    "sqlite3": {"storage", "offers"},
    "_sqlite3": {"offers"},
    "yaml": {"loaders", "prompts", "settings"},
    "jsonschema_rs": {"schema"},
    "typer": {"cli"},
    "platformdirs": {"settings", "offers"},
    "subprocess": {"loaders", "prompts", "cli"},
}

#: Names of files, which look like names of modules.
FILES = {"graphcli.db", "graphcli.bash", "graphcli.fish"}

#: What no module imports at its top: it would be paid by every command.
DEFERRED = {
    *("questionary", "prompt_toolkit", "rich", "termaid", "yaml", "jsonschema_rs", "asyncio"),
    "dataclasses",  # `graphcli.values` does what is needed of it, without importing `inspect`
}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def type_only(tree: ast.AST) -> set[int]:
    """The nodes that only a type checker sees: such an import costs a run nothing."""
    return {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.dump(block.test) == _TYPE_CHECKING
        for node in ast.walk(block)
    }


_TYPE_CHECKING = ast.dump(ast.Name("TYPE_CHECKING", ast.Load()))


def imports(path: Path, *, hidden: bool = False) -> Iterator[tuple[str, bool]]:
    """Each module that `path` imports by its full name, and whether inside a function.

    With `hidden`, one that only the types need does not count as inside a function.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    deferred = {
        id(node)
        for scope in ast.walk(tree)
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(scope)
    }
    deferred |= set() if hidden else type_only(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in deferred) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute, so that they can be searched"
            module = node.module or ""
            if module == "graphcli":
                yield from (
                    (f"graphcli.{alias.name}", id(node) in deferred) for alias in node.names
                )
            else:
                yield module, id(node) in deferred


def each_module() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))


@each_module()
def test_imports_point_inwards(path: Path) -> None:
    here = part_of(path)
    allowed = ALLOWED[here] | {here} | LEAVES - ({here} if here in LEAVES else set())
    if here in LEAVES:
        allowed = {here, "errors", "text", "values"}
    found = {name.split(".")[1] for name, _ in imports(path) if name.startswith("graphcli.")}
    assert found <= allowed


@each_module()
def test_no_import_of_ours_hides_in_a_function(path: Path) -> None:
    hidden = [
        name
        for name, deferred in imports(path, hidden=True)
        if deferred and name.startswith("graphcli")
    ]
    # The entry point answers `--version` and completion before it loads the application, and
    # the latter is two modules: graph names need no SQLite.
    assert path.name in ("__main__.py", "offers.py") or not hidden


@each_module()
def test_modules_of_ours_are_loaded_by_name_from_three_tables_alone(path: Path) -> None:
    """Each is a place where only what is used is loaded: a command, a name of a package."""
    texts = (
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    named = {text for text in texts if re.fullmatch(r"graphcli(\.[a-z_]+)+(:\w+)?", text)}
    tables = {
        "__init__.py": ("graphcli.engine.", "graphcli.errors"),
        "cli/app.py": ("graphcli.cli.",),
        "storage/__init__.py": ("graphcli.storage.",),
    }
    part = tables.get(str(path.relative_to(PACKAGE)), ())
    assert {name for name in named - FILES if not name.startswith(part)} == set()


@each_module()
def test_libraries_stay_in_their_homes(path: Path) -> None:
    here = part_of(path)
    strays = {
        name
        for name, _ in imports(path)
        if (home := HOMES.get(name.split(".")[0])) is not None and here not in home
    }
    assert not strays


@each_module()
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    heavy = {
        name for name, deferred in imports(path) if not deferred and name.split(".")[0] in DEFERRED
    }
    assert not heavy


def test_top_level_is_what_the_owner_fixed() -> None:
    visible = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    visible -= {"build", "dist"}
    # At most these: git keeps no empty folder, and completions come later.
    assert visible <= {
        "pyproject.toml",
        "graphcli",
        "graphs",
        "tests",
        "README.md",
        "completions",
        "LICENSE",
        "CHANGELOG.md",
    }

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
LEAVES = {
    "deferred",
    "errors",
    "expressions",
    "graphnames",
    "hashes",
    "hidden",
    "schema",
    "text",
    "dataclass",
}

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

#: The floors of the engine, the ground first: each imports its own and those below it.
FLOORS = ("values", "graph", "tools", "running", "resuming", "past", "face")

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

#: Where modules are named as text: what a command or a name of a package loads.
TABLES = {
    "__init__.py": ("graphcli.engine.", "graphcli.errors"),
    "cli/app.py": ("graphcli.cli.",),
    "cli/table.py": ("graphcli.cli.", "graphcli.engine.values.status:"),
    "loaders/__init__.py": ("graphcli.loaders.",),
    "prompts/__init__.py": ("graphcli.prompts.",),
    "storage/__init__.py": ("graphcli.storage.",),
}

#: Names of files, which look like names of modules.
FILES = {"graphcli.db", "graphcli.bash", "graphcli.fish"}

#: What no module imports at its top: it would be paid by every command.
DEFERRED = {
    *("questionary", "prompt_toolkit", "rich", "termaid", "yaml", "jsonschema_rs", "asyncio"),
    "hashlib",  # OpenSSL: `graphcli.hashes` does without
    "dataclasses",  # `graphcli.dataclass` does what is needed of it, without importing `inspect`
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
        allowed = {here, "errors", "text", "dataclass"}
    found = {name.split(".")[1] for name, _ in imports(path) if name.startswith("graphcli.")}
    assert found <= allowed


@pytest.mark.parametrize(
    "path",
    sorted((PACKAGE / "engine").glob("*/*.py")),
    ids=lambda p: str(p.relative_to(PACKAGE / "engine")),
)
def test_the_engine_has_floors(path: Path) -> None:
    here = FLOORS.index(path.parent.name)
    found = {
        name.split(".")[2]
        for name, _ in imports(path, hidden=True)
        if name.startswith("graphcli.engine.")
    }
    assert found <= set(FLOORS[: here + 1])


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


def seams(tree: ast.Module) -> tuple[dict[str, str], dict[str, str]]:
    """What `later()` stands for in a module, by name, and what the types see under that name."""
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    shown = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    stands = {
        ast.unparse(node.targets[0]): str(ast.literal_eval(node.value.args[0]))
        for block in blocks
        for node in block.orelse
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "later"
    }
    return stands, {name: shown.get(name, "nothing") for name in stands}


@each_module()
def test_modules_of_ours_are_loaded_by_name_from_tables_and_seams_alone(path: Path) -> None:
    """Each is a place where only what is used is loaded: a command, a name, a module for later."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    named = {text for text in texts if re.fullmatch(r"graphcli(\.[a-z_]+)+(:\w+)?", text)}
    stands, _ = seams(tree)
    part = TABLES.get(str(path.relative_to(PACKAGE)), ())
    left = named - FILES - set(stands.values())
    assert {name for name in left if not name.startswith(part)} == set()


@each_module()
def test_what_is_for_later_is_what_the_types_and_the_reader_see(path: Path) -> None:
    """So the arrows hold for it as for any import."""
    stands, shown = seams(ast.parse(path.read_text(encoding="utf-8")))
    assert stands == shown


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

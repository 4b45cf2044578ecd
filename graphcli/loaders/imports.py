"""Import code of the user's: nothing shadowed, nothing printed to stdout, errors with a place."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, TypeVar

from graphcli.errors import GraphcliError, GraphLoadError, did_you_mean
from graphcli.hashes import sha256
from graphcli.text import safe_line, safe_text

T = TypeVar("T")


def import_file(file: Path) -> ModuleType:
    """Run a Python file as a module of its own, under a name that nothing else can have.

    Its folder is appended to the module search path, after the standard library: a `random.py`
    beside the file shadows nothing.

    Raises:
        GraphLoadError: there is no such file, or it cannot be run.
    """
    if not is_file(file):
        raise GraphLoadError(f"there is no file `{safe_line(str(file))}`{near_file(file)}")
    name = f"_graphcli_{file.stem}_{sha256(str(file).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise GraphLoadError(f"`{safe_line(str(file))}` is not a Python file")
    _append_to_path(file.parent)
    module = importlib.util.module_from_spec(spec)
    # Type hints and dataclasses look their module up by its name while it runs.
    sys.modules[name] = module
    try:
        guarded(lambda: spec.loader.exec_module(module), f"`{file.name}`")  # type: ignore[union-attr]  # checked above.
    except BaseException:
        del sys.modules[name]
        raise
    return module


def import_name(name: str, folder: Path) -> ModuleType:
    """Import `package.module`, found on the module search path or else in `folder`.

    Raises:
        GraphLoadError: there is no such module, or it cannot be imported.
    """
    _append_to_path(folder)
    importlib.invalidate_caches()
    try:
        return guarded(lambda: importlib.import_module(name), f"`{name}`")
    except _ModuleMissingError as error:
        # Missing is the module itself or a package around it; else it imports what is missing.
        if error.missing and (name == error.missing or name.startswith(f"{error.missing}.")):
            raise GraphLoadError(
                f"there is no module `{safe_line(error.missing)}`",
                f"looked on the Python path and in {safe_line(str(folder))}",
            ) from None
        raise


def attribute(module: ModuleType, name: str, place: str) -> Any:
    """Return the attribute `name` of a module that people know as `place`.

    Raises:
        GraphLoadError: it has none of that name.
    """
    try:
        return getattr(module, name)
    except AttributeError:
        known = [key for key in vars(module) if not key.startswith("_")]
        raise GraphLoadError(
            f"{place} has no `{safe_line(name)}`{did_you_mean(name, known)}"
        ) from None


class _ModuleMissingError(GraphLoadError):
    """A module was not found; `missing` is its name."""

    def __init__(self, message: str, missing: str) -> None:
        super().__init__(message, "install it, or mend the import")
        self.missing = missing


def guarded(work: Callable[[], T], what: str) -> T:
    """Return what the user's code `work` returns; its stdout is stderr meanwhile.

    Raises:
        GraphLoadError: it raised, with the place in the user's own code.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return work()
    except SyntaxError as error:
        raise GraphLoadError(syntax_text(error)) from None
    except ModuleNotFoundError as error:
        raise _ModuleMissingError(_told(error, what), error.name or "") from None
    # The user's code may raise anything, and none of it is a mistake of ours.
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - see above.
        remedy = error.remedy if isinstance(error, GraphcliError) else ""
        raise GraphLoadError(_told(error, what), remedy) from None


def _told(error: BaseException, what: str) -> str:
    place = _place(error.__traceback__)
    at = f"{place}: " if place else ""
    return f"{at}{what} cannot be loaded: {_words(error)}"


def _words(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it ended the program, with `sys.exit({error.code!r})`"
    text = safe_line(str(error), 500)
    if isinstance(error, GraphcliError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(trace: TracebackType | None) -> str:
    """Return `file:line` of the innermost frame that is the user's own code, or nothing."""
    foreign = ("<", *_foreign_folders())
    own = [pair for pair in _frames(trace) if not pair[0].startswith(foreign)]
    return f"{safe_line(own[-1][0])}:{own[-1][1]}" if own else ""


def _foreign_folders() -> Iterator[str]:
    """Folders of code that is not the user's: an error inside is blamed on who called it."""
    # Deferred: only a graph that cannot be loaded needs it.
    import sysconfig

    for key in ("stdlib", "purelib", "platlib"):
        yield str(Path(sysconfig.get_path(key)).resolve())
    yield str(Path(__file__).parent.parent)


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def syntax_text(error: SyntaxError) -> str:
    """Return where a file is no Python, what is wrong, and the line with a caret below it."""
    column = error.offset or 1
    head = f"{safe_line(error.filename or '?')}:{error.lineno or 1}:{column}: {error.msg}"
    line = (error.text or "").rstrip("\n").replace("\t", " ")
    if not line.strip():
        return head
    before = safe_text(line[: column - 1])
    width = (error.end_offset or 0) - column if error.end_lineno == error.lineno else 1
    caret = " " * len(before) + "^" * max(1, min(width, len(line) - column + 1))
    return f"{head}\n    {before}{safe_text(line[column - 1 :])}\n    {caret}"


def _append_to_path(folder: Path) -> None:
    # At the end: in front, a file beside the graph could stand in for the standard library.
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def is_file(file: Path) -> bool:
    """Return whether there is such a file.

    Raises:
        GraphLoadError: nobody can tell: its folder cannot be entered, or its name is too long.
    """
    try:
        return file.is_file()
    except OSError as error:
        shown = safe_line(str(file), 200)
        raise GraphLoadError(f"`{shown}` cannot be read: {error.strerror}") from None


def near_file(file: Path) -> str:
    """Return the file beside `file` that may be meant, as the end of a message."""
    try:
        return did_you_mean(file.name, [entry.name for entry in file.parent.iterdir()])
    except OSError:
        return ""

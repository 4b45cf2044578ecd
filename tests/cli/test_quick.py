"""A command line that is understood without Typer means what it means to Typer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
import typer.main

from graphcli.cli import quick
from graphcli.cli.app import COMMANDS, make_app
from graphcli.cli.table import COMMANDS as TABLE
from graphcli.cli.table import Parameter
from tests.completions.table import FILE, table

#: What no flag takes, or not every one, or not so.
ODD = (
    *("", "-", "--", "---", "=", "-=", "--=x", "-h", "--help", "--version", "--hel", "--outpu"),
    *("-oq", "-qo", "-qq", "-qojson", "-ojson", "-o=json", "--output=json", "--output=", "-o"),
    *("--quiet=1", "--quiet=", "--no-quiet", "-i", "-ia=b", "-i=a=b", "--value=--value", "-1"),
    *("0", "1", "-5", "1_0", " 3 ", "٣", "0x1", "1.5", "1e3", "nan", "-inf", "9" * 5000),
    *("json", "JSON", "waiting", "WAITING", "Status.WAITING", "bash", "sync", "a", "\udcff", "é\n"),
)
TEXTS = ("a", "", "-", "--", "-q", "--output", "x=y", "=", "é", "\udcff")


@functools.cache
def application() -> Any:
    """Typer's application, whose commands say how they were called."""

    def recording(name: str, function: Callable[..., int]) -> Callable[..., Any]:
        @functools.wraps(function)
        def record(**said: Any) -> tuple[str, dict[str, Any]]:
            return COMMANDS[name], said

        return record

    app = make_app()
    for info in app.registered_commands:
        info.callback = recording(str(info.name), info.callback)  # type: ignore[arg-type]
    return typer.main.get_command(app)


def to_typer(line: list[str]) -> str | None:
    try:
        called = application().main(list(line), prog_name="graphcli", standalone_mode=False)
    except Exception:  # noqa: BLE001 - a usage error, Typer's or ours
        return None
    return repr((called[0], sorted(called[1].items()))) if isinstance(called, tuple) else None


def to_quick(line: list[str]) -> str | None:
    call = quick.understood(line)
    if call is None:
        return None
    bound = inspect.signature(quick.load(call.place)).bind(**call.given)
    bound.apply_defaults()
    return repr((call.place, sorted(bound.arguments.items())))


def agree(line: list[str]) -> bool:
    """Whether `line` is left to Typer, or means what it means to Typer."""
    quickly = to_quick(line)
    return quickly is None or quickly == to_typer(line)


def any_lines(count: int, names: tuple[str, ...] = tuple(COMMANDS)) -> Iterator[list[str]]:
    """Commands, and anything after them: often a flag of theirs with something that may fit."""
    for seed in range(count):
        chance = Random(seed)
        name = chance.choice(names)
        flags = [flag for param in params_of(name, "option") for flag in param.opts] or ["-q"]
        line = [name]
        for _ in range(chance.randrange(4)):
            flag, odd = chance.choice(flags), chance.choice(ODD)
            line += chance.choice([[flag, odd], [f"{flag}={odd}"], [f"{flag}{odd}"], [flag], [odd]])
        yield line


def well_formed_lines(count: int) -> Iterator[list[str]]:
    """Commands with what they need and some of their flags, each once unless it repeats."""
    for seed in range(count):
        chance = Random(seed)
        name = chance.choice(list(COMMANDS))
        parts = [[word] for param in params_of(name, "argument") for word in words(chance, param)]
        for param in params_of(name, "option"):
            if chance.random() < 0.3:
                parts += [flag(chance, param) for _ in range(1 + param.multiple)]
        chance.shuffle(parts)
        many = any(param.nargs == -1 for param in params_of(name, "argument"))
        behind = chance.choice([[], ["--"], ["--", "-x", "--"] if many else []])
        yield [name, *(word for part in parts for word in part), *behind]


def params_of(name: str, kind: str) -> list[Any]:
    return [each for each in application().commands[name].params if each.param_type_name == kind]


def words(chance: Random, param: Any) -> list[str]:
    """What may be an argument, as often as it may be there."""
    many = 3 if param.nargs == -1 else 1
    fitting = getattr(param.type, "choices", ("a", "", "-", "x=y", "\udcff"))
    return [chance.choice(fitting) for _ in range(chance.randint(param.required, many))]


def flag(chance: Random, param: Any) -> list[str]:
    """A flag with what it takes, together or apart."""
    name = chance.choice(param.opts)
    if param.is_flag:
        return [name]
    number = param.type.name.startswith(("int", "float"))
    fitting = [str(chance.randint(1, 99))] if number else getattr(param.type, "choices", TEXTS)
    value = chance.choice(fitting)
    together = f"{name}={value}" if name.startswith("--") else f"{name}{value}"
    return [together] if value and chance.random() < 0.5 else [name, value]


def test_a_line_is_left_to_typer_or_means_what_it_means_to_typer() -> None:
    lines = list(any_lines(6000))
    assert [line for line in lines if not agree(line)] == []
    quickly = sum(quick.understood(line) is not None for line in lines)
    assert 500 < quickly < 5500, "both kinds are among them"


def test_a_well_formed_line_needs_no_typer() -> None:
    lines = list(well_formed_lines(500))
    assert [line for line in lines if not agree(line) or quick.understood(line) is None] == []


def test_the_table_is_that_of_the_commands_there_are() -> None:
    assert FILE.read_text(encoding="utf-8") == table(), "make it anew: python -m tests.completions"


BROKEN: dict[str, tuple[str, Parameter]] = {
    "takes less than it may": ("--limit", ("limit", "int", None, False)),
    "keeps a number as text": ("--limit", ("limit", "text", None, False)),
    "keeps a choice as text": ("--status", ("status", "text", None, False)),
    "takes what is no choice": ("-o", ("output", "text", None, False)),
    "knows what there is not": ("--version", ("quiet", "switch", None, False)),
    "takes one for another": ("--graph", ("storage", "text", None, False)),
    "repeats what does not": ("--graph", ("graph", "text", None, True)),
    "takes a value for none": ("-q", ("quiet", "text", None, False)),
}


@pytest.mark.parametrize(("flag", "wrong"), BROKEN.values(), ids=BROKEN)
def test_a_table_that_is_wrong_is_found_out(
    monkeypatch: pytest.MonkeyPatch, flag: str, wrong: Parameter
) -> None:
    monkeypatch.setitem(TABLE["list"][3], flag, wrong)
    assert not all(agree(line) for line in any_lines(5000, ("list",)))

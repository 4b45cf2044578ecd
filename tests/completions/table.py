"""The table of commands and flags that `graphcli/cli/quick.py` reads, made from the application."""

from __future__ import annotations

import inspect
import json
import typing
from enum import Enum
from pathlib import Path
from typing import Any

import typer.main

from graphcli.cli.app import COMMANDS, make_app

FILE = Path(__file__).parent.parent.parent / "graphcli" / "cli" / "table.py"
HEAD = '''"""What each command takes, for quick.py. Written by `python -m tests.completions`."""

from __future__ import annotations

from typing import Any, Final

#: The name in the function; text, int, float, choice, enum or switch; what belongs to that: the
#: least number, the choices, or the place of the enum; and whether it repeats.
Parameter = tuple[str, str, Any, bool]
#: The place of the function; how many words it takes at least, and what they are; the flags.
Command = tuple[str, int, tuple[Parameter, ...], dict[str, Parameter]]

COMMANDS: Final[dict[str, Command]] = {
'''
#: What the types of Typer's parameters are called there.
KINDS = {
    "str": "text",
    "int": "int",
    "int range": "int",
    "float": "float",
    "float range": "float",
    "choice": "choice",
    "boolean": "switch",
}
#: What a parameter may have that quick.py cannot tell: leave it out, or teach it there.
UNKNOWN = (
    *("callback", "count", "envvar", "is_eager", "prompt", "secondary_opts"),
    *("clamp", "max", "max_open", "min_open"),
)


def table() -> str:
    """Return the text of graphcli/cli/table.py."""
    group: Any = typer.main.get_command(make_app())
    return HEAD + "".join(_command(*item) for item in group.commands.items()) + "}\n"


def _command(name: str, command: Any) -> str:
    types = typing.get_type_hints(inspect.unwrap(command.callback))
    params = [param for param in command.params if param.param_type_name == "argument"]
    words = tuple(_parameter(param, types) for param in params)
    flags = {
        flag: _parameter(param, types)
        for param in command.params
        if param.param_type_name == "option"
        for flag in param.opts
    }
    head = (COMMANDS[name], sum(param.required for param in params), words)
    lines = [f"    {_text(name)}: (", *(f"        {_text(part)}," for part in head), "        {"]
    lines += [f"            {_text(flag)}: {_text(param)}," for flag, param in flags.items()]
    return "\n".join([*lines, "        },", "    ),", ""]).replace("{\n        }", "{}")


def _parameter(param: Any, types: dict[str, Any]) -> tuple[str, str, Any, bool]:
    for name in UNKNOWN:
        for owner in (param, param.type):
            assert not getattr(owner, name, None), f"{param.name}: quick.py knows no {name}"
    kind, many = KINDS[param.type.name], param.nargs == -1 or getattr(param, "multiple", False)
    enum = _enum(types[param.name])
    if kind == "choice" and enum is not None:
        return param.name, "enum", f"{enum.__module__}:{enum.__name__}", many
    more = param.type.choices if kind == "choice" else getattr(param.type, "min", None)
    return param.name, kind, more, many


def _enum(type_: Any) -> type[Enum] | None:
    if isinstance(type_, type) and issubclass(type_, Enum):
        return type_
    return next((found for part in typing.get_args(type_) if (found := _enum(part))), None)


def _text(value: Any) -> str:
    """How `ruff format` writes a constant."""
    if isinstance(value, tuple):
        inside = ", ".join(map(_text, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return json.dumps(value) if isinstance(value, str) else repr(value)

"""The command tree as the shells have to know it, read from the application itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import typer.main

from graphcli.cli.app import make_app

#: What a placeholder in the help stands for. What is not here completes to nothing.
KINDS = {
    "FILE": "files",
    "PATH": "files",
    "GRAPH": "graphs",
    "NAME": "names",
    "THREAD": "threads",
}


@dataclass(frozen=True)
class Value:
    """What follows a flag or is an argument: one of `choices`, or something of a `kind`."""

    metavar: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """A flag under all its `names`; without a `value` it is a switch."""

    names: tuple[str, ...]
    help: str
    value: Value | None
    repeats: bool


@dataclass(frozen=True)
class Verb:
    """A command with its flags, and what its arguments are; `many` of them, or one."""

    name: str
    help: str
    flags: tuple[Flag, ...]
    argument: Value | None
    many: bool

    @property
    def valued(self) -> list[str]:
        """Return the flags that a value follows."""
        return [name for flag in self.flags if flag.value for name in flag.names]

    @property
    def names(self) -> list[str]:
        """Return every flag."""
        return [name for flag in self.flags for name in flag.names]


def verbs() -> list[Verb]:
    """Return the commands in the order of the help."""
    group: Any = typer.main.get_command(make_app())
    return [_verb(name, command) for name, command in group.commands.items()]


def _verb(name: str, command: Any) -> Verb:
    flags = [_flag(param) for param in command.params if param.param_type_name == "option"]
    flags.append(Flag(("--help", "-h"), "Show this message and exit.", None, repeats=False))
    given = [param for param in command.params if param.param_type_name == "argument"]
    argument = _value(given[0]) if given else None
    many = bool(given) and given[0].nargs == -1
    return Verb(name, command.get_short_help_str(200), tuple(flags), argument, many)


def _flag(param: Any) -> Flag:
    value = None if param.is_flag else _value(param)
    return Flag(tuple(param.opts), param.help, value, repeats=param.multiple)


def _value(param: Any) -> Value:
    choices = tuple(str(choice) for choice in getattr(param.type, "choices", ()))
    metavar = param.metavar or "VALUE"
    kind = "choices" if choices else KINDS.get(metavar.rstrip("…"), "nothing")
    return Value(metavar, kind, choices)

"""Real shells at a real terminal, in which somebody presses TAB."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pexpect
import pytest

from tests.completions.scripts import FOLDER

#: How each shell starts without a person's settings, and what it runs first.
SHELLS = {
    "bash": (
        ["--norc", "--noprofile"],
        "PS1='>'; bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0';"
        " bind 'set page-completions off'; bind 'set enable-bracketed-paste off'; source {script}",
    ),
    "zsh": (
        ["-f", "-i"],
        "PS1='>' RPS1= ; unset zle_bracketed_paste; LISTMAX=0; setopt no_list_beep;"
        " autoload -Uz compinit; compinit -D -u; source {script}",
    ),
    "fish": (
        ["--no-config", "-i"],
        "function fish_prompt; echo '>'; end; set -g fish_autosuggestion_enabled 0;"
        " source {script}",
    ),
}
FILES = {"bash": "graphcli.bash", "zsh": "_graphcli", "fish": "graphcli.fish"}


class Tab:
    """A shell that knows `graphcli`, in the folder `cwd`."""

    def __init__(self, shell: str, cwd: Path, environ: dict[str, str], script: Path | None) -> None:
        argv, begin = SHELLS[shell]
        self.process = pexpect.spawn(
            shell,
            argv,
            cwd=str(cwd),
            env=environ,
            encoding="utf-8",
            timeout=30,
            dimensions=(60, 200),
        )
        self.process.delaybeforesend = None
        script = script or FOLDER / FILES[shell]
        self.process.sendline(begin.format(script=script) + "; echo re''ady")
        self.process.expect("ready\r\n")

    def words(self, line: str) -> list[str]:
        """Type `line`, press TAB once, and return the words that the shell then has."""
        # Octal, so that what is typed does not look like what is printed.
        self.process.send(f"{line}\t\x01printf '\\074%s\\076' \x05; echo do''ne\n")
        self.process.expect("done\r\n")
        before = self.process.before or ""
        printed = before[before.index("<graphcli>") :]
        return [word.partition(">")[0] for word in printed.split("<")[1:]]

    def listed(self, line: str, last: str) -> str:
        """Type `line`, press TAB twice, and return what is shown up to `last`."""
        self.process.send(f"{line}\t\t")
        self.process.expect_exact(last)
        return str(self.process.before) + last

    def close(self) -> None:
        """End the shell."""
        self.process.close(force=True)


def environment(folder: Path, program: str = "") -> dict[str, str]:
    """Return an environment in which `graphcli` is ours, or else a script that runs `program`."""
    program = program or f'exec {sys.executable} -m graphcli "$@"'
    (folder / "bin").mkdir()
    command = folder / "bin" / "graphcli"
    command.write_text(f"#!/bin/sh\n{program}\n")
    command.chmod(0o755)
    return {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "HOME": str(folder),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "GRAPHCLI_STORAGE": str(folder / "threads.db"),
    }


def each_shell() -> pytest.MarkDecorator:
    """Return what runs a test in each shell that is here; bash always is."""
    marks = {
        name: pytest.mark.skipif(
            name != "bash" and shutil.which(name) is None, reason=f"{name} is not installed"
        )
        for name in SHELLS
    }
    return pytest.mark.parametrize(
        "shell", [pytest.param(name, marks=mark) for name, mark in marks.items()]
    )

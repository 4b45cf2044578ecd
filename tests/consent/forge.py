"""A process that has loaded graphcli and forks for each command: real processes, soon begun.

It reads one JSON request a line: commands that begin together. Each child waits at a pipe until
all are there. `broken` is Python that a child runs first: how a control takes a promise away.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, NoReturn

import graphcli.cli.main
import graphcli.loaders
import graphcli.prompts
import graphcli.storage

#: After so many seconds a command is taken to hang.
_PATIENCE = 60


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_together(json.loads(line))) + "\n")
        sys.stdout.flush()


def _together(commands: list[dict[str, Any]]) -> list[int]:
    """Run commands that begin at the same moment; return their exit codes, as a shell has them."""
    gate, opened = os.pipe()
    children = []
    for command in commands:
        if (child := os.fork()) == 0:
            os.close(opened)
            _become(command, gate)
        children.append(child)
    os.close(gate)
    os.close(opened)  # now every child reads the end of the pipe
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _become(command: dict[str, Any], gate: int) -> NoReturn:
    code = 70
    try:
        signal.alarm(_PATIENCE)
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY
            os.dup2(os.open(command[name], flags, 0o600), number)
        os.chdir(command["cwd"])
        os.environ.clear()
        os.environ.update(command["environ"])
        sys.argv = ["graphcli", *command["argv"]]
        sys.path.insert(0, command["cwd"])
        exec(command["broken"], {})
        os.read(gate, 1)
        code = graphcli.cli.main.run_command(command["argv"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()

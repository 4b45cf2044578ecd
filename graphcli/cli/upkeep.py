"""graphcli doctor, backup: whether a storage is well, and a copy of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from graphcli.cli.work import Work, at_work
from graphcli.dataclass import replace
from graphcli.errors import StorageDamagedError
from graphcli.render.console import make_console
from graphcli.render.envelope import SCHEMA_VERSION, error_json
from graphcli.render.health import check_lines
from graphcli.storage import Check, examine, locate

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    import typer

    from graphcli.cli import options as flag


def doctor(
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Say whether the storage is well, and what to do if not.

    Nothing is changed.

    Exit codes: 0 it is well, 7 it is damaged or cannot be used.
    """
    with at_work("doctor", storage=storage, output=output, quiet=quiet) as work:
        path = locate(work.setting.location)
        checks = [
            replace(check, remedy=work.reporter.located(check.remedy)) for check in examine(path)
        ]
        error = _damage(path, checks)
        if output == "human":
            _print(work, checks)
        _tell(work, path, checks, error)
    return error.exit_code if error else 0


def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The new file; never replaced.")],
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Copy the storage to FILE, also while runs go on.

    The copy is read through before it is there, and is a storage itself.
    """
    with (
        at_work("backup", storage=storage, output=output, quiet=quiet) as work,
        work.look() as opened,
    ):
        target = Path(os.path.abspath(os.path.expanduser(file)))  # noqa: PTH100, PTH111 - as in locate
        size = opened.back_up(target)
        work.reporter.say(f"backed up: {size} bytes in `{target}`, checked")
        work.reporter.document(
            {
                "schema_version": SCHEMA_VERSION,
                "command": "backup",
                "storage": str(opened.path),
                "file": str(target),
                "bytes": size,
                "error": None,
            }
        )
    return 0


def _damage(path: Path, checks: list[Check]) -> StorageDamagedError | None:
    found = [check for check in checks if check.state == "damaged"]
    if not found:
        return None
    return StorageDamagedError(f"storage `{path}`: {found[0].says}", found[0].remedy)


def _print(work: Work, checks: list[Check]) -> None:
    console = make_console(work.reporter.out, work.caller.environ, terminal=work.reporter.terminal)
    told = [(check.state, check.says, check.remedy) for check in checks]
    work.reporter.write(check_lines(told, console.look) + "\n")


def _tell(work: Work, path: Path, checks: list[Check], error: StorageDamagedError | None) -> None:
    work.reporter.document(
        {
            "schema_version": SCHEMA_VERSION,
            "command": "doctor",
            "storage": str(path),
            "status": "damaged" if error else "ok",
            "checks": [
                {
                    "check": check.name,
                    "state": check.state,
                    "message": check.says,
                    "remedy": check.remedy,
                }
                for check in checks
            ],
            "error": error_json(error) if error else None,
        }
    )

"""A log that is gone: without it the database is whole, and yet a step behind what was said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from graphcli.errors import StorageDamagedError
from graphcli.storage.claims import Claims
from graphcli.storage.slots import Claim


def refuse_lost_log(connection: sqlite3.Connection, path: Path, claims: Claims) -> None:
    """Compare how far dead runs said they had got with what the database holds.

    Raises:
        StorageDamagedError: it holds less, so what they and others wrote last is lost.
    """
    for claim in lost(connection, claims):
        raise StorageDamagedError(
            f"storage `{path}` has lost its log `{path.name}-wal`: "
            f"thread `{claim.thread}` was further than it is there",
            "put the log back beside it, or restore a backup; to go on without what was in it: "
            f"graphcli delete {claim.thread}",
        )


def lost(connection: sqlite3.Connection, claims: Claims) -> list[Claim]:
    """Return the claims whose threads have got further than the database knows."""
    behind = [claim for claim in claims.every() if _is_behind(connection, claim)]
    # A thread that is deleted just now has no row any more; soon it has no claim either.
    again = set(claims.every()) if behind else set()
    return [claim for claim in behind if claim in again and _is_behind(connection, claim)]


def _is_behind(connection: sqlite3.Connection, claim: Claim) -> bool:
    if claim.reached is None or not claim.thread:
        return False
    found = connection.execute(
        "SELECT max(seq) FROM checkpoints WHERE ns = ''"
        " AND thread = (SELECT n FROM threads WHERE id = ?)",
        (claim.thread,),
    ).fetchone()
    return found[0] is None or found[0] < claim.reached

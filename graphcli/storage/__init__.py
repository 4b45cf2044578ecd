"""Durable threads: one SQLite file behind the engine's Checkpointer.

A name's module is loaded when the name is first used: who only lists threads needs no codec.
"""

from typing import TYPE_CHECKING

from graphcli.deferred import names_of

if TYPE_CHECKING:
    from graphcli.storage.health import Check, examine
    from graphcli.storage.location import locate
    from graphcli.storage.read import JournalEntry
    from graphcli.storage.store import Storage, open_storage

__all__ = ["Check", "JournalEntry", "Storage", "examine", "locate", "open_storage"]

_HOMES = {
    "graphcli.storage.health": "Check examine",
    "graphcli.storage.location": "locate",
    "graphcli.storage.read": "JournalEntry",
    "graphcli.storage.store": "Storage open_storage",
}

if not TYPE_CHECKING:  # else a misspelt name would be no error
    __getattr__ = names_of(__name__, _HOMES)

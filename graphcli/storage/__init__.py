"""Durable threads: one SQLite file behind the engine's Checkpointer."""

from graphcli.storage.health import Check, examine
from graphcli.storage.location import locate
from graphcli.storage.read import JournalEntry
from graphcli.storage.store import Storage, open_storage

__all__ = ["Check", "JournalEntry", "Storage", "examine", "locate", "open_storage"]

"""Durable threads: one SQLite file behind the engine's Checkpointer."""

from graphcli.storage.read import JournalEntry
from graphcli.storage.store import Storage, open_storage

__all__ = ["JournalEntry", "Storage", "open_storage"]

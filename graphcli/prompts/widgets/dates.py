"""Dates at the prompt: as ISO writes them, or by the word that people use for some of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

DATE_FORMAT: Final = "YYYY-MM-DD, or today"
#: Words for a date, and how many days from today they are.
DAYS: Final = {"today": 0, "tomorrow": 1, "yesterday": -1}


def date_of(typed: str) -> str:
    """Return the ISO date of today, tomorrow or yesterday (local time), else what was typed."""
    word = typed.strip().lower()
    if word not in DAYS:
        return typed.strip()
    return (datetime.now(UTC).astimezone().date() + timedelta(days=DAYS[word])).isoformat()

"""What a person has filled in and not sent yet. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcli.dataclass import dataclass, field
from graphcli.engine.values.model import Secret


@dataclass(slots=True)
class Draft:
    """The values of finished fields by name, and the texts that were begun; secrets in neither.

    A question of one value has the name "". A field that was skipped is None. It changes while a
    person answers, so whoever lends it has it whole however the prompt ends.
    """

    values: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Any) -> Draft:
        """Return the draft that `data` had been; an empty one for anything else."""
        parts = data if isinstance(data, Mapping) else {}
        values, typed = parts.get("values"), parts.get("typed")
        return cls(
            dict(values) if isinstance(values, Mapping) else {},
            dict(typed) if isinstance(typed, Mapping) else {},
        )

    def data(self) -> dict[str, Any] | None:
        """Return the draft as plain data without secrets, None where there is nothing to keep."""
        values = {k: v for k, v in self.values.items() if not isinstance(v, Secret)}
        typed = {name: text for name, text in self.typed.items() if text}
        return {"values": values, "typed": typed} if values or typed else None

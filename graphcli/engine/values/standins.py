"""What stands for a value: `UNSET` for none at all, a `Secret` for one that is not kept."""

from __future__ import annotations

from typing import Final

from graphcli.dataclass import dataclass


class _Unset:
    """The one value that stands for "not given", where None is a value like any other."""

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "UNSET"  # its copies are itself, because it is recognised by identity


UNSET: Final = _Unset()


@dataclass(frozen=True, slots=True)
class Secret:
    """An answer that is not stored: only `reference` is (`env:NAME`, `file:PATH`, `memory:ID`)."""

    reference: str

    def __str__(self) -> str:
        return f"<secret {self.reference}>"

    @property
    def typed(self) -> bool:
        """Whether only the process that asked for it has it, in its memory."""
        return self.reference.startswith("memory:")

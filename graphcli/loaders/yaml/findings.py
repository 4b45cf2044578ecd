"""What is wrong in a YAML graph, and where; told all at once, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphcli.dataclass import dataclass
from graphcli.errors import InvalidGraphError
from graphcli.expressions import ExpressionError
from graphcli.loaders.yaml.positions import Document, Mark, Path

#: More than anybody mends before the next look; looking for each costs time.
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake: the path of what is wrong and a sentence.

    With `key` it is the key that is wrong, else its value; `span` narrows it to characters of a
    text value.
    """

    path: Path
    message: str
    key: bool = False
    span: tuple[int, int] | None = None


def from_expression(path: Path, error: ExpressionError, shift: int = 0) -> Finding:
    """Return the finding for a wrong expression that starts at character `shift` of a value."""
    return Finding(path, error.message, span=(error.offset + shift, error.stop + shift))


def refusal(document: Document, findings: Iterable[Finding]) -> InvalidGraphError | None:
    """Return the error that tells all `findings` in the order of the file, or None."""
    placed = sorted({(_mark(document, finding).start, finding.message): finding
                     for finding in findings}.items())  # fmt: skip
    if not placed:
        return None
    lines = tuple(document.line(finding.message, _mark(document, finding)) for _, finding in placed)
    count = "one problem" if len(lines) == 1 else f"{len(lines)} problems"
    count = f"{count} or more" if len(lines) == MOST else count
    return InvalidGraphError(f"{document.file} is not a valid graph: {count}", problems=lines)


def _mark(document: Document, finding: Finding) -> Mark:
    if finding.span is not None:
        return document.inside(finding.path, *finding.span)
    return document.at(finding.path, key=finding.key)

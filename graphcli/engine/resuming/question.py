"""A question: the payload understood. What is asked, of which kind, and which answers fit."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from graphcli.dataclass import dataclass
from graphcli.engine.graph.place import path_of
from graphcli.engine.values.model import UNSET
from graphcli.engine.values.ways import Lead


class Kind(StrEnum):
    """What sort of answer fits."""

    CONFIRM = "confirm"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    PATH = "path"
    SECRET = "secret"  # noqa: S105 - the name of a kind.
    FORM = "form"
    JSON = "json"
    ANY = "any"  # nothing was declared: JSON, else text


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the value that is delivered and the label that is shown.

    `aliases` are other words for it, in lower case, as `yes` is for `approve`. `leads` says
    where the graph goes on if it is chosen, empty where the graph does not tell.
    """

    value: Any
    label: str
    help: str = ""
    aliases: tuple[str, ...] = ()
    leads: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One value to ask for, with the rules it must keep.

    `name` is its key in a form, empty for a question that is one value. Bounds are inclusive;
    lengths count characters, and for CHOICES the chosen options. `when` and `validate` are
    expressions over the fields before it and, for `validate`, `value`. `schema` is the JSON
    Schema that the finished value must satisfy.

    A form's `fields` are flat, and `place` says where in the delivered value each one goes:
    keys and, for lists, indexes; empty for the key `name`. A FORM among them is an object that
    the fields after it fill. `after` names the field that must have one of the values `among`
    for this one to be asked. Where `asked` is false nobody is asked and the default goes in.
    `keeps` says that the default is what stands now: it stays unless it is changed, but is
    never added to a value that was given whole. `lead` is the field of a form that one word
    answers (`--value approve`). `leads` has, for kinds without options, an answer (`yes`, `no`, or
    nothing for whatever is answered) and where the graph goes on then.
    """

    name: str = ""
    kind: Kind = Kind.ANY
    label: str = ""
    help: str = ""
    default: Any = UNSET
    required: bool = True
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    placeholder: str = ""
    when: str = ""
    validate: str = ""
    fields: tuple[Field, ...] = ()
    schema: Mapping[str, Any] | None = None
    place: tuple[str | int, ...] = ()
    after: str = ""
    among: tuple[Any, ...] = ()
    asked: bool = True
    keeps: bool = False
    lead: str = ""
    leads: tuple[tuple[str, str], ...] = ()

    @property
    def where(self) -> tuple[str | int, ...]:
        """Where in the delivered value the answer goes."""
        return self.place or (self.name,)

    @property
    def offered(self) -> Any:
        """The default that a program is offered, None for none: never a secret or a decision."""
        if self.kind is Kind.SECRET:
            return None
        if self.default is not UNSET or self.kind is not Kind.FORM:
            return None if self.default is UNSET else self.default
        if self.lead:
            return None
        top = [part for part in self.fields if len(part.where) == 1 and part.asked]
        given = {part.name: part.offered for part in top}
        return {name: value for name, value in given.items() if value is not None} or None


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: the message, what helps to decide, and the field to fill.

    `context` is what remains of the payload to show above the question (None for nothing).
    `field.kind` is FORM for several values at once. `payload`, `schema` and `digest` are those
    of the interrupt, for machines. `declared` tells that the graph itself gave the schema;
    `example` is an answer that fits, UNSET where none is known. `ns` is the subgraph that asks.
    `leads` are the ways that answers take, the last for whatever is answered; empty where the
    graph does not tell or was not loaded. `runs` is how often its node has begun so far,
    None where nobody looked.
    """

    id: str
    node: str
    message: str
    field: Field
    context: Any = None
    payload: Any = None
    schema: Any = None
    digest: str = ""
    asked_at: str = ""
    declared: bool = False
    example: Any = UNSET
    ns: str = ""
    leads: tuple[Lead, ...] = ()
    runs: int | None = None

    @property
    def path(self) -> str:
        """The node that asks, with the nodes in which the graphs around it run."""
        return path_of(self.ns, self.node)

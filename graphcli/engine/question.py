"""A question: the payload understood. What is asked, of which kind, and which answers fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graphcli.engine.model import UNSET
from graphcli.engine.place import path_of


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
    where the graph goes then, in a few words, empty where nobody can tell.
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
    answers (`--value approve`).
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


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: the message, what helps to decide, and the field to fill.

    `context` is what remains of the payload to show above the question (None for nothing).
    `field.kind` is FORM for several values at once. `payload`, `schema` and `digest` are those
    of the interrupt, for machines. `declared` tells that the graph itself gave the schema;
    `example` is an answer that fits, UNSET where none is known. `ns` is the subgraph that asks.
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

    @property
    def path(self) -> str:
        """The node that asks, with the nodes in which the graphs around it run."""
        return path_of(self.ns, self.node)

"""One decision about one action: which of the ways, and what belongs to that way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphcli.dataclass import dataclass, replace
from graphcli.engine.resuming.question import Field, Kind, Option
from graphcli.prompts.declared import fields_of, object_at
from graphcli.prompts.placing import Place
from graphcli.prompts.schemas import Schema, mapping_of, standalone
from graphcli.text import safe_line

#: What a script may say instead, of an action that waits for a yes or a no.
YES = ("yes", "y", "true")
NO = ("no", "n", "false")


@dataclass(frozen=True, slots=True)
class Found:
    """What a shape made of a payload."""

    message: str
    field: Field
    context: Any


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one decision stands: its number among several, and its place in the answer.

    Several are called `1`, `1.message`, `2`; the number of the only one is 0, and it is called
    `decision`, `message`.
    """

    number: int = 0
    place: Place = ()
    subject: str = ""

    @property
    def lead(self) -> str:
        """The name of the field that decides."""
        return str(self.number) if self.number else "decision"

    def named(self, name: str) -> str:
        """Return the name of a field that belongs to this decision."""
        return f"{self.number}.{name}" if self.number else name

    def labelled(self, label: str) -> str:
        """Return a label that tells this decision's fields from those of the others."""
        return f"{self.number}. {label}" if self.number else label

    def lead_field(self, options: tuple[Option, ...]) -> Field:
        """Return the field that decides; it has no default, so that nothing happens by itself."""
        label = self.labelled(safe_line(self.subject, 40) if self.number else "Decision")
        place = (*self.place, "type")
        return Field(self.lead, Kind.CHOICE, label, options=options, place=place)

    def text(self, name: str, label: str, place: Place, way: str, *, required: bool) -> Field:
        """Return a line of text that belongs to the decision `way`."""
        return Field(
            name=self.named(name),
            kind=Kind.TEXT,
            label=self.labelled(label),
            required=required,
            place=(*self.place, *place),
            after=self.lead,
            among=(way,),
        )

    def fixed(self, name: str, value: Any, place: Place, ways: Sequence[str]) -> Field:
        """Return what goes along with the decisions `ways` without anybody being asked."""
        return Field(
            name=self.named(name),
            kind=Kind.ANY,
            default=value,
            required=value is not None,
            place=(*self.place, *place),
            after=self.lead,
            among=tuple(ways),
            asked=False,
            keeps=value is not None,
        )

    def edit(self, args: Any, place: Place, schema: Schema | None) -> Iterator[Field]:
        """Yield the fields that change the arguments: one each if a schema tells them, else JSON.

        What is not changed stays as it is.
        """
        place = (*self.place, *place)
        fields = list(self._opened(args, place, schema or {}))
        if not fields:
            fields = [
                Field(
                    name=self.named("args"),
                    kind=Kind.JSON,
                    label=self.labelled("Arguments"),
                    default=args,
                    place=place,
                    schema=schema or {"type": "object"},
                    keeps=True,
                )
            ]
        yield from (replace(field, after=self.lead, among=("edit",)) for field in fields)

    def _opened(self, args: Any, place: Place, schema: Schema) -> Iterator[Field]:
        if not mapping_of(schema.get("properties")):
            return
        name = self.named("args")
        yield object_at(place, name, standalone(schema, schema))
        # Objects inside stay JSON: each field is one argument, as the table above shows it.
        for field in fields_of(schema, schema, place=place, prefix=f"{name}.", depth=MAX):
            key = field.place[-1]
            stands = {"default": args[key], "keeps": True} if key in mapping_of(args) else {}
            yield replace(field, label=self.labelled(field.label), **stands)


#: Deep enough that nothing inside of an argument is opened.
MAX = 99


def about(number: int, name: str, args: Any, rest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of one action: its name, its arguments, and all else that it says."""
    prefix = f"{number}. " if number else ""
    shown = {"action": name, "arguments": args, **rest}
    return {prefix + key: item for key, item in shown.items() if item is not None and item != ""}


def ask_about(names: Sequence[str]) -> str:
    """Return our own message for actions that are to be decided on."""
    called = ", ".join(f"`{safe_line(name, 60)}`" for name in names[:4])
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"Decide on {called}{more}."


def decisions(fields: Sequence[Field], schema: Mapping[str, Any]) -> Field:
    """Return the form of one or several decisions; its first field is its lead."""
    return Field(kind=Kind.FORM, fields=tuple(fields), schema=schema, lead=fields[0].name)


def one_of(ways: Mapping[str, Mapping[str, Any]], optional: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a decision: for each way the properties beside its `type`."""
    return {
        "oneOf": [
            {
                "type": "object",
                "properties": {"type": {"const": way}, **properties},
                "required": ["type", *(key for key in properties if key not in optional)],
                "additionalProperties": False,
            }
            for way, properties in ways.items()
        ]
    }


def list_of(schemas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the JSON Schema of a list with exactly these items."""
    size = {"minItems": len(schemas), "maxItems": len(schemas)}
    if all(schema == schemas[0] for schema in schemas):
        return {"type": "array", "items": schemas[0], **size}
    return {"type": "array", "prefixItems": list(schemas), **size}
